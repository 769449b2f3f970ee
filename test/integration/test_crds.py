"""A cluster without the snapshot API at first: the daemon says so, follows the rest, and starts to work when the CRDs come."""
import context  # noqa: F401  pylint: disable=unused-import
from harness import objects
from harness.case import ClusterCase, main

CRD_KINDS = ("volumesnapshots", "volumesnapshotcontents", "volumesnapshotclasses")


class MissingCrds(ClusterCase):
    crds = False

    def test_crds_that_come_later_are_noticed(self):
        snaptrail = self.daemon(retryAbsent="1s")
        snaptrail.start_ready()
        _, text = snaptrail.get("/readyz")
        for name in CRD_KINDS:
            self.assertRegex(text, rf"(?m)^{name}: absent: .*CRD")
            self.assertEqual(snaptrail.metric("snaptrail_informer_synced", resource=name), 0)
        self.assertEqual(snaptrail.metric("snaptrail_informer_synced", resource="persistentvolumeclaims"), 1)

        # What is there works meanwhile.
        self.plane.kubectl.apply(objects.claim("default", "early", "none"))
        snaptrail.until_row(kind="PersistentVolumeClaim", name="early", to="Pending")

        self.plane.apply_crds()
        snaptrail.until("the CRDs to be noticed", lambda: all(
            snaptrail.metric("snaptrail_informer_synced", resource=name) == 1 for name in CRD_KINDS))
        self.plane.kubectl.apply(objects.snapshot("default", "first", "none", "early"))
        row = snaptrail.until_row(kind="VolumeSnapshot", name="first", to="Pending")
        self.assertEqual((row["from"], row["late"]), (None, False))
        self.assertNotIn("absent", self._snapshot_lines(snaptrail))

        # A CRD that is removed takes its objects with it: the API delivers their ends.
        self.plane.kubectl("delete", "crd", "volumesnapshots.snapshot.storage.k8s.io", "--timeout=30s")
        snaptrail.until_row(kind="VolumeSnapshot", name="first", to="Deleted")
        snaptrail.until("the absence to be told",
                        lambda: "volumesnapshots: absent" in self._snapshot_lines(snaptrail))
        self.plane.apply_crds()
        self.plane.kubectl.apply(objects.snapshot("default", "second", "none", "early"))
        snaptrail.until_row(kind="VolumeSnapshot", name="second", to="Pending")
        self.assertEqual(snaptrail.terminate(), 0)
        self.assert_sequence_without_holes(snaptrail.rows())
        self.assert_nothing_twice(snaptrail.rows())

    @staticmethod
    def _snapshot_lines(snaptrail):
        return "\n".join(line for line in snaptrail.get("/readyz")[1].splitlines() if line.startswith("volumesnapshot"))


if __name__ == "__main__":
    main()
