"""Takes in a recording line by line and makes its rows: docs/states.md, "When something is classified"."""

from fields import CLAIM, CONTENT, SNAPSHOT, VOLUME
from objects import Thing
from recording import newer, well_formed
from rows import Rows
from states import get
from world import World

KINDS = {
    "volumesnapshots": SNAPSHOT,
    "volumesnapshotcontents": CONTENT,
    "persistentvolumeclaims": CLAIM,
    "persistentvolumes": VOLUME,
}
CLASSES = ("volumesnapshotclasses", "storageclasses")
READ = (*KINDS, *CLASSES, "events")
FIRST_SIGHT = (CONTENT, SNAPSHOT, CLAIM, VOLUME)


def ends_initial_list(line):
    event = line.get("event") or {}
    marks = get(event.get("object"), "metadata", "annotations") or {}
    return event.get("type") == "BOOKMARK" and marks.get("k8s.io/initial-events-end") == "true"


class Engine:
    """The gate, lists and gaps. What one event means is the world's business."""

    def __init__(self, header, lines):
        self.lines = lines
        self.rows = Rows(header.get("cluster") or "recording")
        self.world = World(self.rows)
        listed = {line["resource"] for line in lines if ends_initial_list(line)}
        self.unsynced = {resource for resource in READ if resource in listed}
        self.open = False
        self.waiting = []  # Lines delivered while the gate is closed, of resources that are synced.
        self.initial = {}  # resource -> uid -> object
        self.seen_in_relist = {}  # resource -> uids, while a re-list of it is under way
        self.last = {}  # resource -> (at, resourceVersion) of what came last

    def run(self):
        for index, line in enumerate(self.lines):
            if not self.unsynced and not self.open:
                self.open_gate(line["at"])
            if self.open:
                self.world.advance(line["at"])
            if "gap" in line:
                self.gap(line, index)
            elif line["resource"] in READ:
                self.receive(line)
            self.remember(line)
        return self.rows.made

    def remember(self, line):
        version = get(line.get("event"), "object", "metadata", "resourceVersion")
        _, stored = self.last.get(line["resource"], (None, None))
        # Items of a list come in the order of their names, so the last one isn't the newest.
        if stored is None or (well_formed(version) and newer(version, stored)):
            stored = version
        self.last[line["resource"]] = (line["at"], stored)

    def receive(self, line):
        resource = line["resource"]
        if resource not in self.unsynced:
            if self.open:
                self.live(line)
            else:
                self.waiting.append(line)
        elif ends_initial_list(line):
            self.unsynced.remove(resource)
            if not self.unsynced:
                self.open_gate(line["at"])
        else:
            self.list_item(resource, line["event"])

    def list_item(self, resource, event):
        uid = get(event["object"], "metadata", "uid")
        items = self.initial.setdefault(resource, {})
        if event["type"] == "DELETED":
            items.pop(uid, None)
        elif event["type"] in ("ADDED", "MODIFIED") and uid:
            items[uid] = event["object"]

    def open_gate(self, at):
        self.open = True
        world = self.world
        for resource in CLASSES:
            for obj in self.initial.get(resource, {}).values():
                world.classes[resource, obj["metadata"]["name"]] = obj
        for resource, kind in KINDS.items():
            for obj in self.initial.get(resource, {}).values():
                world.add(Thing(kind, obj))
        world.link()
        world.hold_initial_errors(self.initial.get("events", {}).values())
        world.look_for_orphans(at, late=True)
        for kind in FIRST_SIGHT:
            for thing in world.of_kind(kind):
                world.begin(thing)
                world.classify(thing, None, at, late=True)
        for line in self.waiting:
            self.live(line)

    def live(self, line):
        resource, at = line["resource"], line["at"]
        seen = self.seen_in_relist.get(resource)
        if line.get("relist"):
            self.seen_in_relist[resource] = set()
        elif ends_initial_list(line):
            if seen is not None:
                self.world.drop_missing(KINDS.get(resource), resource, seen, at)
            self.seen_in_relist.pop(resource, None)
        elif line["event"]["type"] in ("ADDED", "MODIFIED", "DELETED"):
            obj = line["event"]["object"]
            uid = get(obj, "metadata", "uid")
            if seen is not None:
                seen.add(uid)
            if uid:
                self.world.apply(resource, KINDS.get(resource), line["event"]["type"], obj, at, late=seen is not None)

    def gap(self, line, index):
        """Writes the row; a list that follows before the next gap is a re-list."""
        resource = line["resource"]
        since, version = self.last.get(resource, (None, None))
        self.rows.gap(resource, since, line["at"], version, line["gap"].get("cause"))
        if resource in self.unsynced:
            self.initial.pop(resource, None)
        elif resource in READ and self.is_listed_again(resource, index):
            start = {**line, "relist": True}
            if self.open:
                self.live(start)
            else:
                self.waiting.append(start)

    def is_listed_again(self, resource, index):
        later = (line for line in self.lines[index + 1:] if line["resource"] == resource)
        return any(ends_initial_list(line) for line in until_gap(later))


def until_gap(lines):
    for line in lines:
        if "gap" in line:
            return
        yield line
