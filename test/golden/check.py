#!/usr/bin/env python3
"""Compares what a snaptrail binary replays, and the committed golden files, with the rows of trail.py."""

import itertools
import json
import subprocess
import sys
from pathlib import Path

import trail

DATA = Path(__file__).resolve().parent.parent / "data"
AT_MOST = 40  # differences shown of one recording; the first ones tell most
REPLAY_TIMEOUT_S = 120
MISSING = object()


def main(arguments):
    if len(arguments) != 1:
        print("usage: check.py BINARY", file=sys.stderr)
        return 2
    recordings = sorted(path for path in (DATA / "recordings").iterdir() if is_recording(path))
    if not recordings:
        print(f"no recordings in {DATA / 'recordings'}", file=sys.stderr)
        return 2
    wrong = 0
    for recording in recordings:
        expected = [json.loads(trail.text(row)) for row in trail.rows(recording)]
        golden = DATA / "golden" / (recording.name.removesuffix(".ndjson.gz").removesuffix(".ndjson") + ".ndjson")
        wrong += report(f"{golden.name} as committed", expected, read_golden(golden))
        wrong += report(f"replay {recording.name}", expected, replay(arguments[0], recording))
    # Of those made by hand nobody has reviewed the rows one by one: the two implementations are held to each other.
    for recording in sorted(path for path in (DATA / "drivers").iterdir() if is_recording(path)):
        expected = [json.loads(trail.text(row)) for row in trail.rows(recording)]
        wrong += report(f"replay {recording.name}", expected, replay(arguments[0], recording))
    return 1 if wrong else 0


def is_recording(path):
    return path.name.endswith((".ndjson", ".ndjson.gz"))


def read_golden(path):
    """The rows of a golden file, or a text that says why there are none."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        return str(error)


def replay(binary, recording):
    """The rows that the binary prints, or a text that says why there are none."""
    command = [binary, "replay", str(recording), "--speed", "max", "-o", "ndjson"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=REPLAY_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode != 0:
        return f"exit {done.returncode}: {done.stderr.decode(errors='replace').strip()}"
    rows = parse(done.stdout.decode(errors="replace"))
    return rows if isinstance(rows, str) else without_findings(rows)


def without_findings(rows):
    """docs/states.md says nothing of diagnosis: its rows are left out, and the others numbered as if they were not there."""
    rows = [row for row in rows if row.get("type") != "finding"]
    for number, row in enumerate(rows, 1):
        row["seq"] = number
    return rows


def parse(text):
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line:
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            return f"line {number} is no JSON: {error}"
        if not isinstance(row, dict):
            return f"line {number} is no JSON object"
        rows.append(row)
    return rows


def report(what, expected, got):
    """Prints the differences; the number of them."""
    if isinstance(got, str):
        print(f"{what}: {got}")
        return 1
    found = list(differences(expected, got))
    for difference in found[:AT_MOST]:
        print(f"{what}: {difference}")
    if len(found) > AT_MOST:
        print(f"{what}: and {len(found) - AT_MOST} more differences")
    print(f"{what}: {len(expected)} rows expected, {len(got)} got, {len(found)} differences")
    return len(found)


def differences(expected, got):
    """One text a difference, row by row: after the first row too many or too few, all others differ."""
    for want, have in itertools.zip_longest(expected, got):
        if have is None:
            yield f"row {want['seq']} is missing: {about(want)}"
        elif want is None:
            yield f"row {have.get('seq')} is one too many: {about(have)}"
        else:
            yield from fields_that_differ(want, have)


def fields_that_differ(want, have):
    where = f"row {want['seq']} ({about(want)})"
    for field in [*want, *(field for field in have if field not in want)]:
        expected, got = want.get(field, MISSING), have.get(field, MISSING)
        # As texts, since Python holds 1 == True.
        if show(expected) != show(got):
            yield f"{where}: {field}: expected {show(expected)}, got {show(got)}"
    if list(want) != list(have) and set(want) == set(have):
        yield f"{where}: the fields are in another order: {', '.join(have)}"


def show(value):
    return "nothing" if value is MISSING else json.dumps(value, ensure_ascii=False)


def about(row):
    if row.get("type") == "gap":
        return f"gap at {row.get('at')}"
    name = "/".join(filter(None, (row.get("namespace"), row.get("name"))))
    what = (row.get("fact") or {}).get("type") or f"{row.get('from')} → {row.get('to')}"
    return f"{row.get('at')} {row.get('type')} {row.get('kind')} {name}: {what}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
