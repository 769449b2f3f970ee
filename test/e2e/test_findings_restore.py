"""Restores that don't get on: what their claims wait for is found, told from waiting as it should be, and over when it is over."""
from harness import objects
from harness.api import claim_path
from harness.case import main
from harness.findings import FindingCase, stuck_after

NS = "shop"
CLAIM = "PersistentVolumeClaim"
SNAPSHOT = "VolumeSnapshot"
SIZE = 2 << 30
REFUSED = "injected: the pool is being rebalanced"


class FindingsOfRestores(FindingCase):
    @classmethod
    def break_everything(cls):
        apply = cls.plane.kubectl.apply
        cls.plane.set_faults(snapshotSizeBytes=SIZE)
        cls.drivers = {name: cls.driver_of(f"{name}.csi").start_provisioner() for name in ("cloud", "forgetful", "refusing")}
        cls.drivers["late"] = cls.driver_of("late.csi")
        for name in cls.drivers:
            cls.bound_claims([name], f"{name}.csi")
            apply(objects.storage_class(name, f"{name}.csi"))
        apply(objects.namespace(NS), objects.claim(NS, "data", "mock", size="2Gi"),
              objects.storage_class("first-consumer", binding="WaitForFirstConsumer"))
        cls.until_bound(NS, "data")
        cls.drivers["cloud"].set_faults(readyAfterMs=3_600_000)
        apply(objects.snapshot(NS, "s", "mock-retain", "data"),
              *[objects.snapshot(name, "s", f"{name}.csi-retain", "data") for name in cls.drivers])
        for namespace in (NS, "forgetful", "late", "refusing"):
            cls.until_snapshot_ready(namespace)
        cls.drivers["forgetful"].forget_everything()
        cls.drivers["refusing"].set_faults(CreateVolume={"code": "Unavailable", "message": REFUSED})
        apply(objects.claim(NS, "early", "mock", size="2Gi", snapshot="later"),
              objects.claim(NS, "small", "mock", snapshot="s"),
              objects.claim(NS, "elsewhere", "cloud", size="2Gi", snapshot="s"),
              objects.claim(NS, "patient", "first-consumer", size="2Gi", snapshot="s", annotations=stuck_after("1s")),
              objects.claim(NS, "unclassed", "unheard-of", size="2Gi", snapshot="s"),
              objects.claim("cloud", "copy", "cloud", snapshot="s", annotations=stuck_after("15s")),
              objects.claim("forgetful", "copy", "forgetful", snapshot="s"),
              objects.claim("late", "copy", "late", snapshot="s"),
              objects.claim("refusing", "copy", "refusing", snapshot="s"))

    def claim_finding(self, reason, name, namespace=NS):
        return self.finding(reason, CLAIM, namespace, name)

    def until_restored(self, began):
        # First the snapshotter looks again, then the provisioner: each may have doubled its pause to a minute by now.
        self.snaptrail.until_row(kind=CLAIM, namespace=began["namespace"], name=began["name"], to="Bound", seconds=240)
        self.until_ended(began)
        self.assert_only(began)

    def until_given_up(self, began):
        """A claim's request and class can't be changed: it is deleted, and made anew."""
        self.delete("pvc", began["name"], began["namespace"])
        self.until_ended(began)
        self.assert_only(began)

    def assert_only(self, began):
        """There was no other finding about that claim."""
        self.assertEqual({row["reason"] for row in self.snaptrail.rows(type="finding", uid=began["uid"])}, {began["reason"]})

    def test_a_snapshot_that_does_not_exist(self):
        began = self.claim_finding("SourceSnapshotMissing", "early")
        self.assert_is(began, "error", "critical")
        self.assert_evidence(began, "field", "spec.dataSourceRef", f"{NS}/later")
        self.assert_blocked_by(began, SNAPSHOT, NS, "later")
        self.assert_fix(began, "later")
        self.plane.kubectl.apply(objects.snapshot(NS, "later", "mock-retain", "data"))
        self.until_restored(began)

    def test_a_request_that_is_smaller_than_the_snapshot(self):
        began = self.claim_finding("SizeTooSmall", "small")
        self.assert_is(began, "error", "critical")
        self.assert_evidence(began, "event", "ProvisioningFailed", f"is less than the size {SIZE} for the source snapshot s")
        self.until_given_up(began)

    def test_a_storage_class_of_another_driver_than_the_snapshot(self):
        began = self.claim_finding("DriverMismatch", "elsewhere")
        self.assert_is(began, "error", "critical")
        self.assert_evidence(began, "event", "ProvisioningFailed", "is not handled by CSI driver of StorageClass cloud")
        self.until_given_up(began)

    def test_a_storage_class_that_does_not_exist(self):
        began = self.claim_finding("StorageClassNotFound", "unclassed")
        self.assert_is(began, "error", "critical")
        self.assert_evidence(began, "field", "spec.storageClassName", "unheard-of")
        self.assert_blocked_by(began, "StorageClass", None, "unheard-of")
        self.plane.kubectl.apply(objects.storage_class("unheard-of"))
        self.until_restored(began)

    def test_a_claim_that_waits_for_its_first_consumer_is_not_stuck(self):
        began = self.claim_finding("WaitingForConsumer", "patient")
        self.assert_is(began, "waiting", "info")
        self.assert_evidence(began, "field", "StorageClass first-consumer volumeBindingMode", "WaitForFirstConsumer")
        self.assert_evidence(began, "field", "annotation volume.kubernetes.io/selected-node", "absent")
        # What the scheduler does for the first pod.
        self.plane.kubectl.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "worker"}})
        self.plane.api.merge_patch(claim_path(NS, "patient"), {
            "metadata": {"annotations": {"volume.kubernetes.io/selected-node": "worker"}}})
        self.until_restored(began)

    def test_a_snapshot_that_is_not_ready(self):
        began = self.claim_finding("SourceSnapshotNotReady", "copy", "cloud")
        self.assert_is(began, "stuck", "warning")
        self.assert_evidence(began, "field", "VolumeSnapshot cloud/s status.readyToUse", "false")
        self.assert_blocked_by(began, SNAPSHOT, "cloud", "s")
        self.drivers["cloud"].set_faults()
        self.until_restored(began)

    def test_a_handle_that_the_storage_has_lost(self):
        began = self.claim_finding("HandleNotFound", "copy", "forgetful")
        self.assert_is(began, "error", "critical")
        self.assert_message(began, "code = NotFound desc = Requested source snapshot")
        self.assertEqual(began["driver"], "forgetful.csi")
        self.until_given_up(began)

    def test_a_snapshot_that_is_deleted_while_it_is_restored(self):
        refused = self.claim_finding("DriverNotResponding", "copy", "refusing")
        self.assert_is(refused, "error", "warning")
        self.assert_message(refused, REFUSED)
        self.delete("volumesnapshot", "s", "refusing")
        used = self.finding("SnapshotInUse", SNAPSHOT, "refusing", "s")
        self.assert_is(used, "waiting", "info")
        self.assert_blocked_by(used, CLAIM, "refusing", "copy")
        self.assert_evidence(used, "field", "PersistentVolumeClaim refusing/copy status.phase", "Pending")
        # The provisioner goes on with what it had begun; then nothing needs the snapshot any more.
        self.drivers["refusing"].set_faults()
        for began in (refused, used):
            self.until_ended(began)
        self.snaptrail.until_row(kind=CLAIM, namespace="refusing", name="copy", to="Bound")
        self.snaptrail.until_row(kind=SNAPSHOT, namespace="refusing", name="s", to="Deleted")

    def test_a_snapshot_that_is_deleted_before_anybody_began_to_restore_it(self):
        claim = self.plane.api.get(claim_path("late", "copy"))
        self.delete("volumesnapshot", "s", "late")
        used = self.finding("SnapshotInUse", SNAPSHOT, "late", "s")
        self.assert_blocked_by(used, CLAIM, "late", "copy")
        refused = self.claim_finding("SourceSnapshotNotReady", "copy", "late")
        self.assert_is(refused, "stuck", "warning")
        self.assert_evidence(refused, "field", "VolumeSnapshot late/s metadata.deletionTimestamp", "set")
        self.assert_fix(refused, "Delete the claim")
        # The two wait for each other until somebody gives the restore up.
        self.delete("pvc", "copy", "late")
        for began in (used, refused):
            self.until_ended(began)
        self.snaptrail.until_row(kind=CLAIM, uid=claim["metadata"]["uid"], to="Deleted")
        self.snaptrail.until_row(kind=SNAPSHOT, namespace="late", name="s", to="Deleted")


if __name__ == "__main__":
    main()
