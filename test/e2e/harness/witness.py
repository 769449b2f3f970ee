"""An independent observer: a plain watch in Python, to which the ledger is compared."""
import http.client
import json
import threading

from .api import SNAPSHOTS


def snapshot_state(item, was_ready):
    """docs/states.md, VolumeSnapshot, first line that holds."""
    status = item.get("status") or {}
    if "deletionTimestamp" in item["metadata"]:
        return "Deleting"
    if status.get("readyToUse"):
        return "Ready"
    if was_ready:
        return "Broken"
    if status.get("error"):
        return "Error"
    if status.get("creationTime"):
        return "Uploading"
    return "Creating" if status.get("boundVolumeSnapshotContentName") else "Pending"


class SnapshotWitness:
    """Watches the VolumeSnapshots from now on; `paths` holds the states that each uid went through."""

    def __init__(self, api):
        self.paths = {}
        self.events = 0
        self._ready = set()
        version = api.get(f"{SNAPSHOTS}/volumesnapshots")["metadata"]["resourceVersion"]
        self._connection = http.client.HTTPSConnection(api.host, api.port, context=api.context, timeout=300)
        self._connection.request("GET", f"{SNAPSHOTS}/volumesnapshots?watch=1&resourceVersion={version}")
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200, self._answer.read()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        try:
            for line in self._answer:
                event = json.loads(line)
                if event["type"] in ("ADDED", "MODIFIED", "DELETED"):
                    self._take(event["type"], event["object"])
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass  # the watch was closed: what it saw is what counts

    def _take(self, kind, item):
        self.events += 1
        uid = item["metadata"]["uid"]
        state = "Deleted" if kind == "DELETED" else snapshot_state(item, uid in self._ready)
        if state == "Ready":
            self._ready.add(uid)
        path = self.paths.setdefault(uid, [])
        if not path or path[-1] != state:
            path.append(state)
