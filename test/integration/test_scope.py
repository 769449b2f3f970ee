"""Following some namespaces only: with rights in these alone, by their names and by their labels; across restarts."""
import json

import context  # noqa: F401  pylint: disable=unused-import
from harness import kubeconfig, objects
from harness.api import SNAPSHOTS, content_path
from harness.case import ClusterCase, main

SEE = ["list", "watch"]
API = "rbac.authorization.k8s.io/v1"
# What the chart gives in each namespace (charts/snaptrail/templates/roles.yaml).
NAMESPACED = [
    {"apiGroups": [""], "resources": ["persistentvolumeclaims", "events"], "verbs": SEE},
    {"apiGroups": ["snapshot.storage.k8s.io"], "resources": ["volumesnapshots"], "verbs": SEE},
    {"apiGroups": ["groupsnapshot.storage.k8s.io"], "resources": ["volumegroupsnapshots"], "verbs": SEE},
    {"apiGroups": ["gateway.networking.k8s.io"], "resources": ["referencegrants"], "verbs": SEE},
    {"apiGroups": ["oadp.openshift.io"], "resources": ["nonadminbackups"], "verbs": SEE},
]
READY = 120
QUICK = {"retryAbsent": "1s"}


def labelled(name, **labels):
    namespace = objects.namespace(name)
    namespace["metadata"]["labels"] = labels
    return namespace


def content(name, ns, snapshot_name, uid):
    return {"apiVersion": objects.API, "kind": "VolumeSnapshotContent", "metadata": {"name": name},
            "spec": {"deletionPolicy": "Retain", "driver": objects.DRIVER, "source": {"snapshotHandle": f"handle-{name}"},
                     "sourceVolumeMode": "Filesystem",
                     "volumeSnapshotRef": {"namespace": ns, "name": snapshot_name, "uid": uid}}}


class Scope(ClusterCase):
    @classmethod
    def prepare(cls):
        cls.plane.kubectl.apply(
            *[labelled(name, team="payments") for name in ("shop", "bank")], labelled("other", team="else"),
            *[objects.snapshot(ns, "old", "none", "data") for ns in ("shop", "bank", "other")],
            # Of VolumeSnapshots that are not there: the one in `other` is none of our business.
            content("lost-shop", "shop", "lost", "00000000-0000-4000-8000-000000000001"),
            content("lost-other", "other", "lost", "00000000-0000-4000-8000-000000000002"),
            objects.volume("volume-shop", ("shop", "data"), objects.csi_source(objects.DRIVER, "v1")),
            objects.volume("volume-other", ("other", "data"), objects.csi_source(objects.DRIVER, "v2")))

    def account(self, name, namespaces):
        """The kubeconfig of a service account that has Roles in these namespaces, and nothing else."""
        self.plane.kubectl.apply({"apiVersion": "v1", "kind": "ServiceAccount",
                                  "metadata": {"namespace": "default", "name": name}})
        for ns in namespaces:
            self.grant(name, ns)
        token = self.plane.kubectl("create", "token", name, "--duration=1h").strip()
        return kubeconfig.write(f"{self.work}/account-{name}", self.plane.server, self.plane.certs.ca, token=token)

    def grant(self, name, ns):
        self.plane.kubectl.apply(
            {"apiVersion": API, "kind": "Role", "metadata": {"namespace": ns, "name": name}, "rules": NAMESPACED},
            {"apiVersion": API, "kind": "RoleBinding", "metadata": {"namespace": ns, "name": name},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
             "subjects": [{"kind": "ServiceAccount", "namespace": "default", "name": name}]})

    def make(self, ns, name):
        self.plane.kubectl.apply(objects.snapshot(ns, name, "none", "data"))

    def gaps(self, snaptrail, resource, ns):
        return [row for row in snaptrail.rows(type="gap")
                if row["gap"]["resource"] == resource and row["namespace"] == ns]

    def namespaces_of(self, snaptrail):
        """Where rows are from, and where the gauges are."""
        rows = {row["namespace"] for row in snaptrail.rows() if row["kind"] == "VolumeSnapshot"}
        return rows | {labels["namespace"] for labels, _ in snaptrail.samples("snaptrail_snapshots")} | {
            labels["namespace"] for labels, _ in snaptrail.samples("kube_volumesnapshot_info")}

    def test_roles_in_two_namespaces_are_enough_for_these(self):
        file = self.account("two", ["shop", "bank"])
        snaptrail = self.daemon("two", kubeconfig=file, watch={"namespaces": ["bank", "shop"]}, **QUICK).start_ready(READY)
        self.assertEqual(snaptrail.metric("snaptrail_informer_synced", resource="volumesnapshots"), 1)
        there = sum(len(self.plane.api.get(f"{SNAPSHOTS}/namespaces/{ns}/volumesnapshots")["items"]) for ns in ("shop", "bank"))
        self.assertEqual(snaptrail.metric("snaptrail_informer_objects", resource="volumesnapshots"), there)
        self.assertEqual(len(snaptrail.samples("snaptrail_informer_synced", resource="volumesnapshots")), 1)
        _, text = snaptrail.get("/readyz")
        self.assertRegex(text, r"(?m)^volumesnapshotcontents: forbidden: ")
        self.assertNotRegex(text, r"(?m)^(volumesnapshots|persistentvolumeclaims):")
        for ns in ("shop", "bank", "other"):
            self.make(ns, "new")
        for ns in ("shop", "bank"):
            snaptrail.until_row(READY, kind="VolumeSnapshot", namespace=ns, name="new")
        # A restored claim, judged without rights on its class.
        self.plane.kubectl.apply(objects.claim("shop", "restored", "none", snapshot="missing"))
        row = snaptrail.until_row(READY, kind="PersistentVolumeClaim", namespace="shop", name="restored")
        self.assertEqual(row["to"], "WaitingForSnapshot")
        self.assertEqual(self.namespaces_of(snaptrail), {"shop", "bank"})
        positions = {name for name, in snaptrail.query("SELECT target FROM positions")}
        self.assertLessEqual({"volumesnapshots@shop", "volumesnapshots@bank"}, positions)

        # Across a restart each goes on from its own position.
        self.assertEqual(snaptrail.terminate(60), 0)
        self.plane.kubectl("-n", "shop", "delete", "volumesnapshot", "new", "--wait=false")
        snaptrail.start_ready(READY)
        gone = snaptrail.until_row(READY, kind="VolumeSnapshot", namespace="shop", name="new", to="Deleted")
        self.assertTrue(gone["late"])
        gap = snaptrail.until("the gap", lambda: self.gaps(snaptrail, "volumesnapshots", "shop"), READY)[-1]
        self.assertEqual(gap["gap"]["cause"], "restarted")
        self.assertEqual(snaptrail.rows(kind="VolumeSnapshot", namespace="bank", to="Deleted"), [])
        self.assertEqual(snaptrail.terminate(60), 0)
        self.assert_sequence_without_holes(snaptrail.rows())
        self.assert_nothing_twice(snaptrail.rows())

    def test_a_namespace_that_is_refused_holds_up_nobody_and_is_looked_for_again(self):
        file = self.account("one", ["shop"])
        snaptrail = self.daemon("one", kubeconfig=file, watch={"namespaces": ["shop", "later"]}, **QUICK).start_ready(READY)
        self.assertRegex(snaptrail.get("/readyz")[1], r'(?m)^volumesnapshots: forbidden: in namespace later: .*"later"')
        self.assertEqual(snaptrail.metric("snaptrail_informer_availability", resource="volumesnapshots",
                                          availability="forbidden"), 1)
        self.make("shop", "beside")
        snaptrail.until_row(READY, kind="VolumeSnapshot", namespace="shop", name="beside")
        self.plane.kubectl.apply(objects.namespace("later"))
        self.grant("one", "later")
        snaptrail.until("the namespace to be seen", lambda: snaptrail.metric(
            "snaptrail_informer_synced", resource="volumesnapshots") == 1, READY)
        self.make("later", "first")
        snaptrail.until_row(READY, kind="VolumeSnapshot", namespace="later", name="first")
        self.assertEqual(snaptrail.terminate(60), 0)

    def test_with_rights_everywhere_what_belongs_to_other_namespaces_is_left_out(self):
        snaptrail = self.daemon("admin", watch={"namespaces": ["shop", "nowhere"]}, **QUICK).start_ready(READY)
        orphan = snaptrail.until_row(READY, kind="VolumeSnapshotContent", to="Orphaned")
        self.assertEqual(orphan["name"], "lost-shop")
        self.assertEqual([labels["volumesnapshotcontent"] for labels, _ in snaptrail.samples(
            "kube_volumesnapshotcontent_info")], ["lost-shop"])
        self.assertEqual(snaptrail.metric("snaptrail_informer_objects", resource="persistentvolumes"), 1)
        self.assertEqual(snaptrail.metric("snaptrail_informer_objects", resource="namespaces"), 1)
        self.plane.api.merge_patch(content_path("lost-other"), {"metadata": {"annotations": {"a": "b"}}})
        self.plane.api.merge_patch(content_path("lost-shop"), {"spec": {"deletionPolicy": "Delete"}})
        snaptrail.until("the change to be told", lambda: snaptrail.rows(kind="VolumeSnapshotContent", type="fact"), READY)
        self.assertEqual({row["name"] for row in snaptrail.rows(kind="VolumeSnapshotContent")}, {"lost-shop"})
        self.assertEqual({row["name"] for row in snaptrail.rows(kind="PersistentVolume")} - {"volume-shop"}, set())
        self.assertIn("do not exist, looked for all the same: nowhere", snaptrail.log_text())
        self.assertEqual(snaptrail.terminate(60), 0)

    def test_the_labels_of_namespaces_decide_as_they_change(self):
        snaptrail = self.daemon("labels", watch={"namespaceSelector": "team=payments,!closed"}, **QUICK)
        snaptrail.start_ready(READY)
        self.assertEqual(snaptrail.metric("snaptrail_informer_objects", resource="namespaces"), 2)
        self.make("shop", "labels")
        snaptrail.until_row(READY, kind="VolumeSnapshot", namespace="shop", name="labels")

        # One begins to match: what is there already makes no rows, and what happens does.
        self.plane.kubectl("label", "namespace", "other", "team=payments", "--overwrite")
        snaptrail.until("three namespaces to be followed", lambda: snaptrail.metric(
            "snaptrail_informer_objects", resource="volumesnapshotcontents") == 2, READY)
        self.make("other", "labels")
        row = snaptrail.until_row(READY, kind="VolumeSnapshot", namespace="other", type="transition")
        self.assertEqual((row["name"], row["from"]), ("labels", None))
        snaptrail.until_row(READY, kind="VolumeSnapshotContent", name="lost-other", to="Orphaned")

        # One ceases to: its objects go without being said to be deleted.
        self.plane.kubectl("label", "namespace", "other", "closed=yes")
        snaptrail.until("the namespace to be left", lambda: "other" not in {
            labels["namespace"] for labels, _ in snaptrail.samples("snaptrail_snapshots")}, READY)
        self.assertEqual(snaptrail.rows(namespace="other", to="Deleted"), [])
        self.plane.kubectl("-n", "other", "delete", "volumesnapshot", "labels", "--wait=false")
        self.make("other", "meanwhile")

        # It matches again: what happened meanwhile is told, with the window.
        self.plane.kubectl("label", "namespace", "other", "closed-")
        gone = snaptrail.until_row(READY, kind="VolumeSnapshot", namespace="other", name="labels", to="Deleted")
        self.assertTrue(gone["late"])
        self.assertTrue(snaptrail.until_row(READY, namespace="other", name="meanwhile")["late"])
        gap = snaptrail.until("the gap", lambda: self.gaps(snaptrail, "volumesnapshots", "other"), READY)[-1]
        self.assertEqual(gap["gap"]["cause"], "restarted")
        self.assertEqual(snaptrail.terminate(60), 0)
        self.assert_nothing_twice(snaptrail.rows())

    def test_who_may_not_see_the_whole_cluster_is_told_what_to_configure(self):
        snaptrail = self.daemon("lost", kubeconfig=self.account("lost", ["shop"]), **QUICK).start()
        snaptrail.until("the advice", lambda: "volumesnapshots: forbidden" in snaptrail.get("/readyz")[1], READY)
        self.assertRegex(snaptrail.get("/readyz")[1], r"(?m)^volumesnapshots: forbidden: .*name them in watch\.namespaces")
        self.assertRegex(snaptrail.log_text(), r"resource=volumesnapshots availability=forbidden .*watch\.namespaces")
        self.assertEqual(snaptrail.terminate(60), 0)

    def test_from_the_whole_cluster_to_one_namespace_and_back_nothing_is_said_to_be_deleted(self):
        snaptrail = self.daemon("narrow", **QUICK).start_ready(READY)
        self.make("bank", "narrow")
        snaptrail.until_row(READY, kind="VolumeSnapshot", namespace="bank", name="narrow")
        self.assertEqual(snaptrail.terminate(60), 0)
        settings = json.loads(snaptrail.config.read_text(encoding="utf-8"))
        snaptrail.config.write_text(json.dumps({**settings, "watch": {"namespaces": ["shop"]}}), encoding="utf-8")
        snaptrail.start_ready(READY)
        self.make("shop", "narrow")
        snaptrail.until_row(READY, kind="VolumeSnapshot", namespace="shop", name="narrow")
        self.assertEqual(snaptrail.rows(to="Deleted"), [])
        self.assertEqual(snaptrail.terminate(60), 0)
        snaptrail.config.write_text(json.dumps(settings), encoding="utf-8")
        snaptrail.start_ready(READY)
        self.assertEqual(snaptrail.rows(to="Deleted"), [])
        self.assertEqual(snaptrail.terminate(60), 0)
        self.assert_nothing_twice(snaptrail.rows())


if __name__ == "__main__":
    main()
