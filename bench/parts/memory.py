"""What the daemon keeps of an object, in bytes, and the CPU time until it has it: chains as the pages of four lists through
build/snaptrail_memory. No cluster is needed."""
import subprocess

from lab import ROOT, templates

TITLE = "Memory, step by step"


def run(bench):
    return steps(bench.arguments.chains)


def steps(chains):
    with templates.file() as file:
        done = subprocess.run([ROOT / "build" / "snaptrail_memory", str(chains), file], check=True, stdout=subprocess.PIPE,
                              text=True)
    return done.stdout
