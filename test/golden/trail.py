#!/usr/bin/env python3
"""Prints the rows that `snaptrail replay RECORDING --speed max -o ndjson` must print; see README.md."""

import json
import sys

from engine import Engine
from recording import BadRecording, read


def rows(path):
    """The rows of a recording, each a dict in the order of docs/ledger.md."""
    return Engine(*read(path)).run()


def text(row):
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def main(arguments):
    if len(arguments) != 1:
        print("usage: trail.py RECORDING", file=sys.stderr)
        return 2
    try:
        for row in rows(arguments[0]):
            print(text(row))
    except (BadRecording, OSError) as error:
        print(f"trail.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
