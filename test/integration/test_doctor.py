"""`snaptrail doctor` against a real API server: a cluster that is set up, one that isn't, an asker without rights, no server."""
import datetime
import json
import pathlib
import re
import subprocess

import context  # noqa: F401  pylint: disable=unused-import
from harness import kubeconfig, objects, wait
from harness.case import ClusterCase, main
from harness.daemon import binary
from test_rights import RULES, VOLUMES

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "doctor.md"
VELERO = {"backups": "Backup", "schedules": "Schedule", "backupstoragelocations": "BackupStorageLocation"}
CLASS = "oadp-example-snapclass"
CLASS_PATH = f"/apis/snapshot.storage.k8s.io/v1/volumesnapshotclasses/{CLASS}"
CRD_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/volumesnapshots.snapshot.storage.k8s.io"
LOCATION_PATH = "/apis/velero.io/v1/namespaces/velero/backupstoragelocations/default"
SIDECAR_LEASE = "external-snapshotter-leader-snaptrail-mock-csi"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"


def crd(plural, kind, group="velero.io", version="v1"):
    """A CRD that takes anything."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{group}", "annotations": {"api-approved.kubernetes.io": "unapproved, a test's"}},
            "spec": {"group": group, "scope": "Namespaced", "names": {"plural": plural, "kind": kind},
                     "versions": [{"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}]}}


def lease(name, holder="one"):
    """A Lease that was renewed now, and stays fresh for three hours."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"namespace": "kube-system", "name": name},
            "spec": {"holderIdentity": holder, "leaseDurationSeconds": 3600, "renewTime": now}}


class Doctor(ClusterCase):
    @classmethod
    def prepare(cls):
        snapshot_class = objects.snapshot_class(CLASS, "Retain", annotations={
            "snapshot.storage.kubernetes.io/is-default-class": "true"})
        storage_class = objects.storage_class("gp2-csi")
        storage_class["metadata"]["annotations"] = {"storageclass.kubernetes.io/is-default-class": "true"}
        cls.plane.kubectl.apply(
            *[crd(plural, kind) for plural, kind in VELERO.items()], snapshot_class, storage_class,
            {"apiVersion": "storage.k8s.io/v1", "kind": "CSIDriver", "metadata": {"name": objects.DRIVER}, "spec": {}},
            *[objects.namespace(name) for name in ("velero", "shop")],
            lease("snapshot-controller-leader"), lease(SIDECAR_LEASE))
        cls.plane.until("velero.io to be served", lambda: all(
            cls.plane.api.get(f"/apis/velero.io/v1/{plural}") for plural in VELERO))
        cls.plane.kubectl.apply({
            "apiVersion": "velero.io/v1", "kind": "BackupStorageLocation",
            "metadata": {"namespace": "velero", "name": "default"},
            "spec": {"provider": "aws"}, "status": {"phase": "Available"}})

    def doctor(self, *arguments, config=None, code=0, output="json"):
        """Runs it: its answers, or its text."""
        done = subprocess.run(
            [binary(), "doctor", "--kubeconfig", config or self.plane.kubeconfig, "-o", output, *map(str, arguments)],
            capture_output=True, text=True, timeout=300, env={"HOME": self.work}, check=False)
        self.assertEqual(done.returncode, code, f"{done.stdout}{done.stderr}")
        if output != "json" or not done.stdout:
            return done.stdout + done.stderr
        return json.loads(done.stdout)

    def answer(self, answers, check, about=None):
        found = [one for one in answers if one["check"] == check and one["about"] == about]
        self.assertEqual(len(found), 1, f"{check} {about}: {answers}")
        return found[0]

    def assert_says(self, answers, check, about, status, words):
        one = self.answer(answers, check, about)
        self.assertEqual(one["status"], status, one)
        self.assertIn(words, json.dumps(one))
        return one

    def patch_for_this_test(self, path, patch, back):
        self.plane.api.merge_patch(path, patch)
        self.addCleanup(self.plane.api.merge_patch, path, back)

    def apply_for_this_test(self, *made):
        self.plane.kubectl.apply(*made)
        for one in made:
            meta = one["metadata"]
            where = ["-n", meta["namespace"]] if "namespace" in meta else []
            name = f"{one['kind']}/{meta['name']}"
            # Nobody runs here who would take the finalizers of claims and volumes off.
            self.addCleanup(self.plane.kubectl, "delete", *where, name, "--wait=false", "--ignore-not-found")
            self.addCleanup(self.plane.kubectl, "patch", *where, name, "--type=merge", "-p",
                            '{"metadata":{"finalizers":null}}')

    def reader(self, name, rules):
        """A kubeconfig of a service account with these rights."""
        api = "rbac.authorization.k8s.io/v1"
        self.plane.kubectl.apply(
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": "default", "name": name}},
            {"apiVersion": api, "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules},
            {"apiVersion": api, "kind": "ClusterRoleBinding", "metadata": {"name": name},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
             "subjects": [{"kind": "ServiceAccount", "namespace": "default", "name": name}]})
        token = self.plane.kubectl("create", "token", name).strip()
        return kubeconfig.write(f"{self.work}/{name}", self.plane.server, self.plane.certs.ca, token=token), token

    def test_a_cluster_that_is_set_up_has_no_problem(self):
        answers = self.doctor("--no-daemon")
        listed = re.findall(r"(?m)^\| `([a-z-]+)` \| [a-z].*\?", PAGE.read_text(encoding="utf-8"))
        self.assertEqual(list(dict.fromkeys(one["check"] for one in answers)), listed)
        version = self.plane.api.get("/version")["gitVersion"]
        unversioned = version.startswith("v0.")  # as it is built from the Go modules
        self.assert_says(answers, "server", None, "unknown" if unversioned else "ok", version)
        for one in answers:
            if one["check"] != "server":
                self.assertIn(one["status"], ("ok", "skipped"), one)
        self.assert_says(answers, "snapshot-class", "gp2-csi", "ok", CLASS)
        self.assert_says(answers, "csi-snapshotter", objects.DRIVER, "ok", "external-snapshotter-leader")
        self.assert_says(answers, "rights", None, "ok", "rights granted")

    def test_every_fault_of_the_setup_is_named_with_its_fix(self):
        annotation = "snapshot.storage.kubernetes.io/is-default-class"
        label = "velero.io/csi-volumesnapshot-class"
        self.patch_for_this_test(CLASS_PATH, {"deletionPolicy": "Delete"}, {"deletionPolicy": "Retain"})
        self.patch_for_this_test(LOCATION_PATH, {"status": {"phase": "Unavailable", "message": "AccessDenied"}},
                                 {"status": {"phase": "Available", "message": None}})
        self.patch_for_this_test(f"{LEASES}/snapshot-controller-leader",
                                 {"spec": {"renewTime": "2026-01-01T00:00:00.000000Z"}},
                                 lease("snapshot-controller-leader"))
        self.patch_for_this_test(f"{LEASES}/{SIDECAR_LEASE}", {"spec": {"renewTime": "2026-01-02T00:00:00.000000Z"}},
                                 lease(SIDECAR_LEASE))
        self.patch_for_this_test(f"{CRD_PATH}/status", {"status": {"storedVersions": ["v1beta1", "v1"]}},
                                 {"status": {"storedVersions": ["v1"]}})
        second = objects.snapshot_class("second", "Retain", annotations={annotation: "true"}, parameters={
            "csi.storage.k8s.io/snapshotter-secret-name": "creds", "csi.storage.k8s.io/snapshotter-secret-namespace": "ops"})
        other_default = objects.storage_class("nfs", "nfs.example.com")
        other_default["metadata"]["annotations"] = {"storageclass.kubernetes.io/is-default-class": "true"}
        self.apply_for_this_test(
            second, objects.snapshot_class("typo", "Retain", driver=objects.DRIVER + "i"),
            other_default,
            {"apiVersion": "storage.k8s.io/v1", "kind": "CSIDriver", "metadata": {"name": "nfs.example.com"}, "spec": {}},
            objects.claim("shop", "data", "gp2-csi"), objects.snapshot("shop", "nightly", "oadp-example", "data"),
            {"apiVersion": "velero.io/v1", "kind": "Schedule",
             "metadata": {"namespace": "velero", "name": "daily", "annotations": {f"{label}_{objects.DRIVER}": "absent"}}},
            {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "host"},
             "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"},
                      "storageClassName": "none", "claimRef": {"namespace": "shop", "name": "h"}}})
        self.plane.api.merge_patch("/api/v1/persistentvolumes/host/status", {"status": {"phase": "Bound"}})

        answers = self.doctor("--no-daemon", code=1)
        said = [("class-name", "oadp-example", "problem", f"Was {CLASS} meant?"),
                ("class-name", "absent", "problem", "named by Schedule velero/daily"),
                ("class-driver", "typo", "problem", f"there is {objects.DRIVER}"),
                ("snapshot-class", "nfs", "warning", "nfs.example.com"),
                ("snapshot-controller", None, "problem", "2026-01-01T00:00:00.000Z"),
                ("csi-snapshotter", objects.DRIVER, "problem", "2026-01-02T00:00:00.000Z"),
                ("default-storage-class", None, "warning", "defaults gp2-csi, nfs"),
                ("snapshot-crds", "volumesnapshots.snapshot.storage.k8s.io", "warning", "v1beta1, v1"),
                ("default-class", objects.DRIVER, "problem", f"defaults {CLASS}, second"),
                ("velero-class", objects.DRIVER, "warning", f"{CLASS}, second"),
                ("velero-class-policy", CLASS, "warning", "deletionPolicy Delete"),
                ("backup-storage-location", "velero/default", "problem", "AccessDenied"),
                ("class-secret", "second", "unknown", "kubectl get secret -n ops creds -o name"),
                ("non-csi-volumes", None, "warning", "host (shop/h)")]
        for check, about, status, words in said:
            with self.subTest(check=check, about=about):
                self.assert_says(answers, check, about, status, words)
        lines = [json.loads(line) for line in self.doctor("--no-daemon", code=1, output="ndjson").splitlines()]
        self.assertEqual([one["check"] for one in lines], [one["check"] for one in answers])

        # The commands that mend are commands that can be run.
        self.plane.kubectl(*self.answer(answers, "default-class", objects.DRIVER)["fix"]["command"].split()[1:])
        self.assert_says(self.doctor("--no-daemon", code=1), "default-class", objects.DRIVER, "ok", CLASS)

    def test_an_object_that_does_not_go_is_told_with_what_holds_it(self):
        held = objects.snapshot("shop", "held", CLASS, "none")
        held["metadata"]["finalizers"] = ["example.com/held"]
        self.plane.kubectl.apply(held)
        self.addCleanup(self.plane.api.merge_patch, "/apis/snapshot.storage.k8s.io/v1/namespaces/shop/volumesnapshots/held",
                        {"metadata": {"finalizers": None}})
        self.plane.kubectl("delete", "-n", "shop", "volumesnapshot/held", "--wait=false")
        # A deletion of this moment is none that is stuck.
        self.assert_says(self.doctor("--no-daemon"), "stuck-deletion", None, "ok", "Nothing waits")
        # The deletion's time is the API server's to write, so that only waiting makes it two minutes old.
        answers = wait.until("the deletion to be called stuck", lambda: self.doctor("--no-daemon", code=1), 180, poll=2)
        told = self.assert_says(answers, "stuck-deletion", None, "problem", "example.com/held")
        self.assertIn("VolumeSnapshot shop/held", json.dumps(told["evidence"]))
        self.assertEqual(told["fix"]["command"], "snaptrail explain VolumeSnapshot/held -n shop")

    def test_group_snapshots_that_are_served_in_a_beta_version_only_are_told(self):
        group = "groupsnapshot.storage.k8s.io"
        self.apply_for_this_test(*[crd(plural, kind, group, "v1beta1") for plural, kind in (
            ("volumegroupsnapshots", "VolumeGroupSnapshot"), ("volumegroupsnapshotcontents", "VolumeGroupSnapshotContent"),
            ("volumegroupsnapshotclasses", "VolumeGroupSnapshotClass"))])
        self.plane.until("the beta version to be served",
                         lambda: self.plane.api.get(f"/apis/{group}/v1beta1/volumegroupsnapshots"))
        wait.until("discovery to tell of it", lambda: self.assert_says(
            self.doctor("--no-daemon"), "group-snapshot-api", None, "warning", "v1beta1"))

    def test_a_table_is_for_people(self):
        text = self.doctor("--no-daemon", output="table")
        self.assertRegex(text.splitlines()[0], r"^STATUS +CHECK +ABOUT +WHAT$")
        self.assertRegex(text, r"(?m)^ok +snapshot-api +- +v1 is served")
        self.assertRegex(text.splitlines()[-1], r"^(1 unknown, )?\d+ ok, \d+ skipped$")
        self.assertIn("VolumeSnapshotClass " + CLASS, self.doctor("--no-daemon", output="wide"))

    def test_who_has_no_rights_is_told_which_are_missing_and_nothing_is_guessed(self):
        file, token = self.reader("nobody", [])
        answers = self.doctor("--no-daemon", config=file, code=1)
        for one in answers:
            if one["check"] in ("server", "snapshot-api", "group-snapshot-api"):
                continue  # discovery is everybody's
            if one["check"] == "rights":
                self.assertEqual(one["status"], "problem")
                self.assertIn("list persistentvolumes", json.dumps(one))
                continue
            self.assertIn(one["status"], ("unknown", "skipped"), one)
        self.assertNotIn(token, json.dumps(answers))

    def test_the_daemons_role_is_enough_for_the_daemon_and_for_most_checks(self):
        self.reader("daemon", RULES + [VOLUMES])
        answers = self.doctor("--no-daemon", "--as", "system:serviceaccount:default:daemon")
        self.assert_says(answers, "rights", None, "ok", "rights granted")
        self.assert_says(answers, "snapshot-crds", None, "unknown", "customresourcedefinitions")
        self.assert_says(answers, "snapshot-class", "gp2-csi", "ok", CLASS)

        self.reader("daemon", RULES)
        wait.until("the right to be gone", lambda: self.answer(
            self.doctor("--no-daemon", "--as", "system:serviceaccount:default:daemon", code=1), "rights"))

    def test_a_running_daemon_adds_what_it_finds(self):
        snaptrail = self.daemon().start_ready()
        url = f"http://127.0.0.1:{snaptrail.port}"
        self.assertIn(self.answer(self.doctor("--daemon", url), "daemon", url)["status"], ("ok", "warning"))
        self.assert_says(self.doctor("--daemon", "http://127.0.0.1:1"), "daemon", None, "skipped", "127.0.0.1:1")
        # A hazard that comes while it looks: Velero's class deletes what it cuts.
        self.apply_for_this_test(objects.snapshot_class("velero", "Delete"))
        snaptrail.until("doctor to tell what the daemon finds", lambda: self.assert_says(
            self.doctor("--daemon", url), "daemon", url, "warning", "VeleroClassDeletes"))

    def test_a_server_that_is_not_there_or_does_not_know_us_is_3(self):
        nowhere = kubeconfig.write(f"{self.work}/nowhere", "https://127.0.0.1:1", self.plane.certs.ca)
        self.assertIn("127.0.0.1:1", self.doctor(config=nowhere, code=3))
        stranger = kubeconfig.write(f"{self.work}/stranger", self.plane.server, self.plane.certs.ca, token="none")
        self.assertIn("401", self.doctor(config=stranger, code=3))

    def test_usage_is_2(self):
        self.assertIn("--nonsense", self.doctor("--nonsense", code=2))
        self.assertIn("no-such", self.doctor("--context", "no-such", code=2))


class DoctorWithoutSnapshots(ClusterCase):
    crds = False

    def test_a_cluster_without_the_snapshot_api_has_that_one_problem(self):
        done = subprocess.run([binary(), "doctor", "--kubeconfig", self.plane.kubeconfig, "--no-daemon", "-o", "ndjson"],
                              capture_output=True, text=True, timeout=300, env={"HOME": self.work}, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([one["check"] for one in answers if one["status"] == "problem"], ["snapshot-api"])


if __name__ == "__main__":
    main()
