"""Decoder and ledger, one core, no network: Google Benchmark's own table."""
import subprocess

from lab import ROOT

TITLE = "Micro benchmarks"


def run(bench):
    done = subprocess.run([ROOT / "build" / "snaptrail_bench", *bench.arguments.benchmark], check=True,
                          stdout=subprocess.PIPE, text=True)
    return f"```\n{done.stdout}```\n"
