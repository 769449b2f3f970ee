"""Rows as docs/ledger.md lays them out."""

import fields
from recording import rfc3339
from states import get

ORDER = (
    "seq", "cluster", "epoch", "type", "at", "apiTime", "kind", "namespace", "name", "uid", "from", "to", "outcome",
    "readyToUse", "reason", "message", "resourceVersion", "actor", "cause", "chain", "content", "claimUid",
    "deletionPolicy", "driver", "snapshotHandle", "volumeHandle", "initiator", "late", "fact", "gap", "finding")
UNWRITTEN = ("Deleting", "Deleted", "Orphaned")  # What nobody's managedFields tell of.


class Rows:
    def __init__(self, cluster):
        self.cluster = cluster
        self.made = []

    def write(self, **given):
        row = dict.fromkeys(ORDER)
        row.update(seq=len(self.made) + 1, cluster=self.cluster, epoch=1, late=False)
        row.update(given)
        assert tuple(row) == ORDER
        self.made.append(row)

    def of_thing(self, thing, **given):
        ready = None
        if thing.kind in (fields.SNAPSHOT, fields.CONTENT):
            now = get(thing.obj, "status", "readyToUse")
            now = now if isinstance(now, bool) else None
            ready = {"from": thing.ready_in_last_row, "to": now}
            thing.ready_in_last_row = now
        self.write(kind=thing.kind, namespace=thing.namespace, name=thing.name, uid=thing.uid, readyToUse=ready,
                   resourceVersion=get(thing.obj, "metadata", "resourceVersion"), **fields.of(thing), **given)

    def transition(self, thing, before, old, new, at, late, cause, held_error):
        """`before` is the object's version before this one, None if there was none; `old` is None at first sight."""
        actor = written = None
        if new not in UNWRITTEN and cause is None:
            actor, written = fields.writer(before, thing.obj)
        when = fields.api_time(thing, old is None, new, cause, written, held_error)
        message = None
        if new in ("Error", "Broken"):
            is_claim = thing.kind == fields.CLAIM
            message = held_error[0] if is_claim else get(thing.obj, "status", "error", "message")
        self.of_thing(thing, type="transition", at=rfc3339(at), apiTime=rfc3339(when), to=new, outcome=thing.outcome,
                      message=message, actor=actor, cause=cause, late=late, **{"from": old})

    def outcome(self, thing, at, late, cause):
        self.of_thing(thing, type="outcome", at=rfc3339(at), to="Deleted", outcome=thing.outcome, cause=cause,
                      late=late, **{"from": "Deleted"})

    def fact(self, thing, before, kind, old, new, at, late, cause=None):
        actor = written = None
        if cause is None:
            actor, written = fields.writer(before, thing.obj)
        self.of_thing(thing, type="fact", at=rfc3339(at), apiTime=rfc3339(fields.api_ms(written)), to=thing.state,
                      message=new if kind == "ErrorChanged" else None, actor=actor, cause=cause, late=late,
                      fact={"type": kind, "from": old, "to": new}, **{"from": thing.state})

    def gap(self, resource, since, until, version, cause):
        self.write(type="gap", at=rfc3339(until), gap={
            "resource": resource, "since": rfc3339(since), "until": rfc3339(until),
            "firstResourceVersion": version, "lastResourceVersion": None, "cause": cause})
