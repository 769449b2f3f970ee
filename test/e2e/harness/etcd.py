"""etcd through its JSON gateway: objects straight into the store, and compaction."""
import base64
import http.client
import json


def _b64(data):
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


class EtcdError(Exception):
    """etcd refused a call."""


# Where the API server keeps the objects of a kind.
PREFIXES = {
    "VolumeSnapshot": "/registry/snapshot.storage.k8s.io/volumesnapshots",
    "VolumeSnapshotContent": "/registry/snapshot.storage.k8s.io/volumesnapshotcontents",
    "VolumeSnapshotClass": "/registry/snapshot.storage.k8s.io/volumesnapshotclasses",
    "PersistentVolumeClaim": "/registry/persistentvolumeclaims",
    "PersistentVolume": "/registry/persistentvolumes",
    "Namespace": "/registry/namespaces",
}


class Etcd:
    """One kept-alive connection to http://127.0.0.1:port."""

    MAX_OPERATIONS = 100  # etcd takes 128 in a transaction

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def close(self):
        self.connection.close()

    def call(self, path, body):
        self.connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise EtcdError(f"{path}: HTTP {answer.status}: {text[:500]!r}")
        return json.loads(text)

    def put_all(self, entries):
        """Puts (key, value) pairs, many to a transaction. Returns how many and the bytes of their values."""
        count, size, batch = 0, 0, []
        for key, value in entries:
            size += len(value)
            count += 1
            batch.append({"requestPut": {"key": _b64(key), "value": _b64(value)}})
            if len(batch) == self.MAX_OPERATIONS:
                self._commit(batch)
                batch = []
        if batch:
            self._commit(batch)
        return count, size

    def _commit(self, operations):
        answer = self.call("/v3/kv/txn", {"success": operations})
        if not answer.get("succeeded"):
            raise EtcdError(f"the transaction was not applied: {answer}")

    def get(self, key):
        """The value of a key as JSON, None if there is none."""
        found = self.call("/v3/kv/range", {"key": _b64(key)}).get("kvs")
        return json.loads(base64.b64decode(found[0]["value"])) if found else None

    def delete(self, key):
        self.call("/v3/kv/deleterange", {"key": _b64(key)})

    def revision(self):
        return int(self.call("/v3/kv/range", {"key": _b64("/nothing"), "countOnly": True})["header"]["revision"])

    def compact(self, revision=None):
        """Forgets the history before `revision` (default: now)."""
        revision = revision or self.revision()
        self.call("/v3/kv/compaction", {"revision": str(revision), "physical": True})
        return revision
