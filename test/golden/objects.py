"""The objects of a recording, and how they find each other."""

from fields import CLAIM, CONTENT, SNAPSHOT, VOLUME, snapshot_chain
from states import get, source_key


class Thing:
    """One object of the four kinds with states, its memory, and links to others. A link stays when the other is gone."""

    def __init__(self, kind, obj):
        self.kind, self.obj = kind, obj
        metadata = obj["metadata"]
        self.uid, self.name, self.namespace = metadata["uid"], get(metadata, "name"), get(metadata, "namespace")
        self.state = self.outcome = self.ready_in_last_row = self.last_handle = None
        self.gone = self.was_ready = self.orphaned = False
        self.content = self.snapshot = self.claim = self.source = self.volume = None  # Things
        self.snapshot_class = self.storage_class = None  # objects
        self.chain = None  # of a restored claim, once its source has been seen
        self.condition = None  # of a restored claim's source
        self.absent = None  # of a content: (uid that it references, since when that is absent, late)

    @property
    def key(self):
        return self.namespace or "", self.name or ""


class Objects:
    """Every object of the four kinds that was ever seen, and the classes that exist."""

    def __init__(self):
        self.things = {}  # uid -> Thing, those that are gone too
        self.classes = {}  # (resource, name) -> object

    # --- looking things up ---

    def of_kind(self, kind):
        found = (thing for thing in self.things.values() if thing.kind == kind and not thing.gone)
        return sorted(found, key=lambda thing: thing.key)

    def named(self, kind, namespace, name):
        return next((t for t in self.of_kind(kind) if t.key == (namespace or "", name)), None)

    def existing(self, uid, kind):
        thing = self.things.get(uid)
        return thing if thing and thing.kind == kind and not thing.gone else None

    def source_now(self, claim):
        return self.named(SNAPSHOT, *source_key(claim.obj))

    def condition_now(self, claim):
        source = self.source_now(claim)
        return (source.uid, get(source.obj, "status", "readyToUse") is True) if source else None

    # --- links ---

    def add(self, thing):
        self.things[thing.uid] = thing
        self.note_handle(thing)

    def note_handle(self, thing):
        thing.last_handle = get(thing.obj, "status", "snapshotHandle") or thing.last_handle

    def link(self):
        linkers = {SNAPSHOT: self.link_snapshot, CONTENT: self.link_content, CLAIM: self.link_claim}
        for kind, linker in linkers.items():
            for thing in self.of_kind(kind):
                linker(thing)
        for volume in self.of_kind(VOLUME):
            volume.claim = self.existing(get(volume.obj, "spec", "claimRef", "uid"), CLAIM) or volume.claim

    def link_snapshot(self, thing):
        obj = thing.obj
        name = (get(obj, "status", "boundVolumeSnapshotContentName")
                or get(obj, "spec", "source", "volumeSnapshotContentName"))
        if name:
            found = self.named(CONTENT, None, name)
            if found and (get(found.obj, "spec", "volumeSnapshotRef", "uid") or thing.uid) != thing.uid:
                found = None  # bound to another snapshot
        else:
            found = next((content for content in self.of_kind(CONTENT)
                          if get(content.obj, "spec", "volumeSnapshotRef", "uid") == thing.uid), None)
        thing.content = found or thing.content
        claim = get(obj, "spec", "source", "persistentVolumeClaimName")
        if claim and thing.claim is None:
            thing.claim = self.named(CLAIM, thing.namespace, claim)
        named = get(obj, "spec", "volumeSnapshotClassName")
        thing.snapshot_class = self.classes.get(("volumesnapshotclasses", named)) or thing.snapshot_class

    def link_content(self, thing):
        reference = get(thing.obj, "spec", "volumeSnapshotRef")
        if get(reference, "uid"):
            found = self.existing(reference["uid"], SNAPSHOT)
        else:
            found = self.named(SNAPSHOT, get(reference, "namespace"), get(reference, "name"))
            if found and get(found.obj, "spec", "source", "volumeSnapshotContentName") != thing.name:
                found = None
        thing.snapshot = found or thing.snapshot

    def link_claim(self, thing):
        volume = get(thing.obj, "spec", "volumeName")
        if volume:
            thing.volume = self.named(VOLUME, None, volume) or thing.volume
        named = get(thing.obj, "spec", "storageClassName")
        thing.storage_class = self.classes.get(("storageclasses", named)) or thing.storage_class
        if source_key(thing.obj) is None:
            return
        # Once there is a volume, a later snapshot of the same name is not what it was made from.
        if thing.source is None or not volume:
            thing.source = self.source_now(thing) or thing.source
        if thing.chain is None and thing.source:
            source = thing.source.obj
            pre_provisioned = get(source, "spec", "source", "volumeSnapshotContentName")
            thing.chain = snapshot_chain(thing.source) if pre_provisioned else thing.uid
