"""Snapshots that fail where only the driver and its sidecar know why: what they say is understood, and over when it is over."""
from harness import objects
from harness.api import content_path, snapshot_path
from harness.case import main
from harness.findings import FindingCase

# Each is what the sidecar of a real driver got to hear.
THROTTLED = ("Could not create snapshot \"snapshot-1\": error creating snapshot of volume vol-0a1b2c: operation error EC2: "
             "CreateSnapshot, exceeded maximum number of attempts, 3, https response error StatusCode: 503, RequestID: 4f1c, "
             "api error RequestLimitExceeded: Request limit exceeded.")
FULL = ("the number of snapshots on the source volume 6b1f reaches the configured maximum (3)")
DENIED = ("could not create snapshot of volume vol-0a1b2c: operation error EC2: CreateSnapshot, https response error StatusCode: "
          "403, RequestID: 77aa, api error UnauthorizedOperation: You are not authorized to perform this operation.")


class FindingsOfDrivers(FindingCase):
    @classmethod
    def break_everything(cls):
        hours = 3_600_000
        cls.drivers = {
            "throttled": cls.driver_of("throttled.csi", CreateSnapshot={"code": "Internal", "message": THROTTLED}),
            "full": cls.driver_of("full.csi", CreateSnapshot={"code": "FailedPrecondition", "message": FULL}),
            "exhausted": cls.driver_of("exhausted.csi", CreateSnapshot={"code": "ResourceExhausted", "message": "try later"}),
            "denied": cls.driver_of("denied.csi", CreateSnapshot={"code": "Internal", "message": DENIED}),
            "slow": cls.driver_of("slow.csi", "--timeout=1s", CreateSnapshot={"delayMs": hours}),
            "silent": cls.driver_of("silent.csi", "--timeout=1h", CreateSnapshot={"delayMs": hours}),
            "cloud": cls.driver_of("cloud.csi", readyAfterMs=hours),
            "import": cls.driver_of("import.csi"),
        }
        for name in cls.drivers:
            cls.bound_claims([name], f"{name}.csi")
        cls.plane.kubectl.apply(*[objects.snapshot(name, "s", f"{name}.csi-retain", "data")
                                  for name in cls.drivers if name != "import"])
        cls._import_what_is_not_there()
        for name, state in (("silent", "Creating"), ("cloud", "Uploading")):
            cls.snaptrail.until_row(kind="VolumeSnapshot", namespace=name, to=state, seconds=240)
            cls.lose_patience(name)

    @classmethod
    def _import_what_is_not_there(cls):
        """The mock driver numbers its snapshots: the next one's handle is none yet."""
        cls.plane.kubectl.apply(objects.snapshot("import", "first", "import.csi-retain", "data"))
        cls.until_snapshot_ready("import", "first")
        content = cls.plane.api.get(snapshot_path("import", "first"))["status"]["boundVolumeSnapshotContentName"]
        cls.absent = str(int(cls.plane.api.get(content_path(content))["status"]["snapshotHandle"]) + 1)
        cls.plane.kubectl.apply(*objects.pre_provisioned("import", "s", "imported", cls.absent, "import.csi-retain",
                                                         driver="import.csi"))

    def snapshot_finding(self, reason, name):
        began = self.finding(reason, "VolumeSnapshot", name, "s")
        self.assertEqual(began["driver"], f"{name}.csi")
        return began

    def until_mended(self, began):
        """The driver works: the snapshot gets ready, the finding ends, and there was no other one."""
        self.drivers[began["namespace"]].set_faults()
        self.snaptrail.until_row(kind="VolumeSnapshot", namespace=began["namespace"], name="s", to="Ready", seconds=90)
        self.until_ended(began)
        self.assertEqual(self.told(began["namespace"]), [began["reason"]])

    def test_a_cloud_that_limits_the_rate_of_requests(self):
        began = self.snapshot_finding("Throttled", "throttled")
        self.assert_is(began, "error", "warning")
        self.assert_message(began, "error creating snapshot of volume vol-0a1b2c", "RequestLimitExceeded")
        self.until_mended(began)

    def test_a_limit_on_snapshots_of_a_volume(self):
        began = self.snapshot_finding("OutOfResources", "full")
        self.assert_is(began, "error", "critical")
        self.assert_message(began, FULL)
        self.until_mended(began)

    def test_a_driver_that_only_says_that_resources_are_exhausted(self):
        began = self.snapshot_finding("OutOfResources", "exhausted")
        self.assert_is(began, "error", "critical")
        self.assert_message(began, "code = ResourceExhausted desc = try later")
        self.until_mended(began)

    def test_a_cloud_that_refuses_the_driver_s_rights(self):
        began = self.snapshot_finding("BackendAccessDenied", "denied")
        self.assert_is(began, "error", "critical")
        self.assert_message(began, "UnauthorizedOperation")
        self.until_mended(began)

    def test_a_driver_that_is_slower_than_its_sidecar_waits(self):
        began = self.snapshot_finding("DriverNotResponding", "slow")
        self.assert_is(began, "error", "warning")
        self.assert_message(began, "DeadlineExceeded")
        self.until_mended(began)

    def test_a_driver_that_never_answers(self):
        began = self.snapshot_finding("DriverNotResponding", "silent")
        self.assert_is(began, "stuck", "warning")
        content = self.plane.api.get(snapshot_path("silent", "s"))["status"]["boundVolumeSnapshotContentName"]
        label = f"VolumeSnapshotContent {content}"
        self.assert_evidence(began, "field", f"{label} annotation volumesnapshot-being-created", "present")
        self.assert_evidence(began, "field", f"{label} status.snapshotHandle", "absent")
        self.assert_blocked_by(began, "VolumeSnapshotContent", None, content)
        # A sidecar that is started anew doesn't wait for the answer to the old call.
        self.drivers["silent"].set_faults()
        self.drivers["silent"].stop("csi-snapshotter")
        self.drivers["silent"].start_snapshotter()
        self.until_mended(began)

    def test_an_upload_that_does_not_end(self):
        began = self.snapshot_finding("UploadSlow", "cloud")
        self.assert_is(began, "stuck", "warning")
        content = self.plane.api.get(snapshot_path("cloud", "s"))["status"]["boundVolumeSnapshotContentName"]
        self.assert_evidence(began, "field", f"VolumeSnapshotContent {content} status.readyToUse", "false")
        self.assert_blocked_by(began, "VolumeSnapshotContent", None, content)
        self.until_mended(began)

    def test_an_imported_handle_that_the_storage_does_not_know(self):
        began = self.snapshot_finding("HandleNotFound", "import")
        self.assert_is(began, "error", "critical")
        self.assert_message(began, "can not find snapshot for snapshotID", self.absent)
        self.plane.kubectl.apply(objects.snapshot("import", "second", "import.csi-retain", "data"))
        self.until_mended(began)


if __name__ == "__main__":
    main()
