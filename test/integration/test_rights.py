"""RBAC that refuses: said in /readyz, log and metrics; nobody else is held up; mended without a restart."""
import context  # noqa: F401  pylint: disable=unused-import
from harness import kubeconfig, objects
from harness.case import ClusterCase, main

SEE = ["list", "watch"]
RULES = [
    {"apiGroups": ["snapshot.storage.k8s.io"], "verbs": SEE,
     "resources": ["volumesnapshots", "volumesnapshotcontents", "volumesnapshotclasses"]},
    {"apiGroups": [""], "resources": ["persistentvolumeclaims", "events", "namespaces"], "verbs": SEE},
    {"apiGroups": ["storage.k8s.io"], "resources": ["storageclasses", "csidrivers"], "verbs": SEE},
    {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["list"]},
    {"apiGroups": ["groupsnapshot.storage.k8s.io"], "verbs": SEE,
     "resources": ["volumegroupsnapshots", "volumegroupsnapshotcontents", "volumegroupsnapshotclasses"]},
    {"apiGroups": ["gateway.networking.k8s.io"], "resources": ["referencegrants"], "verbs": SEE},
    {"apiGroups": ["velero.io"], "verbs": SEE,
     "resources": ["backups", "restores", "schedules", "backupstoragelocations", "deletebackuprequests", "datauploads",
                   "datadownloads", "podvolumebackups"]},
    {"apiGroups": ["oadp.openshift.io"], "resources": ["nonadminbackups"], "verbs": SEE},
]
VOLUMES = {"apiGroups": [""], "resources": ["persistentvolumes"], "verbs": SEE}


class Rights(ClusterCase):
    def role(self, *rules):
        api = "rbac.authorization.k8s.io/v1"
        self.plane.kubectl.apply(
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": "default", "name": "snaptrail"}},
            {"apiVersion": api, "kind": "ClusterRole", "metadata": {"name": "snaptrail"}, "rules": list(rules)},
            {"apiVersion": api, "kind": "ClusterRoleBinding", "metadata": {"name": "snaptrail"},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "snaptrail"},
             "subjects": [{"kind": "ServiceAccount", "namespace": "default", "name": "snaptrail"}]})

    def test_a_right_that_is_missing_is_named_and_holds_up_nobody(self):
        self.role(*RULES)
        token = self.plane.kubectl("create", "token", "snaptrail", "--duration=1h").strip()
        file = kubeconfig.write(f"{self.work}/limited", self.plane.server, self.plane.certs.ca, token=token)
        snaptrail = self.daemon(kubeconfig=file, retryAbsent="1s").start_ready()

        _, text = snaptrail.get("/readyz")
        self.assertRegex(text, r"(?m)^persistentvolumes: forbidden: .*persistentvolumes")
        self.assertEqual(snaptrail.metric("snaptrail_informer_synced", resource="persistentvolumes"), 0)
        self.assertEqual(snaptrail.metric("snaptrail_informer_synced", resource="volumesnapshots"), 1)
        self.assertRegex(snaptrail.log_text(), r"persistentvolumes.*(forbidden|403)")

        # The others work.
        self.plane.kubectl.apply(objects.claim("default", "data", "none"),
                                 objects.snapshot("default", "s", "none", "data"))
        snaptrail.until_row(kind="VolumeSnapshot", name="s", to="Pending")
        self.assertEqual(snaptrail.rows(kind="PersistentVolume"), [])

        self.role(*RULES, VOLUMES)
        snaptrail.until("the right to be noticed",
                        lambda: snaptrail.metric("snaptrail_informer_synced", resource="persistentvolumes") == 1)
        self.assertNotIn("forbidden", snaptrail.get("/readyz")[1])
        self.plane.kubectl.apply({
            "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "new"},
            "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "none",
                     "csi": {"driver": objects.DRIVER, "volumeHandle": "v1"}}})
        snaptrail.until_row(kind="PersistentVolume", name="new")

        # A right that is taken away again is a window in which something may be missed.
        self.role(*RULES)
        self.plane.restart_apiserver()  # ends the watches that were allowed
        snaptrail.until("the loss to be told", lambda: "persistentvolumes: forbidden" in snaptrail.get("/readyz")[1])
        self.role(*RULES, VOLUMES)
        gap = snaptrail.until("the gap", lambda: [
            row for row in snaptrail.rows(type="gap") if row["gap"]["resource"] == "persistentvolumes"])[-1]
        self.assertEqual(gap["gap"]["cause"], "forbidden")

        self.assertEqual(snaptrail.terminate(), 0)
        self.assertNotIn(token, snaptrail.log_text(), "a token is a secret")
        self.assert_nothing_twice(snaptrail.rows())


if __name__ == "__main__":
    main()
