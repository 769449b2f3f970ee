"""The four kinds' JSON with stand-ins, for programs that generate chains: snaptrail_memory and the scripted server."""
import contextlib
import tempfile

from harness import bulk


@contextlib.contextmanager
def file():
    """The path of a file with one template a line: VolumeSnapshot, VolumeSnapshotContent, claim, volume."""
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson", encoding="utf-8") as out:
        for text in bulk.templates():
            # etcd's objects have no version of their own: the API server sets it, and here who generates them does.
            out.write(text.replace('"generation":1', '"generation":1,"resourceVersion":"@R@"', 1) + "\n")
        out.flush()
        yield out.name
