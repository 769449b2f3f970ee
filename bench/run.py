#!/usr/bin/env python3
"""Runs the benchmarks and prints their tables in Markdown (docs/benchmarks.md). What is measured: bench/parts, one module each.

Programs must be built: `./dev bench` does that, and then runs this.
"""
import argparse
import contextlib
import datetime
import os
import pathlib
import platform
import sys
import tempfile

import lab  # noqa: F401  pylint: disable=unused-import  (makes the tests' harness importable)
from lab import cluster, subjects
from parts import idle, latency, memory, micro, million, relist, rest, scrape, storm, sync

# In this order: the cluster of one only has to grow for the next.
PARTS = {"micro": micro, "memory": memory, "million": million, "latency": latency, "storm": storm, "scrape": scrape, "idle": idle,
         "sync": sync, "relist": relist, "rest": rest}


class Bench:
    """What a part gets: the arguments, whom to measure, a cluster, folders that vanish afterwards."""

    def __init__(self, arguments, work, with_chains):
        self.arguments = arguments
        self.work = pathlib.Path(work)
        self.cluster = with_chains  # a cluster with so many chains

    @property
    def subjects(self):
        """Those of --programs that there are here."""
        return [subjects.ALL[name] for name in self.arguments.programs if subjects.ALL[name].is_there()]

    def folder(self, name):
        folder = self.work / name
        folder.mkdir()
        return folder

    @staticmethod
    def say(text):
        print(f"   {text}", file=sys.stderr, flush=True)


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(": ")[2]
    return platform.machine()


def machine():
    return (f"{datetime.date.today()}: {os.cpu_count()} × {processor()}, Linux {platform.release()}; load at the start "
            f"{os.getloadavg()[0]:.1f}\n")


def names(known):
    def parse(text):
        given = text.split(",")
        if unknown := [name for name in given if name not in known]:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)} (there are {', '.join(known)})")
        return given
    return parse


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what to measure (default: all): {', '.join(PARTS)}")
    parser.add_argument("--chains", type=int, default=50_000,
                        help="of the large cluster, four objects each (default: 50,000)")
    parser.add_argument("--runs", type=int, default=9,
                        help="of each program in sync, of scrapes in scrape; at most 3 in relist (default: 9)")
    parser.add_argument("--seconds", type=int, default=60, help="that idle, rest and storm last (default: 60)")
    parser.add_argument("--programs", type=names(subjects.ALL), default=["snaptrail", "client-go", "kube-rs"],
                        help=f"whom to measure side by side, of {','.join(subjects.ALL)} (default: snaptrail,client-go,kube-rs)")
    parser.add_argument("--benchmark", action="append", default=[], metavar="FLAG",
                        help="a flag of Google Benchmark for micro, such as --benchmark=--benchmark_filter=decode_")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.parts if name not in PARTS]:
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(prefix="snaptrail-bench-") as work, cluster.kept(work) as with_chains:
        bench = Bench(arguments, work, with_chains)
        for name, part in PARTS.items():
            if arguments.parts and name not in arguments.parts:
                continue
            print(f"== {name}", file=sys.stderr, flush=True)
            print(f"## {part.TITLE}\n\n{part.run(bench)}", flush=True)
    return 0


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
