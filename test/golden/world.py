"""What one event about an object means: its own rows, then the effects on others."""

from fields import CLAIM, CONTENT, SNAPSHOT, VOLUME
from objects import Objects, Thing
from recording import api_ms, newer, well_formed
from states import (CONFLICT, content_outcome, content_state, get, is_temporary, plain_claim_state,
                    restored_claim_state, snapshot_outcome, snapshot_state, source_key, volume_state)

ORPHANED_AFTER_MS = 5000


class World(Objects):
    def __init__(self, rows):
        super().__init__()
        self.rows = rows
        self.held = {}  # uid of a claim -> (text, last time) of the error held
        self.event_versions = {}  # uid of a Kubernetes event -> resourceVersion

    # --- orphans ---

    def look_for_orphans(self, at, late=False):
        """The 5 s begin when a content's reference is seen and its VolumeSnapshot is not there."""
        for content in self.of_kind(CONTENT):
            uid = get(content.obj, "spec", "volumeSnapshotRef", "uid")
            if uid is None or is_temporary(content.obj) or self.existing(uid, SNAPSHOT):
                content.absent, content.orphaned = None, False
            elif content.absent is None or content.absent[0] != uid:
                content.absent, content.orphaned = (uid, at, late), False

    def advance(self, now):
        due = [(content.absent[1] + ORPHANED_AFTER_MS, content.name, content) for content in self.of_kind(CONTENT)
               if content.absent and not content.orphaned]
        for when, _, content in sorted(due, key=lambda timer: timer[:2]):
            if when <= now:
                content.orphaned = True
                uid, since, late = content.absent
                went = self.things.get(uid)
                version = get(went.obj, "metadata", "resourceVersion") if went else None
                cause = {"kind": SNAPSHOT, "uid": uid, "resourceVersion": version}
                self.classify(content, content.obj, since, late, cause)

    # --- states ---

    def state_of(self, thing):
        if thing.kind == SNAPSHOT:
            return snapshot_state(thing)
        if thing.kind == CONTENT:
            return content_state(thing)
        if thing.kind == VOLUME:
            return volume_state(thing.obj)
        if source_key(thing.obj) is None:
            return plain_claim_state(thing.obj)
        source = self.source_now(thing)
        named = get(thing.obj, "spec", "storageClassName")
        return restored_claim_state(thing.obj, source and source.obj, self.classes.get(("storageclasses", named)),
                                    self.held.get(thing.uid))

    def begin(self, thing):
        """What a claim needs before it is classified for the first time."""
        if thing.kind == CLAIM and source_key(thing.obj):
            thing.condition = self.condition_now(thing)

    def classify(self, thing, before, at, late, cause=None):
        """Writes the transition if there is one, and says so."""
        if thing.kind == CLAIM and get(thing.obj, "spec", "volumeName"):
            self.held.pop(thing.uid, None)
        old, new = thing.state, self.state_of(thing)
        if new == old:
            return False
        thing.state = new
        thing.was_ready = thing.was_ready or new == "Ready"
        self.rows.transition(thing, before, old, new, at, late, cause, self.held.get(thing.uid))
        return True

    # --- events ---

    def apply(self, resource, kind, event_type, obj, at, late):
        if kind:
            self.apply_thing(kind, event_type, obj, at, late)
        elif resource == "events":
            self.apply_event(event_type, obj, at, late)
        else:
            self.apply_class(resource, event_type, obj, at, late)

    def apply_thing(self, kind, event_type, obj, at, late):
        metadata = obj["metadata"]
        thing = self.things.get(metadata["uid"])
        if thing and not newer(get(metadata, "resourceVersion"), get(thing.obj, "metadata", "resourceVersion")):
            return
        namesake = self.named(kind, get(metadata, "namespace"), get(metadata, "name"))
        if namesake and namesake.uid != metadata["uid"] and event_type != "DELETED":
            self.end(namesake, at, late=True)  # Its own end was never delivered.
        if thing is None or thing.gone:
            thing, before = Thing(kind, obj), None
            self.add(thing)
        else:
            before, thing.obj = thing.obj, obj
            self.note_handle(thing)
        self.link()
        if event_type == "DELETED":
            self.end(thing, at, late)
            return
        self.look_for_orphans(at)
        if before is None:
            self.begin(thing)
        moved = self.classify(thing, before, at, late)
        if before is not None:
            self.write_facts(thing, before, at, late, moved)
        if kind == SNAPSHOT:
            self.tell_restored_claims(thing, at, late)

    def write_facts(self, thing, before, at, late, moved):
        def change(*path):
            return get(before, *path), get(thing.obj, *path)

        def fact(name, old, new):
            self.rows.fact(thing, before, name, old, new, at, late)

        if thing.kind == CONTENT:
            old, new = change("spec", "deletionPolicy")
            if old != new:
                fact("DeletionPolicyChanged", old, new)
            old, new = change("status", "snapshotHandle")
            if old and not new:
                fact("HandleCleared", old, None)
        old, new = change("metadata", "finalizers")
        removed = [finalizer for finalizer in old or [] if finalizer not in (new or [])]
        if removed:
            fact("FinalizersRemoved", ",".join(removed), None)
        if thing.kind in (SNAPSHOT, CONTENT) and not moved:
            old, new = change("status", "error", "message")
            if old != new:
                fact("ErrorChanged", old, new)

    def end(self, thing, at, late):
        thing.gone = True
        if thing.kind == CONTENT:
            thing.outcome = content_outcome(thing, late)
        elif thing.kind == SNAPSHOT:
            thing.outcome = snapshot_outcome(thing, late)
        old, thing.state = thing.state, "Deleted"
        self.rows.transition(thing, None, old, "Deleted", at, late, None, None)
        self.look_for_orphans(at, late)
        if thing.kind == SNAPSHOT:
            self.tell_restored_claims(thing, at, late)
        elif thing.kind == CONTENT:
            self.tell_snapshots(thing, at, late)

    # --- effects on others ---

    def tell_restored_claims(self, snapshot, at, late):
        for claim in self.of_kind(CLAIM):
            if source_key(claim.obj) == (snapshot.namespace, snapshot.name):
                condition = self.condition_now(claim)
                if condition != claim.condition:
                    claim.condition = condition
                    self.held.pop(claim.uid, None)
                self.classify(claim, claim.obj, at, late, cause_of(SNAPSHOT, snapshot.obj))

    def tell_snapshots(self, content, at, late):
        waiting = [t for t in self.things.values()
                   if t.kind == SNAPSHOT and t.gone and t.outcome is None and t.content is content]
        for snapshot in sorted(waiting, key=lambda thing: thing.key):
            snapshot.outcome = content.outcome
            self.rows.outcome(snapshot, at, late, cause_of(CONTENT, content.obj))

    def apply_class(self, resource, event_type, obj, at, late):
        key = resource, get(obj, "metadata", "name")
        stored = self.classes.get(key)
        versions = [get(version, "metadata", "resourceVersion") for version in (obj, stored)]
        if stored and stored["metadata"]["uid"] == obj["metadata"]["uid"] and not newer(*versions):
            return
        if event_type == "DELETED":
            self.classes.pop(key, None)
        else:
            self.classes[key] = obj
        self.link()
        if resource == "storageclasses":
            for claim in self.of_kind(CLAIM):
                if source_key(claim.obj) and get(claim.obj, "spec", "storageClassName") == key[1]:
                    self.classify(claim, claim.obj, at, late, cause_of("StorageClass", obj))

    def apply_event(self, event_type, obj, at, late):
        uid, version = obj["metadata"]["uid"], get(obj, "metadata", "resourceVersion")
        if uid in self.event_versions and not newer(version, self.event_versions[uid]):
            return
        self.event_versions[uid] = version
        if event_type == "DELETED":
            return
        about = get(obj, "involvedObject", "uid")
        claim = self.existing(about, CLAIM)
        old = self.held.get(about)
        self.hold(obj, claim)
        if claim is None or source_key(claim.obj) is None:
            return
        cause, new = cause_of("Event", obj), self.held.get(about)
        moved = self.classify(claim, claim.obj, at, late, cause)
        if not moved and claim.state == "Error" and old[0] != new[0]:
            self.rows.fact(claim, None, "ErrorChanged", old[0], new[0], at, late, cause)

    def hold(self, event, claim):
        """Begins or ends the held error that an event tells of; `claim` is None if it is not known yet."""
        about, text = get(event, "involvedObject", "uid"), get(event, "message") or ""
        if not is_about_provisioning(event):
            return
        if event["reason"] == "ProvisioningSucceeded":
            self.held.pop(about, None)
        elif not (claim and get(claim.obj, "spec", "volumeName")):
            self.held[about] = (text, last_time(event))

    def hold_initial_errors(self, events):
        """Of an initial list only the latest event about each claim counts."""
        for event in sorted(events, key=event_order):
            self.event_versions[event["metadata"]["uid"]] = get(event, "metadata", "resourceVersion")
            self.hold(event, self.existing(get(event, "involvedObject", "uid"), CLAIM))

    def drop_missing(self, kind, resource, seen, at):
        """The end of a re-list: what it did not name is gone."""
        if kind:
            for thing in self.of_kind(kind):
                if thing.uid not in seen:
                    self.end(thing, at, late=True)
        elif resource != "events":
            missing = [obj for (of, _), obj in self.classes.items()
                       if of == resource and obj["metadata"]["uid"] not in seen]
            for obj in missing:
                # Gone at a version that nobody saw: its last one stands for it, so past the check for duplicates.
                del self.classes[resource, obj["metadata"]["name"]]
                self.apply_class(resource, "DELETED", obj, at, late=True)


def is_about_provisioning(event):
    reason, text = get(event, "reason"), get(event, "message") or ""
    if reason == "ProvisioningFailed":
        return CONFLICT not in text
    return reason == "ProvisioningSucceeded"


def cause_of(kind, obj):
    return {"kind": kind, "uid": obj["metadata"]["uid"], "resourceVersion": get(obj, "metadata", "resourceVersion")}


def event_order(obj):
    """Order of the events of an initial list: last time, then resourceVersion."""
    version = get(obj, "metadata", "resourceVersion") or ""
    last = api_ms(last_time(obj))
    return (float("-inf") if last is None else last, well_formed(version), len(version), version)


def last_time(obj):
    return get(obj, "lastTimestamp") or get(obj, "series", "lastObservedTime") or get(obj, "eventTime")
