"""Drivers as they are in the field: uploading for seconds, refusing, recovering, and snapshots that go with their namespace."""
from harness import objects
from harness.api import claim_path, content_path, snapshot_path
from harness.case import ClusterCase, main
from harness.daemon import path_of

UPLOAD_MS = 3000


class DriverBehaviour(ClusterCase):
    controllers = True

    @classmethod
    def prepare(cls):
        cls.snaptrail = cls.daemon().start_ready()

    def setUp(self):
        self.addCleanup(self.plane.set_faults)

    def bound_claim(self, namespace):
        self.plane.kubectl.apply(objects.namespace(namespace), objects.claim(namespace, "data", "mock"))
        self.snaptrail.until_row(kind="PersistentVolumeClaim", namespace=namespace, to="Bound")

    def snapshot_and_content(self, namespace, name="s"):
        snapshot = self.plane.api.get(snapshot_path(namespace, name))
        content = self.plane.api.get(content_path(snapshot["status"]["boundVolumeSnapshotContentName"]))
        return snapshot["metadata"]["uid"], content["metadata"]["uid"]

    def test_a_snapshot_that_uploads_for_seconds_is_uploading_until_it_is_ready(self):
        self.bound_claim("upload")
        self.plane.set_faults(readyAfterMs=UPLOAD_MS)
        self.plane.kubectl.apply(objects.snapshot("upload", "s", "mock-retain", "data"))
        uploading = self.snaptrail.until_row(kind="VolumeSnapshot", namespace="upload", to="Uploading")
        self.assertEqual(self.snaptrail.metric("snaptrail_snapshots", namespace="upload", state="Uploading"), 1)
        self.snaptrail.until_row(kind="VolumeSnapshot", namespace="upload", to="Ready")
        snapshot, content = self.snapshot_and_content("upload")
        self.assertIn(path_of(self.snaptrail.rows(uid=snapshot)),
                      (["Pending", "Creating", "Uploading", "Ready"], ["Pending", "Uploading", "Ready"]))
        # The sidecar sets the annotation being-created again at every poll: that is no way back to Creating.
        path = path_of(self.snaptrail.rows(uid=content))
        self.assertEqual(path[path.index("Uploading"):], ["Uploading", "Ready"])
        self.assertEqual(uploading["readyToUse"]["to"], False)
        self.assertIsNotNone(uploading["apiTime"])

    def test_a_snapshot_with_policy_delete_is_destroyed_with_its_namespace(self):
        self.bound_claim("doomed")
        self.plane.kubectl.apply(objects.snapshot("doomed", "s", "mock-delete", "data"))
        self.snaptrail.until_row(kind="VolumeSnapshot", namespace="doomed", to="Ready")
        snapshot, content = self.snapshot_and_content("doomed")
        self.plane.kubectl("delete", "namespace", "doomed", "--timeout=60s")
        end = self.snaptrail.until_row(kind="VolumeSnapshotContent", uid=content, to="Deleted")
        self.assertEqual(end["outcome"], "Destroyed")
        self.assertEqual([row["fact"]["type"] for row in self.snaptrail.rows(uid=content, type="fact")
                          if row["fact"]["type"] == "HandleCleared"], ["HandleCleared"])
        told = self.snaptrail.until(
            "the snapshot's outcome", lambda: [row for row in self.snaptrail.rows(uid=snapshot) if row["outcome"]])
        self.assertEqual([row["outcome"] for row in told], ["Destroyed"])
        self.assertIn(self.snaptrail.metric("snaptrail_snapshot_deletions_total", outcome="Destroyed"), (1, 2))

    def test_an_error_of_the_driver_is_told_and_its_recovery_too(self):
        self.bound_claim("refused")
        text = "injected: too many snapshots per volume"
        self.plane.set_faults(CreateSnapshot={"code": "ResourceExhausted", "message": text})
        self.plane.kubectl.apply(objects.snapshot("refused", "s", "mock-retain", "data"))
        error = self.snaptrail.until_row(kind="VolumeSnapshot", namespace="refused", to="Error")
        self.assertIn(text, error["message"])
        self.plane.set_faults()
        self.snaptrail.until_row(kind="VolumeSnapshot", namespace="refused", to="Ready", seconds=60)
        snapshot, content = self.snapshot_and_content("refused")
        for uid in (snapshot, content):
            path = path_of(self.snaptrail.rows(uid=uid))
            self.assertIn("Error", path)
            self.assertEqual(path[-1], "Ready")
            self.assertLess(path.index("Error"), path.index("Ready"))

    def test_a_restore_that_fails_at_first_holds_its_error_until_it_is_bound(self):
        self.bound_claim("restore")
        self.plane.kubectl.apply(objects.snapshot("restore", "s", "mock-retain", "data"))
        self.snaptrail.until_row(kind="VolumeSnapshot", namespace="restore", to="Ready")
        text = "injected: no capacity left in the pool"
        self.plane.set_faults(CreateVolume={"code": "Internal", "message": text})
        self.plane.kubectl.apply(objects.claim("restore", "copy", "mock", snapshot="s"))
        error = self.snaptrail.until_row(kind="PersistentVolumeClaim", namespace="restore", name="copy", to="Error")
        self.assertIn(text, error["message"])
        self.plane.set_faults()
        self.snaptrail.until_row(kind="PersistentVolumeClaim", namespace="restore", name="copy", to="Bound", seconds=60)
        uid = self.plane.api.get(claim_path("restore", "copy"))["metadata"]["uid"]
        path = path_of(self.snaptrail.rows(uid=uid))
        self.assertEqual((path.count("Error"), path[-1]), (1, "Bound"))
        self.assertEqual({row["chain"] for row in self.snaptrail.rows(uid=uid)}, {uid})

    def test_a_claim_that_waits_for_its_snapshot_says_so(self):
        self.bound_claim("early")
        self.plane.set_faults(readyAfterMs=UPLOAD_MS)
        self.plane.kubectl.apply(objects.claim("early", "copy", "mock", snapshot="s"))
        self.snaptrail.until_row(kind="PersistentVolumeClaim", name="copy", namespace="early", to="WaitingForSnapshot")
        self.plane.kubectl.apply(objects.snapshot("early", "s", "mock-retain", "data"))
        self.snaptrail.until_row(kind="PersistentVolumeClaim", name="copy", namespace="early", to="Bound", seconds=60)
        snapshot, _ = self.snapshot_and_content("early")
        moved = [row for row in self.snaptrail.rows(kind="PersistentVolumeClaim", name="copy", namespace="early")
                 if row["from"] == "WaitingForSnapshot"]
        self.assertEqual(moved[0]["cause"]["uid"], snapshot)


if __name__ == "__main__":
    main()
