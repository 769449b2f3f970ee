"""What a row says beside its states: the table "Fields of a row" and the chains of docs/states.md."""

import re
import uuid

from recording import api_ms
from states import PROVISIONERS, annotations, get, source_key

CHAINS = uuid.UUID("8f6f5b0a-2f1b-5a53-9d52-3d6d7b1c4e10")
SNAPSHOT, CONTENT, CLAIM, VOLUME = (
    "VolumeSnapshot", "VolumeSnapshotContent", "PersistentVolumeClaim", "PersistentVolume")


def writer(before, obj):
    """(manager, time) of the one manager whose entries are new or changed since `before`; (None, None) if not one.

    The time is the latest one that is new: a write that only removes fields leaves its entry's time as it was."""
    def entries(version):
        found = {}
        for entry in get(version, "metadata", "managedFields") or []:
            key = tuple(entry.get(name, "") for name in ("manager", "operation", "subresource", "apiVersion"))
            found[key] = (entry.get("time"), entry.get("fieldsV1"))
        return found

    old = entries(before) if before is not None else {}
    changed = {key: value for key, value in entries(obj).items() if old.get(key) != value}
    managers = {key[0] for key in changed}
    if len(managers) != 1:
        return None, None
    stamps = [time for key, (time, _) in changed.items() if time and time != old.get(key, (None, None))[0]]
    return managers.pop(), max(stamps, default=None)


def api_time(thing, first_sight, state, cause, written, held_error):
    """`apiTime` of a transition, in ms; `written` is the time of the actor's entry."""
    obj = thing.obj
    if state in ("Deleted", "Orphaned") or (cause is not None and cause["kind"] != "Event"):
        return None
    if state == "Deleting":
        return api_ms(get(obj, "metadata", "deletionTimestamp"))
    if state in ("Error", "Broken"):
        if thing.kind == CLAIM:
            return api_ms(held_error[1])
        if get(obj, "status", "error") is not None:
            return api_ms(get(obj, "status", "error", "time"))
    if state == "Uploading":
        return api_ms(get(obj, "status", "creationTime"))
    if thing.kind == VOLUME:
        return api_ms(get(obj, "status", "lastPhaseTransitionTime"))
    if first_sight and state in ("Pending", "Requested"):
        return api_ms(get(obj, "metadata", "creationTimestamp"))
    return api_ms(written)


def of(thing):
    """The fields that tell how an object hangs together with others. A related object that went keeps its last version, so
    what it told is remembered."""
    return {SNAPSHOT: of_snapshot, CONTENT: of_content, CLAIM: of_claim, VOLUME: of_volume}[thing.kind](thing)


def of_snapshot(thing):
    content = of_content_alone(thing.content)
    claim = of_claim(thing.claim) if thing.claim else {}
    return {
        "chain": snapshot_chain(thing),
        "content": content_name(thing),
        "claimUid": thing.claim.uid if thing.claim else None,
        "deletionPolicy": content["deletionPolicy"],
        "driver": content["driver"] or get(thing.snapshot_class, "driver"),
        "snapshotHandle": content["snapshotHandle"],
        "volumeHandle": content["volumeHandle"] or claim.get("volumeHandle"),
        "initiator": initiator(thing),
    }


def of_content_alone(thing):
    """What a content tells by itself; all None if there is none."""
    obj = thing.obj if thing else {}
    return {
        "deletionPolicy": get(obj, "spec", "deletionPolicy"),
        "driver": get(obj, "spec", "driver"),
        "snapshotHandle": (thing.last_handle if thing else None) or get(obj, "spec", "source", "snapshotHandle"),
        "volumeHandle": get(obj, "spec", "source", "volumeHandle"),
    }


def of_content(thing):
    obj, snapshot = thing.obj, thing.snapshot
    reference = get(obj, "spec", "volumeSnapshotRef")
    chain = get(reference, "uid")
    if get(obj, "spec", "source", "snapshotHandle"):
        chain = chain_of_names(get(reference, "namespace"), get(reference, "name"), thing.name)
    return {
        "chain": chain,
        "content": thing.name,
        "claimUid": snapshot.claim.uid if snapshot and snapshot.claim else None,
        **of_content_alone(thing),
        "initiator": initiator(thing, snapshot),
    }


def of_claim(thing):
    restored, source = source_key(thing.obj) is not None, thing.source
    told = of_snapshot(source) if source else {}
    csi = get(thing.volume.obj, "spec", "csi") if thing.volume else None
    annotated = (get(annotations(thing.obj), name) for name in PROVISIONERS)
    return {
        "chain": (thing.chain or thing.uid) if restored else None,
        "content": told.get("content"),
        "claimUid": thing.uid,
        "deletionPolicy": told.get("deletionPolicy"),
        "driver": get(csi, "driver") or next(filter(None, annotated), None) or get(thing.storage_class, "provisioner"),
        "snapshotHandle": told.get("snapshotHandle"),
        "volumeHandle": get(csi, "volumeHandle"),
        "initiator": initiator(thing),
    }


def of_volume(thing):
    claim = of_claim(thing.claim) if thing.claim else {}
    return {
        "chain": claim.get("chain"),
        "content": claim.get("content"),
        "claimUid": get(thing.obj, "spec", "claimRef", "uid"),
        "deletionPolicy": None,
        "driver": get(thing.obj, "spec", "csi", "driver"),
        "snapshotHandle": claim.get("snapshotHandle"),
        "volumeHandle": get(thing.obj, "spec", "csi", "volumeHandle"),
        "initiator": claim.get("initiator"),
    }


def content_name(snapshot):
    """Bound, else named by its source, else found by reference."""
    obj = snapshot.obj
    return (get(obj, "status", "boundVolumeSnapshotContentName")
            or get(obj, "spec", "source", "volumeSnapshotContentName")
            or (snapshot.content.name if snapshot.content else None))


def snapshot_chain(thing):
    content = get(thing.obj, "spec", "source", "volumeSnapshotContentName")
    return chain_of_names(thing.namespace, thing.name, content) if content else thing.uid


def chain_of_names(namespace, name, content):
    """Of a pre-provisioned pair: both sides know these three names, whichever comes first."""
    return str(uuid.uuid5(CHAINS, f"{namespace or ''}/{name or ''}/{content}"))


def owner(obj, kind, group):
    """The name of an object's owner of that kind; None where there is none."""
    for entry in get(obj, "metadata", "ownerReferences") or ():
        if get(entry, "kind") == kind and (get(entry, "apiVersion") or "").split("/")[0] == group:
            return get(entry, "name")
    return None


def virtual_machine_snapshot(text, pattern):
    match = re.fullmatch(pattern.replace("UID", "([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"), text or "")
    return match.group(1) if match else None


def other_initiator(obj):
    """Whom the marks of docs/states.md, "Initiators", name beside Velero; the first that is there."""
    marks, notes = get(obj, "metadata", "labels"), get(obj, "metadata", "annotations")
    name = get(obj, "metadata", "name")
    content = owner(obj, "VirtualMachineSnapshotContent", "snapshot.kubevirt.io")
    by_marks = (
        ("snapscheduler", {"schedule": get(marks, "snapscheduler.backube/schedule")}),
        ("gemini", {"group": get(notes, "gemini.fairwinds.com/group")}),
        ("cnpg", {"backup": get(marks, "cnpg.io/backupName")}),
        ("kubevirt", {"snapshot": virtual_machine_snapshot(content, "vmsnapshot-content-UID.*") or content, "restore": None}),
        ("kubevirt", {"restore": get(notes, "restore.kubevirt.io/name"), "snapshot": None}),
        ("volsync", {"source": owner(obj, "ReplicationSource", "volsync.backube"), "destination": None}),
        ("volsync", {"destination": owner(obj, "ReplicationDestination", "volsync.backube"), "source": None}),
        ("k10", {"application": get(marks, "k10.kasten.io/appNamespace")}))
    for kind, names in by_marks:
        if any(names.values()):
            return {"type": kind, **names}
    if (name or "").startswith("k10-csi-snap-"):
        return {"type": "k10", "application": None}
    snapshot = virtual_machine_snapshot(name, "vmsnapshot-UID-volume-.*")
    return {"type": "kubevirt", "snapshot": snapshot, "restore": None} if snapshot else None


def initiator(thing, other=None):
    """Of an object by its own marks; what they leave out of the same initiator, or all, by those of `other`. Only VolumeSnapshots and
    claims have others than Velero."""
    found = None
    for one in filter(None, (thing, other)):
        marks = get(one.obj, "metadata", "labels")
        backup, restore = get(marks, "velero.io/backup-name"), get(marks, "velero.io/restore-name")
        if backup or restore:
            said = {"type": "velero", "backup": backup, "restore": restore}
        else:
            said = other_initiator(one.obj) if get(one.obj, "kind") != "VolumeSnapshotContent" else None
        if said and (not found or found["type"] == said["type"]):
            found = {key: (found or {}).get(key) or value for key, value in said.items()}
    return found
