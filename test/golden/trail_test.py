"""Tests of trail.py over small recordings made by hand: the lines of docs/states.md, one by one."""

import json
import tempfile
import unittest
import uuid
from decimal import Decimal
from pathlib import Path

import recording
import trail
from engine import Engine, READ
from rows import ORDER

T0 = 1_000_000_000_000  # 2001-09-09T01:46:40Z in ms
GROUPS = {
    "volumesnapshots": "VolumeSnapshot", "volumesnapshotcontents": "VolumeSnapshotContent",
    "persistentvolumeclaims": "PersistentVolumeClaim", "persistentvolumes": "PersistentVolume",
    "volumesnapshotclasses": "VolumeSnapshotClass", "storageclasses": "StorageClass", "events": "Event"}
BEING_CREATED = {"snapshot.storage.kubernetes.io/volumesnapshot-being-created": "yes"}
DELETING = {"deletionTimestamp": "2001-09-09T01:46:44Z"}
FROM_SNAPSHOT = {"dataSource": {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "s"}}
READY = {"readyToUse": True, "boundVolumeSnapshotContentName": "c"}
UUID = "0f0e0d0c-1111-4222-8333-444455556666"


class Story:
    """A recording in the making. Objects get ever newer resourceVersions; `at` is seconds after T0."""

    def __init__(self, header=None):
        self.header, self.lines, self.at, self.version = header or {}, [], 0, 10

    def tell(self, resource, event_type, obj):
        self.version += 1
        obj["metadata"].setdefault("resourceVersion", str(self.version))
        self.line(resource, event={"type": event_type, "object": obj})
        return self

    def line(self, resource, **what):
        self.lines.append({"at": T0 + round(self.at * 1000), "resource": resource, **what})
        return self

    def put(self, resource, name, spec=None, status=None, event_type="MODIFIED", **metadata):
        metadata = {"name": name, "uid": f"uid-{name}", **metadata}
        if resource in ("volumesnapshots", "persistentvolumeclaims"):
            metadata.setdefault("namespace", "ns")
        obj = {"kind": GROUPS.get(resource), "metadata": metadata, "spec": spec or {}, "status": status or {}}
        return self.tell(resource, event_type, obj)

    def snapshot(self, status=None, spec=None, name="s", **more):
        spec = spec or {"source": {"persistentVolumeClaimName": "p"}}
        return self.put("volumesnapshots", name, spec, status, **more)

    def content(self, status=None, spec=None, name="c", **more):
        base = {"driver": "d", "deletionPolicy": "Retain", "source": {"volumeHandle": "v"},
                "volumeSnapshotRef": {"namespace": "ns", "name": "s", "uid": "uid-s"}}
        return self.put("volumesnapshotcontents", name, {**base, **(spec or {})}, status, **more)

    def claim(self, status=None, spec=None, name="r", **more):
        spec = {**FROM_SNAPSHOT, **(spec or {})}
        return self.put("persistentvolumeclaims", name, spec, status or {"phase": "Pending"}, **more)

    def volume(self, status=None, spec=None, name="pv", **more):
        return self.put("persistentvolumes", name, spec, status, **more)

    def storage_class(self, mode="Immediate", event_type="ADDED", **more):
        return self.tell("storageclasses", event_type, {
            "kind": "StorageClass", "metadata": {"name": "sc", "uid": "uid-sc"}, "provisioner": "p.d",
            "volumeBindingMode": mode, **more})

    def event(self, reason, message="", name="e", about="uid-r", event_type="ADDED", last="2001-09-09T01:46:41Z"):
        return self.tell("events", event_type, {
            "kind": "Event", "metadata": {"name": name, "uid": f"uid-{name}"}, "reason": reason, "message": message,
            "involvedObject": {"kind": "PersistentVolumeClaim", "uid": about}, "lastTimestamp": last})

    def end_of_list(self, *resources):
        for resource in resources or READ:
            marks = {"k8s.io/initial-events-end": "true"}
            self.line(resource, event={"type": "BOOKMARK", "object": {
                "metadata": {"annotations": marks, "resourceVersion": str(self.version)}}})
        return self

    def gap(self, resource, cause="expired"):
        return self.line(resource, gap={"cause": cause})

    def after(self, seconds):
        self.at += seconds
        return self

    def rows(self):
        made = Engine(self.header, self.lines).run()
        json.dumps(made)  # Everything is JSON.
        assert [row["seq"] for row in made] == list(range(1, len(made) + 1))
        return made

    def rows_of(self, name):
        return [row for row in self.rows() if row["name"] == name]


def brief(rows):
    """What a row says of states: "name: from>to", with the fact and the outcome."""
    return [f"{row['name']}: {row['from'] or '-'}>{row['to']}"
            + (f" {row['fact']['type']}" if row["fact"] else "")
            + (f" {row['outcome']}" if row["outcome"] else "") + (" late" if row["late"] else "") for row in rows]


def moment(seconds):
    return recording.rfc3339(T0 + round(seconds * 1000))


class States(unittest.TestCase):

    def test_a_snapshot_has_each_state_of_its_table(self):
        cut = {"creationTime": "2001-09-09T01:46:41Z", "boundVolumeSnapshotContentName": "c", "readyToUse": False}
        story = Story().snapshot()
        story.snapshot({"boundVolumeSnapshotContentName": "c"})
        story.snapshot(cut)
        story.snapshot({**cut, "error": {"message": "no"}})
        story.snapshot({**cut, "readyToUse": True, "error": {"message": "no"}})
        story.snapshot({})
        story.snapshot({**cut, "readyToUse": True})
        story.snapshot({"readyToUse": True}, **DELETING)
        story.snapshot({"readyToUse": True}, event_type="DELETED", **DELETING)
        self.assertEqual([
            "s: ->Pending", "s: Pending>Creating", "s: Creating>Uploading", "s: Uploading>Error", "s: Error>Ready",
            "s: Ready>Broken", "s: Broken>Ready", "s: Ready>Deleting", "s: Deleting>Deleted NeverCut"],
            brief(story.rows()))

    def test_a_snapshot_is_broken_at_first_sight_by_what_its_error_says(self):
        for text in ("VolumeSnapshotContent is missing",
                     "x VolumeSnapshotContent is not bound to the VolumeSnapshot correctly y",
                     "it lost reference to VolumeSnapshotContent"):
            story = Story().snapshot({"error": {"message": text, "time": "2001-09-09T01:46:40Z"}})
            row, = story.end_of_list().rows()
            self.assertEqual((row["to"], row["message"], row["apiTime"]), ("Broken", text, moment(0)))

    def test_such_an_error_later_is_an_error_unless_the_snapshot_was_ready(self):
        story = Story().snapshot().snapshot({"error": {"message": "VolumeSnapshotContent is missing"}})
        self.assertEqual(["s: ->Pending", "s: Pending>Error"], brief(story.rows()))

    def test_nil_is_not_false_and_false_is_no_state(self):
        story = Story().snapshot().snapshot({"readyToUse": False}).snapshot({"readyToUse": True})
        self.assertEqual([{"from": None, "to": None}, {"from": None, "to": True}],
                         [row["readyToUse"] for row in story.rows()])
        story = Story().snapshot({"readyToUse": False}).snapshot({"readyToUse": True})
        self.assertEqual({"from": False, "to": True}, story.rows()[1]["readyToUse"])

    def test_a_content_has_each_state_of_its_table(self):
        story = Story().snapshot().content().content(annotations=BEING_CREATED)
        story.content({"snapshotHandle": "h"}, annotations=BEING_CREATED)
        story.content({"snapshotHandle": "h", "error": {"message": "no"}})
        story.content({"snapshotHandle": "h", "error": {"message": "no"}, "readyToUse": True})
        story.content({"readyToUse": True}, **DELETING)
        story.content({}, event_type="DELETED", **DELETING)
        self.assertEqual([
            "c: ->Pending", "c: Pending>Creating", "c: Creating>Uploading", "c: Uploading>Error", "c: Error>Ready",
            "c: Ready>Deleting", "c: Deleting>Deleting HandleCleared", "c: Deleting>Deleted Retained"],
            brief(story.rows_of("c")))

    def test_a_restored_claim_has_each_state_of_its_table(self):
        wait = {"storageClassName": "sc"}
        story = Story().storage_class("WaitForFirstConsumer").claim(spec=wait).snapshot({"readyToUse": False})
        story.snapshot(READY)
        node = {"volume.kubernetes.io/selected-node": "n"}
        story.claim(spec=wait, annotations=node)
        story.claim(spec=wait, annotations={**node, "volume.beta.kubernetes.io/storage-provisioner": "p"})
        story.event("ProvisioningFailed", "no")
        bound = {**wait, "volumeName": "pv"}
        story.claim({"phase": "Bound"}, bound).claim({"phase": "Lost"}, bound)
        story.claim({"phase": "Lost"}, bound, **DELETING).claim(event_type="DELETED", **DELETING)
        self.assertEqual([
            "r: ->WaitingForSnapshot", "r: WaitingForSnapshot>WaitingForConsumer", "r: WaitingForConsumer>Requested",
            "r: Requested>Provisioning", "r: Provisioning>Error", "r: Error>Bound", "r: Bound>Lost",
            "r: Lost>Deleting", "r: Deleting>Deleted"], brief(story.rows_of("r")))

    def test_what_makes_a_claim_restored(self):
        def state(**spec):
            return Story().put("persistentvolumeclaims", "r", spec, {"phase": "Pending"}).rows()[0]["to"]

        source = FROM_SNAPSHOT["dataSource"]
        self.assertEqual("WaitingForSnapshot", state(dataSourceRef=source))
        self.assertEqual("Pending", state(dataSource={**source, "kind": "PersistentVolumeClaim"}))
        self.assertEqual("Pending", state(dataSource={**source, "apiGroup": "other"}))
        self.assertEqual("Pending", state(dataSourceRef={**source, "apiGroup": "other"}, dataSource=source))

    def test_a_source_in_another_namespace_is_found_by_the_reference(self):
        source = {**FROM_SNAPSHOT["dataSource"], "namespace": "other"}
        story = Story().snapshot(READY, namespace="other").claim(spec={"dataSourceRef": source})
        self.assertEqual(["r: ->Requested"], brief(story.rows_of("r")))

    def test_other_claims_and_volumes_follow_their_phase(self):
        story = Story()
        for phase in ("Pending", "Bound", "Lost", "Strange"):
            story.put("persistentvolumeclaims", "p", {}, {"phase": phase})
        story.put("persistentvolumeclaims", "p", {}, {"phase": "Bound"}, **DELETING)
        for phase in ("", "Available", "Bound", "Released", "Failed"):
            story.volume({"phase": phase, "lastPhaseTransitionTime": "2001-09-09T01:46:41Z"})
        story.volume({"phase": "Failed"}, **DELETING).volume(event_type="DELETED")
        self.assertEqual([
            "p: ->Pending", "p: Pending>Bound", "p: Bound>Lost", "p: Lost>Pending", "p: Pending>Deleting",
            "pv: ->Pending", "pv: Pending>Available", "pv: Available>Bound", "pv: Bound>Released", "pv: Released>Failed",
            "pv: Failed>Deleting", "pv: Deleting>Deleted"], brief(story.rows()))
        self.assertEqual([moment(1)] * 5 + [moment(4), None], [row["apiTime"] for row in story.rows_of("pv")])


class Orphans(unittest.TestCase):
    def test_a_content_is_orphaned_five_seconds_after_its_snapshot_went(self):
        story = Story().snapshot(READY).content({"readyToUse": True, "snapshotHandle": "h"}).end_of_list()
        story.after(2).snapshot(event_type="DELETED", resourceVersion="77")
        story.after(4.999).line("namespaces", event={"type": "BOOKMARK", "object": {}})
        self.assertEqual(["c: ->Ready late"], brief(story.rows_of("c")))
        story.after(0.001).line("namespaces", event={"type": "BOOKMARK", "object": {}})
        row = story.rows()[-1]
        self.assertEqual("c: Ready>Orphaned", brief([row])[0])
        self.assertEqual({"kind": "VolumeSnapshot", "uid": "uid-s", "resourceVersion": "77"}, row["cause"])
        self.assertEqual((moment(2), None, None), (row["at"], row["apiTime"], row["actor"]))

    def test_without_a_snapshot_from_the_start_it_counts_from_the_gates_opening(self):
        story = Story().content(name="b").content(name="a").after(1).end_of_list().after(9).snapshot(name="other")
        rows = story.rows()
        self.assertEqual(["a: ->Pending late", "b: ->Pending late", "a: Pending>Orphaned late", "b: Pending>Orphaned late",
                          "other: ->Pending"], brief(rows))
        self.assertEqual((moment(1), {"kind": "VolumeSnapshot", "uid": "uid-s", "resourceVersion": None}),
                         (rows[2]["at"], rows[2]["cause"]))

    def test_a_content_that_is_seen_before_its_snapshot_is_no_orphan(self):
        story = Story().end_of_list().after(60).content().after(1).snapshot().after(60).content({"readyToUse": True})
        self.assertEqual(["c: ->Pending", "c: Pending>Ready"], brief(story.rows_of("c")))

    def test_no_reference_a_deletion_and_veloros_temporary_contents_make_no_orphan(self):
        story = Story().content(spec={"volumeSnapshotRef": {"namespace": "ns", "name": "s"}}, name="free")
        story.content(name="going", **DELETING)
        temporary = {"namespace": "ns-" + UUID, "name": "x", "uid": "u"}
        story.content(spec={"volumeSnapshotRef": temporary}, name="vsc-" + UUID)
        story.end_of_list().after(60).storage_class()
        self.assertEqual(3, len(story.rows()))

    def test_velero_name_alone_is_not_temporary(self):
        story = Story().content(name="vsc-" + UUID).end_of_list().after(5).storage_class()
        self.assertEqual("Orphaned", story.rows()[-1]["to"])


class HeldErrors(unittest.TestCase):
    def story(self):
        return Story().snapshot(READY).claim()

    def test_an_event_makes_the_error_and_a_repetition_no_row(self):
        story = self.story().event("ProvisioningFailed", "no").event("ProvisioningFailed", "no", event_type="MODIFIED")
        rows = story.rows_of("r")
        self.assertEqual(["r: ->Requested", "r: Requested>Error"], brief(rows))
        self.assertEqual({"kind": "Event", "uid": "uid-e", "resourceVersion": "13"}, rows[1]["cause"])
        self.assertEqual(("no", moment(1), None, "12"),
                         tuple(rows[1][name] for name in ("message", "apiTime", "actor", "resourceVersion")))

    def test_another_text_is_a_fact(self):
        row = self.story().event("ProvisioningFailed", "no").event("ProvisioningFailed", "never", "e2").rows()[-1]
        self.assertEqual({"type": "ErrorChanged", "from": "no", "to": "never"}, row["fact"])
        self.assertEqual(("fact", "Error", "Error", "never", None, "uid-e2"),
                         (row["type"], row["from"], row["to"], row["message"], row["apiTime"], row["cause"]["uid"]))

    def test_an_update_conflict_is_no_error(self):
        story = self.story().event("ProvisioningFailed", "x: the object has been modified; please apply your changes "
                                   "to the latest version and try again")
        self.assertEqual(["r: ->Requested"], brief(story.rows_of("r")))

    def test_it_ends_with_success_a_volume_or_another_condition_of_the_source_but_not_with_its_event(self):
        def after(tell):
            story = self.story().event("ProvisioningFailed", "no")
            tell(story)
            return brief(story.rows_of("r"))[2:]

        self.assertEqual(["r: Error>Requested"], after(lambda s: s.event("ProvisioningSucceeded", name="e2")))
        self.assertEqual(["r: Error>Requested"], after(lambda s: s.claim(spec={"volumeName": "pv"})))
        self.assertEqual(["r: Error>WaitingForSnapshot", "r: WaitingForSnapshot>Requested"],
                         after(lambda s: s.snapshot({"readyToUse": False}).snapshot(READY)))
        self.assertEqual(["r: Error>WaitingForSnapshot", "r: WaitingForSnapshot>Requested"],
                         after(lambda s: s.snapshot(event_type="DELETED").snapshot(READY, uid="uid-new")))
        self.assertEqual([], after(lambda s: s.event("ProvisioningFailed", "no", event_type="DELETED").snapshot(READY)))

    def test_a_deleted_event_begins_nothing(self):
        story = self.story().event("ProvisioningFailed", "no", event_type="DELETED")
        self.assertEqual(["r: ->Requested"], brief(story.rows_of("r")))

    def test_rows_with_a_cause_have_no_actor_although_the_claim_names_one(self):
        written = [{"manager": "m", "operation": "Update", "time": "2001-09-09T01:46:40Z"}]
        story = Story().snapshot(READY).claim(managedFields=written).event("ProvisioningFailed", "no")
        rows = story.event("ProvisioningFailed", "never", "e2").rows_of("r")
        self.assertEqual(["m", None, None], [row["actor"] for row in rows])

    def test_an_event_before_its_claim_waits_for_it(self):
        story = Story().snapshot(READY).event("ProvisioningFailed", "no").claim()
        row = story.rows()[-1]
        self.assertEqual((None, "Error", "no", None, moment(1)),
                         tuple(row[name] for name in ("from", "to", "message", "cause", "apiTime")))

    def test_of_the_initial_list_the_latest_counts(self):
        story = self.story().event("ProvisioningFailed", "new", "e1", last="2001-09-09T01:46:43Z")
        story.event("ProvisioningFailed", "old", "e2", last="2001-09-09T01:46:42Z").end_of_list()
        self.assertEqual(("Error", "new", moment(3)),
                         tuple(story.rows()[-1][name] for name in ("to", "message", "apiTime")))
        story = self.story().event("ProvisioningFailed", "new", "e1").event("ProvisioningFailed", "no", "e2", last=None)
        self.assertEqual("new", story.end_of_list().rows()[-1]["message"])
        story = self.story().event("ProvisioningSucceeded", name="e1").event("ProvisioningFailed", "no", "e2")
        self.assertEqual("Error", story.end_of_list().rows()[-1]["to"])
        story = self.story().event("ProvisioningFailed", "no", "e2").event("ProvisioningSucceeded", name="e1")
        self.assertEqual("Requested", story.end_of_list().rows()[-1]["to"])


class Effects(unittest.TestCase):
    def test_a_snapshot_moves_its_claims_by_name_after_its_own_rows(self):
        story = Story().claim(name="b").claim(name="a").claim(name="z", namespace="elsewhere").snapshot()
        story.snapshot(READY, finalizers=["f"]).snapshot(event_type="DELETED")
        rows = story.rows()[4:]
        self.assertEqual([
            "s: Pending>Ready", "a: WaitingForSnapshot>Requested", "b: WaitingForSnapshot>Requested",
            "s: Ready>Deleted NeverCut", "a: Requested>WaitingForSnapshot", "b: Requested>WaitingForSnapshot"], brief(rows))
        self.assertEqual({"kind": "VolumeSnapshot", "uid": "uid-s", "resourceVersion": "15"}, rows[1]["cause"])
        self.assertEqual(("12", None, None), (rows[1]["resourceVersion"], rows[1]["actor"], rows[1]["apiTime"]))

    def test_a_storage_class_moves_the_claims_of_that_class(self):
        story = Story().snapshot(READY).claim(spec={"storageClassName": "sc"}).claim(name="q")
        story.storage_class("WaitForFirstConsumer").storage_class(event_type="DELETED")
        rows = story.rows()[3:]
        self.assertEqual(["r: Requested>WaitingForConsumer", "r: WaitingForConsumer>Requested"], brief(rows))
        self.assertEqual([{"kind": "StorageClass", "uid": "uid-sc", "resourceVersion": str(version)} for version in (14, 15)],
                         [row["cause"] for row in rows])


class Facts(unittest.TestCase):
    def test_facts_come_after_the_transition_in_the_tables_order(self):
        story = Story().snapshot().content({"snapshotHandle": "h", "readyToUse": True}, finalizers=["x", "y", "z"])
        story.content({"error": {"message": "m"}}, {"deletionPolicy": "Delete"}, finalizers=["y"])
        rows = story.rows_of("c")[1:]
        self.assertEqual(["c: Ready>Error", "c: Error>Error DeletionPolicyChanged", "c: Error>Error HandleCleared",
                          "c: Error>Error FinalizersRemoved"], brief(rows))
        self.assertEqual([None, ("Retain", "Delete"), ("h", None), ("x,z", None)],
                         [row["fact"] and (row["fact"]["from"], row["fact"]["to"]) for row in rows])
        self.assertEqual([{"from": True, "to": None}] + [{"from": None, "to": None}] * 3,
                         [row["readyToUse"] for row in rows])
        self.assertEqual(["h"] * 4, [row["snapshotHandle"] for row in rows])  # the last one known

    def test_an_errors_text_is_a_fact_only_without_a_transition(self):
        story = Story().snapshot().snapshot({"error": {"message": "a"}}).snapshot({"error": {"message": "b"}})
        story.snapshot({"error": {"message": "b"}, "readyToUse": True}).snapshot({"readyToUse": True})
        self.assertEqual([("Error", None, "a"), ("Error", {"type": "ErrorChanged", "from": "a", "to": "b"}, "b"),
                          ("Ready", None, None), ("Ready", {"type": "ErrorChanged", "from": "b", "to": None}, None)],
                         [(row["to"], row["fact"], row["message"]) for row in story.rows()[1:]])

    def test_finalizers_are_facts_of_all_four_kinds_but_not_at_the_end(self):
        for put in ("snapshot", "content", "claim", "volume"):
            story = Story()
            getattr(story, put)(finalizers=["x", "y"])
            getattr(story, put)(finalizers=["x"])
            getattr(story, put)(event_type="DELETED")
            self.assertEqual(["y"], [row["fact"]["from"] for row in story.rows() if row["fact"]])


class Outcomes(unittest.TestCase):
    def of_content(self, last, **known):
        story = Story()
        if known:
            story.content(**known)
        story.content(event_type="DELETED", **last)
        return story.rows()[-1]["outcome"]

    def test_a_content_has_each_outcome_of_the_table(self):
        handle, delete = {"status": {"snapshotHandle": "h"}}, {"deletionPolicy": "Delete"}
        given = {"source": {"snapshotHandle": "h"}}
        self.assertEqual("Unknown", self.of_content({"annotations": BEING_CREATED}, status={}))
        self.assertEqual("NeverCut", self.of_content({}, status={}))
        self.assertEqual("NeverCut", self.of_content({"spec": delete}, status={}))
        self.assertEqual("Retained", self.of_content(handle, status={}))
        self.assertEqual("Retained", self.of_content({"spec": given}, status={}))
        self.assertEqual("Retained", self.of_content({"annotations": BEING_CREATED}, **handle))
        self.assertEqual("Destroyed", self.of_content({"spec": delete}, **handle))
        self.assertEqual("Leaked", self.of_content({"spec": delete, **handle}, status={}))
        self.assertEqual("Unknown", self.of_content({"spec": {**delete, **given}}, status={}))
        self.assertEqual("Unknown", self.of_content({**handle, "spec": {"deletionPolicy": "Other"}}, status={}))

    def test_a_snapshot_takes_the_outcome_of_a_content_that_went_first(self):
        story = Story().snapshot(READY).content({"snapshotHandle": "h"}, {"deletionPolicy": "Delete"})
        story.content({}, {"deletionPolicy": "Delete"}, event_type="DELETED").snapshot(READY, event_type="DELETED")
        self.assertEqual("s: Ready>Deleted Destroyed", brief(story.rows())[-1])

    def test_retained_is_known_at_once(self):
        story = Story().snapshot(READY).content({"snapshotHandle": "h"}).snapshot(READY, event_type="DELETED")
        story.content({"snapshotHandle": "h"}, event_type="DELETED")
        self.assertEqual(["s: Ready>Deleted Retained", "c: Uploading>Deleted Retained"], brief(story.rows())[2:])

    def test_else_the_outcome_follows_when_the_content_goes(self):
        delete = {"deletionPolicy": "Delete"}
        story = Story().snapshot(READY).content({"snapshotHandle": "h"}, delete).snapshot(READY, event_type="DELETED")
        story.content({"snapshotHandle": "h"}, delete, event_type="DELETED")
        gone, content, late = story.rows()[2:]
        self.assertEqual((None, "Leaked"), (gone["outcome"], content["outcome"]))
        self.assertEqual(("outcome", "s", "Deleted", "Deleted", "Leaked", "13", None, None),
                         tuple(late[name] for name in (
                             "type", "name", "from", "to", "outcome", "resourceVersion", "apiTime", "actor")))
        self.assertEqual({"kind": "VolumeSnapshotContent", "uid": "uid-c", "resourceVersion": "14"}, late["cause"])
        self.assertEqual({"from": True, "to": True}, late["readyToUse"])

    def test_retained_needs_a_handle(self):
        story = Story().snapshot(READY).content().snapshot(READY, event_type="DELETED").content(event_type="DELETED")
        self.assertEqual(["s: Ready>Deleted", "c: Pending>Deleted NeverCut", "s: Deleted>Deleted NeverCut"],
                         brief(story.rows())[2:])

    def test_a_content_of_another_snapshot_is_not_its_own(self):
        other = {"volumeSnapshotRef": {"uid": "uid-other"}}
        story = Story().content({"snapshotHandle": "h"}, other)
        story.snapshot({"boundVolumeSnapshotContentName": "c"}).snapshot(event_type="DELETED")
        rows = story.rows_of("s")
        self.assertEqual((None, "NeverCut"), (rows[0]["snapshotHandle"], rows[1]["outcome"]))


class Fields(unittest.TestCase):
    def entry(self, manager, time="2001-09-09T01:46:42Z", fields=None, **more):
        return {"manager": manager, "operation": "Update", "apiVersion": "v1", "time": time,
                "fieldsV1": fields or {}, **more}

    def test_the_actor_is_the_one_manager_whose_entry_changed(self):
        a, b = self.entry("a", "2001-09-09T01:46:41Z"), self.entry("b")
        newer_a, wider_a = self.entry("a", "2001-09-09T01:46:43Z"), {**a, "fieldsV1": {"f:x": {}}}
        status = self.entry("a", "2001-09-09T01:46:45Z", subresource="status")
        for before, after, actor, at in [
                ([a], [a, b], "b", 2), ([a, b], [newer_a, b], "a", 3), ([a, b], [wider_a, b], "a", None),
                ([b], [b, a, status], "a", 5), ([], [a, b], None, None), ([a], [a], None, None), ([a, b], [a], None, None)]:
            row = Story().snapshot(managedFields=before).snapshot(READY, managedFields=after).rows()[1]
            self.assertEqual((actor, moment(at) if at else None), (row["actor"], row["apiTime"]))

    def test_at_first_sight_all_entries_must_be_of_one_manager(self):
        a, b = self.entry("a"), self.entry("b")
        row = Story().snapshot(managedFields=[a], creationTimestamp="2001-09-09T01:46:39Z").rows()[0]
        self.assertEqual(("a", moment(-1)), (row["actor"], row["apiTime"]))
        self.assertIsNone(Story().snapshot(managedFields=[a, b]).rows()[0]["actor"])

    def test_the_end_has_no_actor_and_deleting_its_own_time(self):
        a, b = self.entry("a"), self.entry("b")
        story = Story().snapshot(managedFields=[a]).snapshot(managedFields=[a, b], **DELETING)
        story.snapshot(managedFields=[a], event_type="DELETED")
        self.assertEqual([(None, moment(4)), (None, None)], [(r["actor"], r["apiTime"]) for r in story.rows()[1:]])

    def test_uploading_is_dated_by_the_cut(self):
        story = Story().snapshot({"creationTime": "2001-09-09T01:46:41Z"})
        story.content({"snapshotHandle": "h", "creationTime": (T0 + 1) * 1_000_000 + 999_999})
        self.assertEqual([moment(1), moment(0.001)], [row["apiTime"] for row in story.rows()])

    def test_what_a_made_snapshot_and_its_relatives_say(self):
        backup = {"velero.io/backup-name": "b"}
        story = Story().put("persistentvolumeclaims", "p", {"volumeName": "pv"}, {"phase": "Bound"})
        story.volume({"phase": "Bound"}, {"csi": {"driver": "d0", "volumeHandle": "v0"}, "claimRef": {"uid": "uid-p"}})
        story.tell("volumesnapshotclasses", "ADDED", {"metadata": {"name": "k", "uid": "uid-k"}, "driver": "d1"})
        spec = {"source": {"persistentVolumeClaimName": "p"}, "volumeSnapshotClassName": "k"}
        story.snapshot(spec=spec, labels=backup).content().snapshot(READY, spec, labels=backup)
        story.content({"snapshotHandle": "h"}).content({}, event_type="DELETED").snapshot(event_type="DELETED")
        names = ("chain", "content", "claimUid", "deletionPolicy", "driver", "snapshotHandle", "volumeHandle", "initiator")
        velero = {"type": "velero", "backup": "b", "restore": None}
        said = {f"{row['name']} {row['to']}": tuple(row[name] for name in names) for row in story.rows()}
        self.assertEqual({
            "p Bound": (None, None, "uid-p", None, None, None, None, None),
            "pv Bound": (None, None, "uid-p", None, "d0", None, "v0", None),
            "s Pending": ("uid-s", None, "uid-p", None, "d1", None, "v0", velero),
            "c Pending": ("uid-s", "c", "uid-p", "Retain", "d", None, "v", velero),
            "s Ready": ("uid-s", "c", "uid-p", "Retain", "d", None, "v", velero),
            "c Uploading": ("uid-s", "c", "uid-p", "Retain", "d", "h", "v", velero),
            "c Deleted": ("uid-s", "c", "uid-p", "Retain", "d", "h", "v", velero),
            "s Deleted": ("uid-s", "c", "uid-p", "Retain", "d", "h", "v", None)}, said)

    def test_what_a_pre_provisioned_snapshot_and_its_restore_say(self):
        chain = str(uuid.uuid5(uuid.UUID("8f6f5b0a-2f1b-5a53-9d52-3d6d7b1c4e10"), "ns/s/c"))
        both = {"velero.io/backup-name": "b", "velero.io/restore-name": "x"}
        velero = {"type": "velero", "backup": "b", "restore": "x"}
        story = Story().content(spec={"source": {"snapshotHandle": "h"}, "volumeSnapshotRef": {"namespace": "ns", "name": "s"}})
        story.claim(labels=both)
        story.snapshot(READY, {"source": {"volumeSnapshotContentName": "c"}}, labels=both)
        story.volume({"phase": "Bound"}, {"csi": {"driver": "d0", "volumeHandle": "v2"}, "claimRef": {"uid": "uid-r"}})
        story.snapshot(event_type="DELETED", spec={"source": {"volumeSnapshotContentName": "c"}})
        story.claim({"phase": "Bound"}, {"volumeName": "pv"}, labels=both)
        names = ("chain", "content", "claimUid", "deletionPolicy", "driver", "snapshotHandle", "volumeHandle", "initiator")
        said = [(row["name"], row["to"], *(row[name] for name in names)) for row in story.rows()]
        self.assertEqual([
            ("c", "Pending", chain, "c", None, "Retain", "d", "h", None, None),
            ("r", "WaitingForSnapshot", "uid-r", None, "uid-r", None, None, None, None, velero),
            ("s", "Ready", chain, "c", None, "Retain", "d", "h", None, velero),
            ("r", "Requested", chain, "c", "uid-r", "Retain", None, "h", None, velero),
            ("pv", "Bound", chain, "c", "uid-r", None, "d0", "h", "v2", velero),
            ("s", "Deleted", chain, "c", None, "Retain", "d", "h", None, None),
            ("r", "WaitingForSnapshot", chain, "c", "uid-r", "Retain", None, "h", None, velero),
            ("r", "Bound", chain, "c", "uid-r", "Retain", "d0", "h", "v2", velero)], said)

    def test_a_later_snapshot_of_the_same_name_changes_nothing_of_a_claim_that_has_its_volume(self):
        first = {"source": {"volumeSnapshotContentName": "c"}}
        other = {"source": {"volumeSnapshotContentName": "c2"}}
        story = Story().snapshot(READY, first).claim().claim({"phase": "Bound"}, {"volumeName": "pv"})
        story.snapshot(event_type="DELETED", spec=first).snapshot({}, other, uid="uid-2")
        story.claim({"phase": "Lost"}, {"volumeName": "pv"})
        chain = story.rows()[0]["chain"]
        self.assertEqual([("Requested", chain, "c"), ("Bound", chain, "c"), ("Lost", chain, "c")],
                         [(row["to"], row["chain"], row["content"]) for row in story.rows_of("r")])

    def test_the_chain_of_a_claim_without_a_volume_is_fixed_too(self):
        story = Story().snapshot(READY).claim().snapshot(event_type="DELETED")
        story.snapshot(READY, {"source": {"volumeSnapshotContentName": "c2"}}, uid="uid-2")
        self.assertEqual([("uid-r", "c"), ("uid-r", None), ("uid-r", "c")],
                         [(row["chain"], row["content"]) for row in story.rows_of("r")])

    def test_a_content_takes_each_label_that_it_lacks_from_its_snapshot(self):
        story = Story().snapshot(labels={"velero.io/backup-name": "b1", "velero.io/restore-name": "x"})
        story.content(labels={"velero.io/backup-name": "b2"})
        self.assertEqual({"type": "velero", "backup": "b2", "restore": "x"}, story.rows()[1]["initiator"])

    def test_a_claims_driver_is_its_volumes_then_the_annotation_then_its_classs(self):
        story = Story().storage_class().claim(spec={"storageClassName": "sc"}).snapshot(READY)
        story.claim(spec={"storageClassName": "sc"}, annotations={"volume.kubernetes.io/storage-provisioner": "a"})
        self.assertEqual(["p.d", "p.d", "a"], [row["driver"] for row in story.rows_of("r")])

    def test_every_field_is_there_in_order(self):
        for row in Story({"cluster": "home"}).snapshot().gap("volumesnapshots").rows():
            self.assertEqual(ORDER, tuple(row))
            self.assertEqual(("home", 1), (row["cluster"], row["epoch"]))
        self.assertEqual("recording", Story().snapshot().rows()[0]["cluster"])


class GateAndLists(unittest.TestCase):
    def test_first_sight_is_by_kind_then_namespace_and_name_when_the_gate_opens(self):
        story = Story().volume().claim(name="b").claim(name="a").snapshot(namespace="y", name="s1")
        story.snapshot(namespace="x", name="s2").content().after(3).end_of_list()
        rows = story.rows()
        self.assertEqual(["c", "s2", "s1", "a", "b", "pv"], [row["name"] for row in rows])
        self.assertEqual({(True, None, moment(3))}, {(row["late"], row["from"], row["at"]) for row in rows})

    def test_events_of_synced_resources_wait_for_the_gate_and_keep_their_time(self):
        story = Story().snapshot().end_of_list("volumesnapshots").after(1).snapshot(READY)
        story.after(1).content().end_of_list("volumesnapshotcontents")
        self.assertEqual([("c: ->Pending late", moment(2)), ("s: ->Pending late", moment(2)), ("s: Pending>Ready", moment(1))],
                         [(brief([row])[0], row["at"]) for row in story.rows()])

    def test_resources_without_a_bookmark_are_live_from_the_start(self):
        self.assertEqual([False], [row["late"] for row in Story().snapshot().rows()])
        story = Story().claim().snapshot().end_of_list("volumesnapshots")
        self.assertEqual(["s: ->Pending late", "r: ->WaitingForSnapshot"], brief(story.rows()))

    def test_an_older_or_equal_version_is_ignored(self):
        story = Story().snapshot(resourceVersion="100").snapshot(READY, resourceVersion="99")
        story.snapshot(READY, resourceVersion="100").snapshot(event_type="DELETED", resourceVersion="100")
        self.assertEqual(["s: ->Pending"], brief(story.rows()))
        story = Story().snapshot(resourceVersion="99").snapshot(READY, resourceVersion="100")
        self.assertEqual(2, len(story.rows()))
        story = Story().snapshot(resourceVersion="b").snapshot(READY, resourceVersion="a")
        self.assertEqual(2, len(story.rows()))

    def test_the_same_name_with_a_new_uid_is_a_new_object(self):
        story = Story().snapshot(READY).snapshot(uid="uid-2")
        self.assertEqual([("uid-s", "Ready", False), ("uid-s", "Deleted", True), ("uid-2", "Pending", False)],
                         [(row["uid"], row["to"], row["late"]) for row in story.rows()])

    def test_a_gap_is_a_row(self):
        row = Story().snapshot().after(2).gap("volumesnapshots").rows()[1]
        self.assertEqual({"resource": "volumesnapshots", "since": moment(0), "until": moment(2),
                          "firstResourceVersion": "11", "lastResourceVersion": None, "cause": "expired"}, row["gap"])
        self.assertEqual(("gap", moment(2), None, None, None), (row["type"], row["at"], row["kind"], row["uid"], row["to"]))

    def test_a_list_after_a_gap_finds_what_changed_and_what_is_gone(self):
        story = Story().snapshot(name="a").snapshot(name="b", resourceVersion="12").snapshot(name="d").end_of_list()
        story.gap("volumesnapshots").after(1).snapshot(READY, name="a", event_type="ADDED")
        story.snapshot(name="b", resourceVersion="12", event_type="ADDED").after(1).end_of_list("volumesnapshots")
        story.snapshot(READY, name="b")
        self.assertEqual(["a: Pending>Ready late", "d: Pending>Deleted Unknown late", "b: Pending>Ready"],
                         brief(story.rows()[4:]))

    def test_a_list_that_a_gap_broke_off_begins_anew(self):
        story = Story().snapshot(name="a").gap("volumesnapshots").snapshot(name="b").end_of_list()
        self.assertEqual(["b"], [row["name"] for row in story.rows() if row["type"] != "gap"])

    def test_resources_without_states_make_no_rows(self):
        story = Story().end_of_list().put("namespaces", "n").put("backups", "b").storage_class().event("Pulled")
        self.assertEqual([], story.rows())


class Reading(unittest.TestCase):
    def read(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "r.ndjson"
            path.write_text(text, encoding="utf-8")
            return recording.read(path)

    def test_times_are_rounded_half_up_from_the_decimal_text(self):
        event = '"resource":"x","event":{"type":"BOOKMARK","object":{}}'
        _, lines = self.read("".join(f'{{"at":{at},{event}}}\n' for at in ("1.0005", "2.6745", "3", "1e3")))
        self.assertEqual([1001, 2675, 3000, 1_000_000], [line["at"] for line in lines])

    def test_a_header_is_optional_and_first(self):
        header, lines = self.read('{"recording":1,"cluster":"home"}\n{"at":1,"resource":"x","gap":{"cause":"expired"}}\n')
        self.assertEqual(("home", 1), (header["cluster"], len(lines)))

    def test_a_bad_line_is_named(self):
        good = '{"at":1,"resource":"x","gap":{}}\n'
        for bad in ("{", "[]", '{"at":"1","resource":"x","gap":{}}', '{"at":1,"gap":{}}', '{"at":1,"resource":"x"}',
                    '{"at":true,"resource":"x","gap":{}}', '{"at":1,"resource":"x","event":{"type":"ADDED"}}'):
            with self.assertRaisesRegex(recording.BadRecording, "r.ndjson:2: "):
                self.read(good + bad + "\n")

    def test_times_of_the_api(self):
        for value, ms in [("2001-09-09T01:46:40Z", T0), ("2001-09-09T03:46:40.1239+02:00", T0 + 123), (T0 * 10**6, T0),
                          ("yesterday", None), ("2001-13-09T01:46:40Z", None), (None, None), (True, None), (Decimal("1"), None)]:
            self.assertEqual(ms, recording.api_ms(value))

    def test_rows_are_compact_json_in_utf8(self):
        self.assertEqual('{"a":"é","b":null}', trail.text({"a": "é", "b": None}))


if __name__ == "__main__":
    unittest.main()
