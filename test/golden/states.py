"""States and outcomes, table by table as in docs/states.md: each function reads the objects and returns a word."""

import re

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
BEING_CREATED = "snapshot.storage.kubernetes.io/volumesnapshot-being-created"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
PROVISIONERS = ("volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner")
LOST_CONTENT = (
    "VolumeSnapshotContent is missing",
    "VolumeSnapshotContent is not bound to the VolumeSnapshot correctly",
    "lost reference to VolumeSnapshotContent",
)
CONFLICT = "the object has been modified; please apply your changes to the latest version"


def get(obj, *path):
    """The value at a path; None where the path ends early or the value is an empty text."""
    for key in path:
        obj = obj.get(key) if isinstance(obj, dict) else None
    return None if obj == "" else obj


def annotations(obj):
    return get(obj, "metadata", "annotations") or {}


def snapshot_state(thing):
    obj = thing.obj
    if get(obj, "metadata", "deletionTimestamp"):
        return "Deleting"
    if get(obj, "status", "readyToUse") is True:
        return "Ready"
    message = get(obj, "status", "error", "message") or ""
    if thing.state is None and any(text in message for text in LOST_CONTENT):
        thing.was_ready = True
    if thing.was_ready:
        return "Broken"
    if get(obj, "status", "error") is not None:
        return "Error"
    if get(obj, "status", "creationTime"):
        return "Uploading"
    if get(obj, "status", "boundVolumeSnapshotContentName"):
        return "Creating"
    return "Pending"


def content_state(thing):
    obj = thing.obj
    if get(obj, "metadata", "deletionTimestamp"):
        return "Deleting"
    if thing.orphaned:
        return "Orphaned"
    if get(obj, "status", "readyToUse") is True:
        return "Ready"
    if get(obj, "status", "error") is not None:
        return "Error"
    if get(obj, "status", "snapshotHandle"):
        return "Uploading"
    if BEING_CREATED in annotations(obj):
        return "Creating"
    return "Pending"


def is_temporary(obj):
    """Velero's temporary contents, which are never Orphaned."""
    name = get(obj, "metadata", "name") or ""
    namespace = get(obj, "spec", "volumeSnapshotRef", "namespace") or ""
    return bool(re.fullmatch("vsc-" + UUID, name) and re.fullmatch("ns-" + UUID, namespace))


def source_key(obj):
    """(namespace, name) of the VolumeSnapshot that a claim is restored from; None for other claims."""
    reference = get(obj, "spec", "dataSourceRef") or get(obj, "spec", "dataSource")
    if get(reference, "kind") != "VolumeSnapshot" or get(reference, "apiGroup") != "snapshot.storage.k8s.io":
        return None
    namespace = get(obj, "metadata", "namespace")
    if get(obj, "spec", "dataSourceRef"):
        namespace = get(reference, "namespace") or namespace
    return namespace, get(reference, "name")


def restored_claim_state(obj, source, storage_class, held_error):
    """`source` and `storage_class` are the objects as they are now, None if absent."""
    phase = get(obj, "status", "phase")
    if get(obj, "metadata", "deletionTimestamp"):
        return "Deleting"
    if phase in ("Lost", "Bound"):
        return phase
    if source is None or get(source, "status", "readyToUse") is not True:
        return "WaitingForSnapshot"
    waits = get(storage_class, "volumeBindingMode") == "WaitForFirstConsumer"
    if waits and SELECTED_NODE not in annotations(obj):
        return "WaitingForConsumer"
    if held_error is not None:
        return "Error"
    if any(name in annotations(obj) for name in PROVISIONERS):
        return "Provisioning"
    return "Requested"


def plain_claim_state(obj):
    if get(obj, "metadata", "deletionTimestamp"):
        return "Deleting"
    phase = get(obj, "status", "phase")
    return phase if phase in ("Lost", "Bound") else "Pending"


def volume_state(obj):
    if get(obj, "metadata", "deletionTimestamp"):
        return "Deleting"
    phase = get(obj, "status", "phase")
    return phase if phase in ("Failed", "Released", "Bound", "Available") else "Pending"


def content_outcome(thing, late):
    """Of a content that went; its last version is `thing.obj`."""
    obj = thing.obj
    source_handle = get(obj, "spec", "source", "snapshotHandle")
    had_handle = thing.last_handle or source_handle
    if late or (BEING_CREATED in annotations(obj) and not had_handle):
        return "Unknown"
    if not had_handle:
        return "NeverCut"
    policy = get(obj, "spec", "deletionPolicy")
    if policy == "Retain":
        return "Retained"
    if policy == "Delete" and thing.last_handle:
        return "Leaked" if get(obj, "status", "snapshotHandle") else "Destroyed"
    return "Unknown"


def snapshot_outcome(thing, late):
    """Of a VolumeSnapshot that went; None if it follows when its content goes."""
    content = thing.content
    if late:
        return "Unknown"
    if content is None:
        # It was bound to a content that nobody saw: that one's end is not known, so no guess.
        return "Unknown" if get(thing.obj, "status", "boundVolumeSnapshotContentName") else "NeverCut"
    if content.gone:
        return content.outcome
    handle = content.last_handle or get(content.obj, "spec", "source", "snapshotHandle")
    if get(content.obj, "spec", "deletionPolicy") == "Retain" and handle:
        return "Retained"
    return None
