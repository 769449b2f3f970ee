#!/usr/bin/env python3
"""What the daemon keeps of an object, in bytes, and the CPU time until it has it: hands the templates of the tests' large clusters
to build/snaptrail_memory, which plays them as the pages of four lists. No cluster is needed."""
import argparse
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test" / "e2e"))
from harness import bulk  # noqa: E402  pylint: disable=wrong-import-position


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chains", type=int, default=50_000, help="four objects each (default: 50,000)")
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build" / "snaptrail_memory")
    arguments = parser.parse_args()
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson", encoding="utf-8") as templates:
        for text in bulk.templates():
            templates.write(text.replace('"generation":1', '"generation":1,"resourceVersion":"@R@"', 1) + "\n")
        templates.flush()
        return subprocess.call([arguments.program, str(arguments.chains), templates.name])


if __name__ == "__main__":
    sys.exit(main())
