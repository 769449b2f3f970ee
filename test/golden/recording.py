"""Recordings and times: what comes before any thought about states."""

import gzip
import json
import re
from datetime import datetime, timedelta, timezone
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
API_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)")


class BadRecording(Exception):
    """The file is no recording; the text says which file and line."""


def read(path):
    """The header (or an empty dict) and the list of lines, each a dict."""
    opened = gzip.open if str(path).endswith(".gz") else open
    header, lines = {}, []
    with opened(path, "rt", encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            if not text.strip():
                continue
            line = parse(text, f"{path}:{number}")
            if "recording" in line and number == 1:
                header = line
            else:
                lines.append(check(line, f"{path}:{number}"))
    return header, lines


def parse(text, where):
    try:
        line = json.loads(text, parse_float=Decimal)
    except (json.JSONDecodeError, InvalidOperation) as error:
        raise BadRecording(f"{where}: {error}") from error
    if not isinstance(line, dict):
        raise BadRecording(f"{where}: not a JSON object")
    return line


def check(line, where):
    """A line as the engine wants it: `at` in milliseconds of the epoch."""
    at, event = line.get("at"), line.get("event")
    if isinstance(at, bool) or not isinstance(at, (int, Decimal)):
        raise BadRecording(f"{where}: `at` is no number")
    if not isinstance(line.get("resource"), str):
        raise BadRecording(f"{where}: `resource` is no text")
    if event is None:
        if not isinstance(line.get("gap"), dict):
            raise BadRecording(f"{where}: neither an event nor a gap")
    elif not isinstance(event.get("object"), dict) or "type" not in event:
        raise BadRecording(f"{where}: an event without type or object")
    # From the decimal text, not from a binary float: 0.0005 s is 1 ms.
    ms = (Decimal(at) * 1000).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return {**line, "at": int(ms)}


def api_ms(value):
    """An RFC 3339 text, or nanoseconds of the epoch (a content's status.creationTime), as ms, rounded down; else None."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value // 1_000_000
    match = API_TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    day, clock, fraction, zone = match.groups()
    zone = "+00:00" if zone in "Zz" else zone
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{zone}")
    except ValueError:
        return None
    ms = (Decimal(f"0.{fraction or 0}") * 1000).quantize(Decimal(1), rounding=ROUND_FLOOR)
    return (moment - EPOCH) // timedelta(milliseconds=1) + int(ms)


def rfc3339(ms):
    """Milliseconds of the epoch as a row shows them; None stays None."""
    if ms is None:
        return None
    moment = EPOCH + timedelta(milliseconds=ms)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def newer(version, stored):
    """Whether a resourceVersion is newer than the stored one (KEP-5504)."""
    if well_formed(version) and well_formed(stored):
        return (len(version), version) > (len(stored), stored)
    return version != stored


def well_formed(version):
    return isinstance(version, str) and re.fullmatch("[1-9][0-9]*", version) is not None
