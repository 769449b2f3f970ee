"""Snapshots that can't be taken because of what the cluster's own objects say: each cause found, and over once it is mended."""
from harness import objects
from harness.api import content_path, snapshot_path
from harness.case import main
from harness.findings import FindingCase

CLASS = "VolumeSnapshotClass"
CONTENT = "VolumeSnapshotContent"
CLAIM = "PersistentVolumeClaim"
DEFAULT = {"snapshot.storage.kubernetes.io/is-default-class": "true"}


class FindingsOfBackups(FindingCase):
    @classmethod
    def break_everything(cls):
        sourced = ("class-missing", "two-defaults", "foreign-class", "secret-missing", "imports")
        cls.bound_claims(sourced)
        apply = cls.plane.kubectl.apply
        # A handle that the storage has, for the imports.
        apply(objects.snapshot("imports", "s", "mock-retain", "data"))
        cls.until_snapshot_ready("imports")
        content = cls.plane.api.get(snapshot_path("imports", "s"))["status"]["boundVolumeSnapshotContentName"]
        cls.handle = cls.plane.api.get(content_path(content))["status"]["snapshotHandle"]

        apply(objects.snapshot_class("first", "Retain", annotations=DEFAULT),
              objects.snapshot_class("second", "Retain", annotations=DEFAULT),
              objects.snapshot_class("foreign", "Retain", driver="foreign.csi"),
              objects.snapshot_class("locked", "Retain", parameters={
                  "csi.storage.k8s.io/snapshotter-secret-name": "backend-login",
                  "csi.storage.k8s.io/snapshotter-secret-namespace": "secret-missing"}))
        apply(objects.snapshot("class-missing", "s", "nowhere", "data"),
              objects.snapshot("two-defaults", "s", None, "data"),
              objects.snapshot("foreign-class", "s", "foreign", "data"),
              objects.snapshot("secret-missing", "s", "locked", "data"))
        cls._break_sources()
        cls._break_bindings()

    @classmethod
    def _break_sources(cls):
        folder = {"hostPath": {"path": "/var/empty"}}
        cls.plane.kubectl.apply(
            objects.namespace("claim-missing"), objects.snapshot("claim-missing", "s", "mock-retain", "data"),
            objects.namespace("unbound"), objects.claim("unbound", "data", ""),
            objects.snapshot("unbound", "s", "mock-retain", "data"),
            objects.namespace("no-csi"), objects.volume("folder", ("no-csi", "data"), folder),
            objects.claim("no-csi", "data", "", volume="folder"))
        cls.until_bound("no-csi", "data")
        cls.plane.kubectl.apply(objects.snapshot("no-csi", "s", "mock-retain", "data"))

    @classmethod
    def _break_bindings(cls):
        _, missing = objects.pre_provisioned("content-missing", "s", "not-there", cls.handle, "mock-retain")
        of_another, _ = objects.pre_provisioned("misbound", "another", "misbound", cls.handle, "mock-retain")
        _, misbound = objects.pre_provisioned("misbound", "s", "misbound", cls.handle, "mock-retain")
        cls.plane.kubectl.apply(objects.namespace("content-missing"), missing,
                                objects.namespace("misbound"), of_another, misbound)

    def snapshot_finding(self, reason, namespace):
        return self.finding(reason, "VolumeSnapshot", namespace, "s")

    def until_mended(self, began):
        """The cause is gone: the snapshot gets ready, the finding ends, and there was no other one."""
        self.until_ended(began)
        self.snaptrail.until_row(kind="VolumeSnapshot", namespace=began["namespace"], name="s", to="Ready", seconds=240)
        self.assertEqual(self.told(began["namespace"]), [began["reason"]])

    def until_given_up(self, began):
        """What can't be mended is deleted."""
        self.delete("volumesnapshot", "s", began["namespace"])
        self.until_ended(began)
        self.snaptrail.until_row(kind="VolumeSnapshot", namespace=began["namespace"], name="s", to="Deleted")
        self.assertEqual(self.told(began["namespace"]), [began["reason"]])

    def test_a_class_that_does_not_exist(self):
        began = self.snapshot_finding("SnapshotClassNotFound", "class-missing")
        self.assert_is(began, "error", "critical")
        self.assert_evidence(began, "field", "spec.volumeSnapshotClassName", "nowhere")
        self.assert_blocked_by(began, CLASS, None, "nowhere")
        self.assert_fix(began, "nowhere")
        self.plane.kubectl.apply(objects.snapshot_class("nowhere", "Retain"))
        self.until_mended(began)

    def test_two_default_classes(self):
        began = self.snapshot_finding("NoSingleDefaultClass", "two-defaults")
        self.assert_is(began, "error", "critical")
        self.assert_evidence(began, "field", "spec.volumeSnapshotClassName", "unset")
        self.assert_evidence(began, "field", f"default VolumeSnapshotClasses of driver {objects.DRIVER}", "2")
        self.assert_fix(began, objects.DRIVER)
        self.plane.kubectl.apply(objects.snapshot_class("second", "Retain"))
        self.until_mended(began)

    def test_a_class_of_another_driver_than_the_volume(self):
        began = self.snapshot_finding("DriverMismatch", "foreign-class")
        self.assert_is(began, "error", "critical")
        content = self.snaptrail.until("the content", lambda: self.plane.api.get(
            snapshot_path("foreign-class", "s"))["status"]["boundVolumeSnapshotContentName"])
        drivers = {mark["text"] for mark in began["finding"]["detail"]["evidence"]}
        self.assertEqual(drivers, {"foreign.csi", objects.DRIVER})
        blocking = [(one["kind"], one["name"]) for one in began["finding"]["detail"]["blocking"]]
        self.assertIn(blocking, ([(CLASS, "foreign")], [(CONTENT, content)]))
        self.until_given_up(began)

    def test_a_source_claim_that_does_not_exist(self):
        began = self.snapshot_finding("SourceClaimGone", "claim-missing")
        self.assert_is(began, "error", "critical")
        self.assert_evidence(began, "field", "spec.source.persistentVolumeClaimName", "data")
        self.assert_blocked_by(began, CLAIM, "claim-missing", "data")
        self.plane.kubectl.apply(objects.claim("claim-missing", "data", "mock"))
        self.until_mended(began)

    def test_a_source_claim_without_a_volume(self):
        began = self.snapshot_finding("SourceClaimUnbound", "unbound")
        self.assert_is(began, "error", "warning")
        self.assert_evidence(began, "field", f"{CLAIM} unbound/data status.phase", "Pending")
        self.assert_blocked_by(began, CLAIM, "unbound", "data")
        self.plane.kubectl.apply(objects.volume("late", ("unbound", "data"), objects.csi_source(objects.DRIVER, "late")))
        self.until_mended(began)

    def test_a_volume_that_is_no_csi_volume(self):
        began = self.snapshot_finding("VolumeNotCsi", "no-csi")
        self.assert_is(began, "error", "critical")
        self.assert_evidence(began, "field", "PersistentVolume folder spec.csi", "absent")
        self.assert_blocked_by(began, "PersistentVolume", None, "folder")
        self.assert_fix(began, "folder")
        self.until_given_up(began)

    def test_a_secret_that_does_not_exist(self):
        began = self.snapshot_finding("SecretMissing", "secret-missing")
        self.assert_is(began, "error", "critical")
        self.assert_message(began, "cannot get credentials for snapshot content")
        self.assert_fix(began, "locked")
        self.plane.kubectl("create", "secret", "generic", "backend-login", "-n", "secret-missing",
                           "--from-literal=password=x")
        self.until_mended(began)

    def test_an_import_that_names_a_content_that_does_not_exist(self):
        began = self.snapshot_finding("ContentMissing", "content-missing")
        self.assert_is(began, "error", "critical")
        self.assert_evidence(began, "field", "spec.source.volumeSnapshotContentName", "not-there")
        self.assert_blocked_by(began, CONTENT, None, "not-there")
        content, _ = objects.pre_provisioned("content-missing", "s", "not-there", self.handle, "mock-retain")
        self.plane.kubectl.apply(content)
        self.until_mended(began)

    def test_a_content_that_belongs_to_another_snapshot(self):
        began = self.snapshot_finding("ContentMisbound", "misbound")
        self.assert_is(began, "error", "critical")
        self.assert_evidence(began, "field", f"{CONTENT} misbound spec.volumeSnapshotRef", "misbound/another")
        self.assert_blocked_by(began, CONTENT, None, "misbound")
        # What the fix says: the content made anew, for this snapshot.
        self.plane.kubectl("delete", "volumesnapshotcontent", "misbound", "--timeout=30s")
        content, _ = objects.pre_provisioned("misbound", "s", "misbound", self.handle, "mock-retain")
        self.plane.kubectl.apply(content)
        self.until_ended(began)
        self.snaptrail.until_row(kind="VolumeSnapshot", namespace="misbound", name="s", to="Ready", seconds=240)


if __name__ == "__main__":
    main()
