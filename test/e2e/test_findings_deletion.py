"""Deletions that destroy, leave behind, or never end: the danger is told before the loss, and who holds what."""
from harness import objects
from harness.api import content_path, snapshot_path
from harness.case import main
from harness.findings import FindingCase

SNAPSHOT = "VolumeSnapshot"
CONTENT = "VolumeSnapshotContent"
HOLD = "example.com/hold"
DOWN = "injected: the array's management address can't be reached"


class FindingsOfDeletions(FindingCase):
    @classmethod
    def break_everything(cls):
        apply = cls.plane.kubectl.apply
        cls.doomed = cls.driver_of("doomed.csi", DeleteSnapshot={"delayMs": 5000})
        cls.down = cls.driver_of("down.csi", DeleteSnapshot={"code": "Unavailable", "message": DOWN})
        cls.left = cls.driver_of("left.csi")
        cls.unfinished = cls.driver_of("unfinished.csi", readyAfterMs=3_600_000)
        for name in ("doomed", "down", "left", "unfinished"):
            cls.bound_claims([name], f"{name}.csi")
        cls.bound_claims(["kept", "held"])
        apply(objects.snapshot("doomed", "s", "doomed.csi-delete", "data"),
              objects.snapshot("kept", "s", "mock-retain", "data"),
              objects.snapshot("down", "s", "down.csi-delete", "data"),
              objects.snapshot("left", "s", "left.csi-delete", "data"),
              objects.snapshot("held", "s", "mock-retain", "data"),
              objects.snapshot("unfinished", "s", "unfinished.csi-retain", "data"))
        for namespace in ("doomed", "kept", "down", "left", "held"):
            cls.until_snapshot_ready(namespace)
            cls.snaptrail.until_row(kind=SNAPSHOT, namespace=namespace, name="s", to="Ready")
        cls.snaptrail.until_row(kind=SNAPSHOT, namespace="unfinished", to="Uploading")
        # What takes half a minute until it is told begins now.
        cls.delete("volumesnapshot", "s", "down")
        cls.delete("pvc", "data", "unfinished")

    def content_of(self, namespace):
        name = self.plane.api.get(snapshot_path(namespace, "s"))["status"]["boundVolumeSnapshotContentName"]
        return self.plane.api.get(content_path(name))

    def test_a_namespace_whose_deletion_destroys_the_only_copy(self):
        content = self.content_of("doomed")
        name = content["metadata"]["name"]
        # The danger is told while nobody has deleted anything.
        began = self.finding("LastCopyAtRisk", SNAPSHOT, "doomed", "s")
        self.assert_is(began, "hazard", "warning")
        self.assert_evidence(began, "field", f"{CONTENT} {name} spec.deletionPolicy", "Delete")
        self.assert_evidence(began, "field", f"{CONTENT} {name} status.snapshotHandle", content["status"]["snapshotHandle"])
        self.assert_evidence(began, "ledger", "other recoverable points of the volume", "none known")
        self.assert_blocked_by(began, CONTENT, None, name)
        self.assert_fix(began, "Retain", name)
        # The driver takes seconds to destroy it: so long the namespace is Terminating, and it is the last moment.
        self.delete("namespace", "doomed")
        last = self.snaptrail.until("the danger to be critical", lambda: [
            row for row in self.snaptrail.rows(type="finding", uid=began["uid"], reason="LastCopyAtRisk")
            if row["finding"]["event"] == "changed" and row["finding"]["severity"] == "critical"])[-1]
        gone = self.snaptrail.until_row(kind=CONTENT, uid=content["metadata"]["uid"], to="Deleted", seconds=60)
        self.assertEqual(gone["outcome"], "Destroyed")
        self.assertLess(last["seq"], gone["seq"])
        end = self.until_ended(began)
        self.assertEqual((end["snapshotHandle"], end["chain"]), (content["status"]["snapshotHandle"], began["chain"]))
        self.assertEqual(self.told("doomed"), ["LastCopyAtRisk"])

    def test_a_namespace_whose_deletion_leaves_the_copy_behind(self):
        content = self.content_of("kept")
        name = content["metadata"]["name"]
        self.delete("namespace", "kept")
        began = self.finding("OrphanedContent", CONTENT, None, name)
        self.assert_is(began, "hazard", "info")
        self.assert_evidence(began, "field", "spec.volumeSnapshotRef", "kept/s")
        self.assert_evidence(began, "field", "spec.deletionPolicy", "Retain")
        self.assert_evidence(began, "field", "status.snapshotHandle", content["status"]["snapshotHandle"])
        self.assert_fix(began, name)
        self.delete("volumesnapshotcontent", name)
        self.until_ended(began)
        gone = self.snaptrail.until_row(kind=CONTENT, uid=content["metadata"]["uid"], to="Deleted")
        self.assertEqual(gone["outcome"], "Retained")

    def test_a_finalizer_that_nobody_takes_away(self):
        self.plane.kubectl("patch", "volumesnapshot", "s", "-n", "held", "--type=json", "-p",
                           f'[{{"op":"add","path":"/metadata/finalizers/-","value":"{HOLD}"}}]')
        self.delete("volumesnapshot", "s", "held")
        self.lose_patience("held")
        began = self.finding("FinalizerStuck", SNAPSHOT, "held", "s")
        self.assert_is(began, "stuck", "warning")
        self.assert_evidence(began, "field", "metadata.finalizers", HOLD)
        self.assert_evidence(began, "field", "metadata.deletionTimestamp", "set")
        self.assert_fix(began, HOLD)
        self.plane.kubectl("patch", "volumesnapshot", "s", "-n", "held", "--type=merge", "-p", '{"metadata":{"finalizers":[]}}')
        self.until_ended(began)
        self.assertEqual(self.told("held"), ["FinalizerStuck"])

    def test_a_deletion_without_a_sidecar_to_do_it(self):
        content = self.content_of("left")["metadata"]["name"]
        self.left.stop("csi-snapshotter")
        self.delete("volumesnapshot", "s", "left")
        self.lose_patience("left")
        began = self.finding("SidecarAbsent", SNAPSHOT, "left", "s")
        self.assert_is(began, "stuck", "critical")
        self.assert_evidence(began, "field", f"{CONTENT} {content} annotation volumesnapshot-being-deleted", "present")
        self.assert_evidence(began, "field", f"{CONTENT} {content} metadata.finalizers", "volumesnapshotcontent-bound-protection")
        self.assert_blocked_by(began, CONTENT, None, content)
        self.left.start_snapshotter()
        self.until_ended(began)
        self.snaptrail.until_row(kind=SNAPSHOT, namespace="left", name="s", to="Deleted")

    def test_a_storage_that_refuses_a_deletion(self):
        # The sidecar tells that it failed, but not why: that is in its log alone.
        began = self.finding("ContentHeld", SNAPSHOT, "down", "s")
        self.assert_is(began, "error", "warning", rank=0)
        self.assert_evidence(began, "event", "SnapshotDeleteError", "Failed to delete snapshot")
        self.assertEqual(began["driver"], "down.csi")
        content = self.content_of("down")["metadata"]["name"]
        self.assert_blocked_by(began, CONTENT, None, content)
        self.down.set_faults()
        self.until_ended(began)
        self.snaptrail.until_row(kind=SNAPSHOT, namespace="down", name="s", to="Deleted")

    def test_a_claim_that_an_unfinished_snapshot_holds(self):
        began = self.finding("ClaimHeldBySnapshot", "PersistentVolumeClaim", "unfinished", "data")
        self.assert_is(began, "stuck", "warning")
        self.assert_evidence(began, "field", "metadata.finalizers", "pvc-as-source-protection")
        self.assert_evidence(began, "field", "VolumeSnapshot unfinished/s status.readyToUse", "not true")
        self.assert_blocked_by(began, SNAPSHOT, "unfinished", "s")
        self.unfinished.set_faults()
        self.until_ended(began)
        self.snaptrail.until_row(kind="PersistentVolumeClaim", namespace="unfinished", name="data", to="Deleted")

    def test_a_class_of_velero_that_deletes(self):
        self.plane.kubectl.apply(objects.snapshot_class("dangerous", "Delete"))
        began = self.finding("VeleroClassDeletes", "VolumeSnapshotClass", None, "dangerous")
        self.assert_is(began, "hazard", "warning")
        self.assert_evidence(began, "field", "deletionPolicy", "Delete")
        self.assert_evidence(began, "field", "label velero.io/csi-volumesnapshot-class", "present")
        self.plane.kubectl("delete", "volumesnapshotclass", "dangerous")
        self.until_ended(began)


if __name__ == "__main__":
    main()
