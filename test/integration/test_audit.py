"""Audits: what is held is compared with a consistent list, and an event that got lost on its way is found by that alone."""
import re

import context  # noqa: F401  pylint: disable=unused-import
from harness import kubeconfig, objects
from harness.api import snapshot_path
from harness.case import ClusterCase, main
from middlemen import LoadBalancer

# An audit comes within 66 s, and on a slow machine goes through all resources for as long.
SECONDS = 300
WATCHED = ("volumesnapshots", "volumesnapshotcontents", "persistentvolumeclaims", "persistentvolumes")
EVENT = re.compile(rb'\{"type":"ADDED","object":\{[^\n]*"name":"lost-[^\n]*\n')


class LossyBalancer(LoadBalancer):
    """Loses the one event of a watch that tells of a snapshot named lost-…, and keeps what audits ask and are answered."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.losing = False
        self.lost = 0
        self.audits = []  # (request's head, the first bytes of its answer)
        self.asking = {}  # by client: the head of an audit's request that isn't answered yet

    def change(self, client, asked, data):
        with self.lock:
            if asked:
                if b"as=PartialObjectMetadataList" in data:
                    self.asking[client] = data.decode("latin-1")
            elif client in self.asking:
                self.audits.append((self.asking.pop(client), data))
            elif self.losing:
                # A watch's empty lines mean nothing, and the lengths stay as they are.
                data, count = EVENT.subn(lambda event: b"\n" * len(event[0]), data, count=1)
                self.losing, self.lost = count == 0, self.lost + count
        return data


class Audit(ClusterCase):
    @classmethod
    def prepare(cls):
        cls.balancer = LossyBalancer(cls.plane.port, cls.plane.certs.ca, cls.plane.server_cert).start()
        cls.addClassCleanup(cls.balancer.stop)
        # A certificate would not get past the balancer, which ends TLS.
        cls.plane.kubectl.apply(
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": "default", "name": "watcher"}},
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "watcher"},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
             "subjects": [{"kind": "ServiceAccount", "namespace": "default", "name": "watcher"}]})
        file = kubeconfig.write(f"{cls.work}/balanced", f"https://127.0.0.1:{cls.balancer.port}", cls.plane.certs.ca,
                                token=cls.plane.kubectl("create", "token", "watcher", "--duration=2h").strip())
        cls.plane.kubectl.apply(objects.namespace("shop"),
                                *[objects.snapshot("shop", f"kept-{i}", "none", "data") for i in range(3)])
        cls.snaptrail = cls.daemon(kubeconfig=file, watch={"audit": "1m"}).start_ready(120)
        for resource in WATCHED:
            assert cls.snaptrail.metric("snaptrail_informer_synced", resource=resource) == 1, resource

    def audits(self, result, **labels):
        return self.snaptrail.metric("snaptrail_informer_audits_total", result=result, **labels)

    def lose_one(self):
        """Snapshots until the event of one got lost; its name."""
        for number in range(20):
            name = f"lost-{number}"
            self.balancer.losing = True
            self.plane.kubectl.apply(objects.snapshot("shop", name, "none", "data"))
            marker = f"after-{number}"
            self.plane.kubectl.apply(objects.snapshot("shop", marker, "none", "data"))
            self.snaptrail.until_row(120, kind="VolumeSnapshot", name=marker)
            if self.balancer.lost:
                return name
        raise AssertionError("no event could be taken away")

    def test_1_a_round_finds_everything_as_it_is_and_changes_nothing(self):
        def told():
            return [row for row in self.snaptrail.rows() if row["type"] in ("transition", "gap")]
        before = told()
        self.snaptrail.until("the first round", lambda: all(
            self.audits("consistent", resource=resource) >= 1 for resource in WATCHED), SECONDS)
        self.assertEqual(self.audits("inconsistent"), 0)
        self.assertEqual(self.snaptrail.metric("snaptrail_informer_relists_total", cause="audit"), 0)
        self.assertEqual(told(), before)

    def test_2_metadata_are_asked_for_and_come(self):
        with self.balancer.lock:
            audits = [(head, answer) for head, answer in self.balancer.audits if "/volumesnapshots?" in head]
        self.assertTrue(audits)
        for head, answer in audits:
            self.assertRegex(head, r"^GET /apis/snapshot\.storage\.k8s\.io/v1/volumesnapshots\?limit=500 ")
            self.assertIn(b'"kind":"PartialObjectMetadataList"', answer)

    def test_3_an_event_that_got_lost_is_found_and_made_up_for(self):
        name = self.lose_one()
        self.assertEqual(self.snaptrail.rows(kind="VolumeSnapshot", name=name), [])
        uid = self.plane.api.get(snapshot_path("shop", name))["metadata"]["uid"]
        pushes = iter(range(10_000))

        def is_found():
            # What goes on moves the stream, as in any cluster.
            self.plane.api.merge_patch(snapshot_path("shop", "kept-0"), {"metadata": {"labels": {"push": str(next(pushes))}}})
            return self.audits("inconsistent", resource="volumesnapshots")

        self.snaptrail.until("an audit to find it", is_found, SECONDS)
        row = self.snaptrail.until_row(120, kind="VolumeSnapshot", name=name)
        self.assertTrue(row["late"])
        gaps = [one["gap"] for one in self.snaptrail.rows(type="gap") if one["gap"]["resource"] == "volumesnapshots"]
        self.assertEqual([gap["cause"] for gap in gaps], ["disconnected"])
        self.assertEqual(self.snaptrail.metric("snaptrail_informer_relists_total", resource="volumesnapshots", cause="audit"), 1)
        self.assertEqual(self.snaptrail.metric("snaptrail_informer_relists_total", cause="audit"), 1)
        told = rf"volumesnapshots: an audit is inconsistent: {uid} is listed in version \d+ and not known; all objects are listed"
        self.assertRegex(self.snaptrail.log_text(), told)

    def test_4_what_was_made_up_for_is_consistent_from_then_on(self):
        before = self.audits("consistent", resource="volumesnapshots")
        self.snaptrail.until("the next round", lambda: self.audits("consistent", resource="volumesnapshots") > before, SECONDS)
        self.assertEqual(self.audits("inconsistent"), 1)
        self.assertEqual(self.snaptrail.terminate(60), 0)
        rows = self.snaptrail.rows()
        self.assert_sequence_without_holes(rows)
        self.assert_nothing_twice(rows)


if __name__ == "__main__":
    main()
