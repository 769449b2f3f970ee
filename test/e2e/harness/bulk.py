"""Large clusters in seconds: chains of objects as JSON values for etcd, past the API server.

A chain is what a finished backup leaves: VolumeSnapshot, VolumeSnapshotContent, claim and volume, all ready and bound, about
2.4 KB of JSON an object, most of it managedFields, annotations and labels as real controllers write them.
"""
import json
import uuid

from .etcd import PREFIXES
from .objects import API, DRIVER

CREATED = "2026-05-04T03:02:01Z"
CHAINS_PER_NAMESPACE = 100
# Stand-ins in the template, of the form that json.dumps leaves alone.
NUMBER, NS, CLAIM_UID, VOLUME_UID, SNAPSHOT_UID, CONTENT_UID = "@N@", "@NS@", "@C@", "@V@", "@S@", "@T@"


def _fields(*names):
    return {f"f:{name}": {} for name in names}


def _managed(manager, subresource=None, api=API, **fields):
    entry = {"manager": manager, "operation": "Update", "apiVersion": api, "time": CREATED, "fieldsType": "FieldsV1",
             "fieldsV1": {f"f:{section}": {".": {}, **content} for section, content in fields.items()}}
    if subresource:
        entry["subresource"] = subresource
    return entry


def _labels():
    return {"app.kubernetes.io/name": "database", "app.kubernetes.io/instance": "tenant-" + NUMBER,
            "velero.io/backup-name": "nightly-20260504030000"}


def _meta(name, uid, namespaced, **more):
    meta = {"name": name, "uid": uid, "creationTimestamp": CREATED, "generation": 1, "labels": _labels(), **more}
    if namespaced:
        meta["namespace"] = NS
    return meta


_LABEL_FIELDS = {"labels": {".": {}, **_fields(*_labels())}}


def _snapshot():
    protection = ["snapshot.storage.kubernetes.io/volumesnapshot-as-source-protection",
                  "snapshot.storage.kubernetes.io/volumesnapshot-bound-protection"]
    annotations = {"velero.io/csi-driver-name": DRIVER, "velero.io/csi-volumesnapshot-handle": "snap-" + NUMBER,
                   "velero.io/csi-vsc-deletion-policy": "Retain", "backup.velero.io/must-include-additional-items": "true"}
    return {"apiVersion": API, "kind": "VolumeSnapshot",
            "metadata": _meta("velero-data-" + NUMBER, SNAPSHOT_UID, True, finalizers=protection, annotations=annotations,
                              managedFields=[
                _managed("velero-server", metadata={**_LABEL_FIELDS, "f:annotations": {".": {}, **_fields(*annotations)},
                                                    "f:generateName": {}},
                         spec={"f:source": {".": {}, "f:persistentVolumeClaimName": {}}, "f:volumeSnapshotClassName": {}}),
                _managed("snapshot-controller", metadata={"f:finalizers": {".": {}, **{f'v:"{p}"': {} for p in protection}}}),
                _managed("snapshot-controller", "status", status=_fields(
                    "boundVolumeSnapshotContentName", "creationTime", "readyToUse", "restoreSize"))]),
            "spec": {"source": {"persistentVolumeClaimName": "data-" + NUMBER}, "volumeSnapshotClassName": "mock-retain"},
            "status": {"boundVolumeSnapshotContentName": "snapcontent-" + SNAPSHOT_UID, "creationTime": CREATED,
                       "readyToUse": True, "restoreSize": "10Gi"}}


def _content():
    protection = "snapshot.storage.kubernetes.io/volumesnapshotcontent-bound-protection"
    annotations = {"snapshot.storage.kubernetes.io/deletion-secret-name": "backend-credentials",
                   "snapshot.storage.kubernetes.io/deletion-secret-namespace": "storage-system"}
    return {"apiVersion": API, "kind": "VolumeSnapshotContent",
            "metadata": _meta("snapcontent-" + SNAPSHOT_UID, CONTENT_UID, False, finalizers=[protection],
                              annotations=annotations, managedFields=[
                _managed("snapshot-controller",
                         metadata={"f:finalizers": {".": {}, f'v:"{protection}"': {}},
                                   "f:annotations": {".": {}, **_fields(*annotations)}},
                         spec={**_fields("deletionPolicy", "driver", "sourceVolumeMode", "volumeSnapshotClassName",
                                         "volumeSnapshotRef"), "f:source": {".": {}, "f:volumeHandle": {}}}),
                _managed("velero-server", metadata=_LABEL_FIELDS),
                _managed("csi-snapshotter", "status", status=_fields(
                    "creationTime", "readyToUse", "restoreSize", "snapshotHandle"))]),
            "spec": {"deletionPolicy": "Retain", "driver": DRIVER, "source": {"volumeHandle": "vol-" + NUMBER},
                     "sourceVolumeMode": "Filesystem", "volumeSnapshotClassName": "mock-retain",
                     "volumeSnapshotRef": {"apiVersion": API, "kind": "VolumeSnapshot", "namespace": NS,
                                           "name": "velero-data-" + NUMBER, "uid": SNAPSHOT_UID,
                                           "resourceVersion": "1"}},
            "status": {"creationTime": 1777863721000000000, "readyToUse": True, "restoreSize": 10737418240,
                       "snapshotHandle": "snap-" + NUMBER}}


def _claim():
    annotations = {"pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes",
                   "volume.beta.kubernetes.io/storage-provisioner": DRIVER,
                   "volume.kubernetes.io/storage-provisioner": DRIVER}
    applied = {"apiVersion": "v1", "kind": "PersistentVolumeClaim",
               "metadata": {"annotations": {}, "labels": _labels(), "name": "data-" + NUMBER, "namespace": NS},
               "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}},
                        "storageClassName": "mock"}}
    last_applied = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(applied)}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": _meta("data-" + NUMBER, CLAIM_UID, True, finalizers=["kubernetes.io/pvc-protection"],
                              annotations={**annotations, **last_applied}, managedFields=[
                _managed("kubectl-client-side-apply", api="v1",
                         metadata={**_LABEL_FIELDS, "f:annotations": {".": {}, **_fields(*last_applied)}},
                         spec=_fields("accessModes", "resources", "storageClassName", "volumeMode")),
                _managed("kube-controller-manager", api="v1", metadata={"f:annotations": _fields(*annotations)},
                         spec=_fields("volumeName")),
                _managed("kube-controller-manager", "status", api="v1",
                         status=_fields("accessModes", "capacity", "phase"))]),
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}},
                     "volumeName": "pvc-" + CLAIM_UID, "storageClassName": "mock", "volumeMode": "Filesystem"},
            "status": {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "10Gi"}}}


def _volume():
    annotations = {"pv.kubernetes.io/provisioned-by": DRIVER, "volume.kubernetes.io/provisioner-deletion-secret-name": "",
                   "volume.kubernetes.io/provisioner-deletion-secret-namespace": ""}
    protection = ["external-provisioner.volume.kubernetes.io/finalizer", "kubernetes.io/pv-protection"]
    attributes = {"name": "pvc-" + CLAIM_UID, "storage.kubernetes.io/csiProvisionerIdentity": "1777863721000-1-" + DRIVER}
    return {"apiVersion": "v1", "kind": "PersistentVolume",
            "metadata": _meta("pvc-" + CLAIM_UID, VOLUME_UID, False, finalizers=protection, annotations=annotations,
                              managedFields=[
                _managed("csi-provisioner", api="v1",
                         metadata={"f:annotations": {".": {}, **_fields(*annotations)},
                                   "f:finalizers": {".": {}, **{f'v:"{p}"': {} for p in protection}}},
                         spec={**_fields("accessModes", "capacity", "persistentVolumeReclaimPolicy", "storageClassName",
                                         "volumeMode"),
                               "f:claimRef": {".": {}, **_fields("apiVersion", "kind", "name", "namespace",
                                                                 "resourceVersion", "uid")},
                               "f:csi": {".": {}, **_fields("driver", "volumeHandle"),
                                         "f:volumeAttributes": {".": {}, **_fields(*attributes)}}}),
                _managed("velero-server", api="v1", metadata=_LABEL_FIELDS),
                _managed("kube-controller-manager", "status", api="v1", status=_fields("phase"))]),
            "spec": {"capacity": {"storage": "10Gi"}, "accessModes": ["ReadWriteOnce"],
                     "csi": {"driver": DRIVER, "volumeHandle": "vol-" + NUMBER, "volumeAttributes": attributes},
                     "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": NS,
                                  "name": "data-" + NUMBER, "uid": CLAIM_UID, "resourceVersion": "1"},
                     "persistentVolumeReclaimPolicy": "Delete", "storageClassName": "mock", "volumeMode": "Filesystem"},
            "status": {"phase": "Bound", "lastPhaseTransitionTime": CREATED}}


def _templates():
    result = []
    for item in (_snapshot(), _content(), _claim(), _volume()):
        meta = item["metadata"]
        key = "/".join(part for part in (PREFIXES[item["kind"]], meta.get("namespace"), meta["name"]) if part)
        result.append((key, json.dumps(item, separators=(",", ":"))))
    return result


def templates():
    """The JSON of a chain's VolumeSnapshot, VolumeSnapshotContent, claim and volume, with their stand-ins."""
    return [text for _, text in _TEMPLATES]


def uid_of(kind, number):
    """The uid of chain `number`'s object: the same in every run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}/{number}"))


def namespace_of(number):
    return f"tenant-{number // CHAINS_PER_NAMESPACE}"


def chain(number):
    """(key, value) of the four objects of one chain."""
    values = {NUMBER: str(number), NS: namespace_of(number), CLAIM_UID: uid_of("claim", number),
              VOLUME_UID: uid_of("volume", number), SNAPSHOT_UID: uid_of("snapshot", number),
              CONTENT_UID: uid_of("content", number)}
    for key, text in _TEMPLATES:
        for stand_in, value in values.items():
            key, text = key.replace(stand_in, value), text.replace(stand_in, value)
        yield key, text.encode()


def chains(count, first=0):
    """(key, value) of all the objects of `count` chains, their namespaces too."""
    for number in range(first, first + count):
        if number % CHAINS_PER_NAMESPACE == 0:
            name = namespace_of(number)
            yield f"{PREFIXES['Namespace']}/{name}", json.dumps({
                "apiVersion": "v1", "kind": "Namespace", "metadata": {
                    "name": name, "uid": uid_of("namespace", number), "creationTimestamp": CREATED,
                    "labels": {"kubernetes.io/metadata.name": name}},
                "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}).encode()
        yield from chain(number)


_TEMPLATES = _templates()
