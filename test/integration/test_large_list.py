"""Lists of several pages, an API server that restarts, and a history that has been compacted away."""
import json

import context  # noqa: F401  pylint: disable=unused-import
from harness import bulk, wait
from harness.api import snapshot_path
from harness.case import ClusterCase, main
from harness.etcd import PREFIXES

CHAINS = 1200  # three pages of 500 a resource
KINDS = ("volumesnapshots", "volumesnapshotcontents", "persistentvolumeclaims", "persistentvolumes")


class LargeList(ClusterCase):
    """The tests build on one another's cluster, not on one another's order: each uses chains and a daemon of its own."""

    @classmethod
    def prepare(cls):
        cls.etcd = cls.plane.etcd()
        cls.addClassCleanup(cls.etcd.close)
        cls.etcd.put_all(bulk.chains(CHAINS))
        cls.count = CHAINS

    def objects_of(self, snaptrail):
        return {name: snaptrail.metric("snaptrail_informer_objects", resource=name) for name in KINDS}

    def set_ready(self, number, ready):
        """Writes a snapshot's readyToUse as a controller would, through the API."""
        path = snapshot_path(bulk.namespace_of(number), f"velero-data-{number}") + "/status"
        self.plane.api.merge_patch(path, {"status": {"readyToUse": ready}})

    def test_a_list_of_several_pages_is_whole(self):
        snaptrail = self.daemon("pages").start_ready()
        self.addCleanup(snaptrail.stop)
        self.assertEqual(self.objects_of(snaptrail), dict.fromkeys(KINDS, self.count))
        self.assertEqual(snaptrail.rows(type="transition"), [], "what has long been there is no transition")
        records = snaptrail.query("SELECT kind, state, count(*) FROM objects GROUP BY kind, state ORDER BY kind")
        self.assertEqual(records, [("PersistentVolume", "Bound", self.count), ("PersistentVolumeClaim", "Bound", self.count),
                                   ("VolumeSnapshot", "Ready", self.count), ("VolumeSnapshotContent", "Ready", self.count)])
        self.assertEqual(snaptrail.terminate(), 0)

    def test_it_resumes_when_the_api_server_comes_back(self):
        snaptrail = self.daemon("resume").start_ready()
        self.addCleanup(snaptrail.stop)
        self.set_ready(1, False)
        snaptrail.until_row(name="velero-data-1", to="Broken")
        self.plane.restart_apiserver()
        wait.until("the change to be taken", lambda: self._try(lambda: self.set_ready(1, True)), 30)
        row = snaptrail.until_row(name="velero-data-1", to="Ready", seconds=60)
        self.assertEqual(row["from"], "Broken")
        snaptrail.until_ready(60)
        self.assertEqual(self.objects_of(snaptrail), dict.fromkeys(KINDS, self.count))
        rows = snaptrail.rows()
        self.assertEqual([row["name"] for row in rows if row["type"] == "transition"], ["velero-data-1"] * 2)
        self.assert_nothing_twice(rows)
        self.assertEqual(snaptrail.terminate(), 0)

    @staticmethod
    def _try(act):
        act()
        return True

    def test_a_history_that_is_gone_is_listed_again_and_recorded_as_a_gap(self):
        snaptrail = self.daemon("compacted").start_ready()
        self.addCleanup(snaptrail.stop)
        # While nobody serves: one changes, one goes, one is made; then the history is compacted away.
        self.plane.stop_one("kube-apiserver", kill=True)
        changed = f"{PREFIXES['VolumeSnapshot']}/{bulk.namespace_of(2)}/velero-data-2"
        item = self.etcd.get(changed)
        item["status"]["readyToUse"] = False
        self.etcd.put_all([(changed, json.dumps(item).encode())])
        self.etcd.delete(f"{PREFIXES['VolumeSnapshot']}/{bulk.namespace_of(3)}/velero-data-3")
        self.etcd.put_all(bulk.chains(1, first=self.count))
        self.etcd.compact()
        self.plane.start_apiserver()

        snaptrail.until_row(name="velero-data-2", to="Broken", seconds=60)
        snaptrail.until_row(name="velero-data-3", to="Deleted")
        snaptrail.until_row(name=f"velero-data-{self.count}", to="Ready")
        snaptrail.until_ready(60)
        rows = snaptrail.rows()
        self.assertTrue(all(row["late"] for row in rows if row["type"] == "transition"
                            and row["kind"] == "VolumeSnapshot"), "found by a list")
        gaps = [row["gap"] for row in rows if row["type"] == "gap" and row["gap"]["resource"] == "volumesnapshots"]
        self.assertEqual([gap["cause"] for gap in gaps], ["expired"])
        self.assertLess(gaps[0]["since"], gaps[0]["until"])
        self.assertLess(int(gaps[0]["firstResourceVersion"]), int(gaps[0]["lastResourceVersion"]))
        self.assertGreaterEqual(snaptrail.metric("snaptrail_watch_gaps_total", resource="volumesnapshots",
                                                 cause="expired"), 1)
        self.assert_nothing_twice(rows)
        self.assertEqual(snaptrail.terminate(), 0)
        # As it was, for the other tests.
        self.etcd.put_all(entry for entry in bulk.chains(4) if entry[0].startswith(PREFIXES["VolumeSnapshot"] + "/"))
        for key, _ in bulk.chain(self.count):
            self.etcd.delete(key)


if __name__ == "__main__":
    main()
