"""Controllers and sidecars that aren't there, or may not do what they have to: nothing says so, and it is found all the same."""
from harness import kubeconfig, objects
from harness.api import snapshot_path
from harness.case import main
from harness.findings import FindingCase, stuck_after

DRIVER = "storage.csi"
RESTRICTED = "restricted.csi"
RBAC = "rbac.authorization.k8s.io/v1"
SNAPSHOTS = "snapshot.storage.k8s.io"
# external-snapshotter's own role of the sidecar, without the status of contents.
RULES = [
    {"apiGroups": [""], "resources": ["events"], "verbs": ["list", "watch", "create", "update", "patch"]},
    {"apiGroups": [SNAPSHOTS], "resources": ["volumesnapshotclasses"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": [SNAPSHOTS], "resources": ["volumesnapshotcontents"], "verbs": ["get", "list", "watch", "update", "patch"]},
]
STATUS = {"apiGroups": [SNAPSHOTS], "resources": ["volumesnapshotcontents/status"], "verbs": ["update", "patch"]}


class FindingsOfComponents(FindingCase):
    @classmethod
    def break_everything(cls):
        cls.driver = cls.driver_of(DRIVER)
        cls.bound_claims(["burst", "controller", "provisioner", "sidecar"], DRIVER)
        cls.plane.kubectl.apply(objects.storage_class("storage", DRIVER))
        cls._restrict_a_sidecar()

    @classmethod
    def role(cls, *rules):
        cls.plane.kubectl.apply({"apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": "sidecar"}, "rules": list(rules)})

    @classmethod
    def _restrict_a_sidecar(cls):
        plane = cls.plane
        cls.role(*RULES)
        plane.kubectl.apply(
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": "default", "name": "sidecar"}},
            {"apiVersion": RBAC, "kind": "ClusterRoleBinding", "metadata": {"name": "sidecar"},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "sidecar"},
             "subjects": [{"kind": "ServiceAccount", "namespace": "default", "name": "sidecar"}]})
        token = plane.kubectl("create", "token", "sidecar", "--duration=1h").strip()
        limited = kubeconfig.write(f"{cls.work}/sidecar.kubeconfig", plane.server, plane.certs.ca, token=token)
        cls.driver_of(RESTRICTED, kubeconfig=limited)
        cls.bound_claims(["rights"], RESTRICTED)
        plane.kubectl.apply(objects.snapshot("rights", "s", f"{RESTRICTED}-retain", "data"))

    def take(self, namespace, name="s"):
        self.plane.kubectl.apply(objects.snapshot(namespace, name, f"{DRIVER}-retain", "data"))

    def until_ready(self, namespace, name="s"):
        self.snaptrail.until_row(kind="VolumeSnapshot", namespace=namespace, name=name, to="Ready", seconds=240)

    def test_a_sidecar_that_was_stopped_and_is_started_again(self):
        self.take("sidecar", "before")
        self.until_ready("sidecar", "before")
        self.driver.stop("csi-snapshotter")
        self.take("sidecar")
        self.snaptrail.until_row(kind="VolumeSnapshot", namespace="sidecar", name="s", to="Creating")
        self.lose_patience("sidecar")
        began = self.finding("SidecarAbsent", "VolumeSnapshot", "sidecar", "s")
        self.assert_is(began, "stuck", "critical")
        content = self.plane.api.get(snapshot_path("sidecar", "s"))["status"]["boundVolumeSnapshotContentName"]
        label = f"VolumeSnapshotContent {content}"
        self.assert_evidence(began, "field", f"{label} annotation volumesnapshot-being-created", "absent")
        self.assert_evidence(began, "field", f"{label} spec.driver", DRIVER)
        self.assert_blocked_by(began, "VolumeSnapshotContent", None, content)
        self.assert_fix(began, DRIVER)
        self.driver.start_snapshotter()
        self.until_ready("sidecar")
        self.until_ended(began)
        self.assertEqual(self.told("sidecar"), ["SidecarAbsent"])

    def test_a_snapshot_controller_that_does_not_run(self):
        self.plane.stop_one("snapshot-controller", kill=True)
        self.take("controller")
        self.lose_patience("controller")
        began = self.finding("SnapshotControllerAbsent", "VolumeSnapshot", "controller", "s")
        self.assert_is(began, "stuck", "critical")
        self.assert_evidence(began, "field", "status.boundVolumeSnapshotContentName", "absent")
        self.assert_evidence(began, "field", "metadata.finalizers", "none")
        self.plane.start_snapshot_controller()
        self.until_ready("controller")
        self.until_ended(began)
        self.assertEqual(self.told("controller"), ["SnapshotControllerAbsent"])

    def test_a_snapshot_controller_that_is_held_up_by_its_own_limit(self):
        self.plane.stop_one("snapshot-controller", kill=True)
        self.plane.start_snapshot_controller(limits=())
        names = [f"s-{number}" for number in range(25)]
        self.plane.kubectl.apply(*[objects.snapshot("burst", name, f"{DRIVER}-retain", "data") for name in names])
        began = self.snaptrail.until("a snapshot that waits for the limit", lambda: self.snaptrail.rows(
            type="finding", reason="ControllerThrottled", namespace="burst"), 60)[0]
        self.assert_is(began, "waiting", "info")
        waiting = [mark["text"] for mark in began["finding"]["detail"]["evidence"] if mark["source"] == "ledger"]
        self.assertGreaterEqual(int(waiting[0]), 3)
        for name in names:
            self.until_ready("burst", name)
        self.until_ended(began)
        self.assertEqual(self.told("burst"), [])
        self.plane.stop_one("snapshot-controller", kill=True)
        self.plane.start_snapshot_controller()

    def test_a_provisioner_that_does_not_run(self):
        self.take("provisioner")
        self.until_ready("provisioner")
        self.plane.kubectl.apply(objects.claim("provisioner", "copy", "storage", snapshot="s", annotations=stuck_after("10s")))
        began = self.finding("ProvisionerAbsent", "PersistentVolumeClaim", "provisioner", "copy")
        self.assert_is(began, "stuck", "critical")
        self.assert_evidence(began, "field", "status.phase", "Pending")
        self.assert_evidence(began, "field", "annotation volume.kubernetes.io/storage-provisioner", DRIVER)
        self.assert_evidence(began, "event", "ExternalProvisioning", DRIVER)
        self.assert_fix(began, DRIVER)
        self.driver.start_provisioner()
        self.snaptrail.until_row(kind="PersistentVolumeClaim", namespace="provisioner", name="copy", to="Bound", seconds=240)
        self.until_ended(began)
        self.assertEqual(self.told("provisioner"), ["ProvisionerAbsent"])

    def test_a_sidecar_without_a_right_that_it_needs(self):
        began = self.finding("RbacDenied", "VolumeSnapshot", "rights", "s")
        self.assert_is(began, "error", "critical")
        self.assert_message(began, "system:serviceaccount:default:sidecar", "volumesnapshotcontents/status")
        self.role(*RULES, STATUS)
        self.until_ready("rights")
        self.until_ended(began)
        self.assertEqual(self.told("rights"), ["RbacDenied"])


if __name__ == "__main__":
    main()
