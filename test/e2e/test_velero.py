"""Backups and restores by a real Velero: its own order of things, told as one story by the handle when every object is gone.

Only by ./dev e2e velero: building Velero takes minutes. The flow is run once; each test looks at one part of what was recorded.
"""
import json
import subprocess

from harness import objects
from harness.api import CORE, SNAPSHOTS, claim_path
from harness.case import ClusterCase, main
from harness.daemon import binary, path_of
from harness.velero import Velero

NS = "mongo-persistent"
TWINS = ("shop-a", "shop-b")
CUT_SECONDS = 3
SPENT = {"controller", "sidecar", "driver", "backoff", "consumer", "source", "mover", "initiator"}


class RealVelero(ClusterCase):
    controllers = True

    @classmethod
    def prepare(cls):
        # Velero takes the driver's first class that has its label: the one that keeps the copies.
        cls.plane.kubectl("delete", "volumesnapshotclass", "mock-delete")
        cls.velero = Velero(cls.plane).start()
        cls.snaptrail = cls.daemon().start_ready()
        cls.claims, cls.restored, cls.phases = {}, {}, {}
        cls._one_after_the_other()
        cls._twice_at_once()
        # While the restores are there: Velero's restored snapshots stay.
        cls.findings_before_the_end = cls.snaptrail.rows(type="finding")
        cls.metrics = cls.snaptrail.metrics_text()
        cls.stories = {name: cls._story(name) for name in cls.phases}
        cls.backups = cls.snaptrail.samples("snaptrail_backup_duration_seconds_count")
        cls.restores = cls.snaptrail.samples("snaptrail_restore_duration_seconds_count")
        cls.bound = cls.snaptrail.metric("snaptrail_restore_ready_duration_seconds_count", outcome="bound")
        cls.ready = cls.snaptrail.metric("snaptrail_snapshot_ready_duration_seconds_count", outcome="ready")
        cls._delete_everything()
        cls.exit_code = cls.snaptrail.terminate()
        cls.rows = cls.snaptrail.rows()

    # The flow.

    @classmethod
    def _application(cls, namespace, claim):
        cls.plane.kubectl.apply(objects.namespace(namespace), objects.claim(namespace, claim, "mock"), {
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": namespace, "name": "settings"},
            "data": {"colour": "green"}})
        cls._until_bound(namespace, claim)
        cls.claims[namespace] = cls.plane.api.get(claim_path(namespace, claim))

    @classmethod
    def _until_bound(cls, namespace, claim):
        cls.plane.kubectl("wait", "-n", namespace, f"pvc/{claim}", "--for=jsonpath={.status.phase}=Bound", "--timeout=120s",
                          timeout=150)

    @classmethod
    def _over(cls, resource, name):
        cls.phases[name] = cls.velero.until_over(resource, name)

    @classmethod
    def _uninstall(cls, *namespaces):
        cls.plane.kubectl("delete", "namespace", *namespaces, "--timeout=120s", timeout=150)

    @classmethod
    def _one_after_the_other(cls):
        cls._application(NS, "mongo")
        cls.plane.set_faults(CreateSnapshot={"delayMs": CUT_SECONDS * 1000})
        cls.velero.back_up("mongo-backup", NS)
        cls._over("backups", "mongo-backup")
        cls.plane.set_faults()
        cls._uninstall(NS)
        cls.plane.set_faults(CreateVolume={"delayMs": 2000})
        cls.velero.restore("mongo-restore", "mongo-backup")
        cls._over("restores", "mongo-restore")
        cls.plane.set_faults()
        cls._note_restored(NS, "mongo")

    @classmethod
    def _twice_at_once(cls):
        for namespace in TWINS:
            cls._application(namespace, "data")
        for namespace in TWINS:
            cls.velero.back_up(f"{namespace}-backup", namespace)
        for namespace in TWINS:
            cls._over("backups", f"{namespace}-backup")
        cls._uninstall(*TWINS)
        for namespace in TWINS:
            cls.velero.restore(f"{namespace}-restore", f"{namespace}-backup")
        for namespace in TWINS:
            cls._over("restores", f"{namespace}-restore")
            cls._note_restored(namespace, "data")

    @classmethod
    def _note_restored(cls, namespace, claim):
        cls._until_bound(namespace, claim)
        cls.restored[namespace] = cls.plane.api.get(claim_path(namespace, claim))
        cls.snaptrail.until_row(kind="PersistentVolumeClaim", uid=cls.restored[namespace]["metadata"]["uid"], to="Bound",
                                seconds=60)

    @classmethod
    def _story(cls, name):
        kind = "restore" if name.endswith("restore") else "backup"
        status, text = cls.snaptrail.get(f"/api/v1/story?{kind}={name}")
        assert status == 200, f"story of {name}: {status}: {text}"
        return json.loads(text)

    @classmethod
    def _delete_everything(cls):
        """The namespaces, and the contents that policy Retain leaves behind."""
        cls._uninstall(NS, *TWINS)
        contents = [item["metadata"]["name"] for item in cls.plane.api.get(f"{SNAPSHOTS}/volumesnapshotcontents")["items"]]
        cls.orphans = contents
        for name in contents:
            cls.snaptrail.until_row(kind="VolumeSnapshotContent", name=name, to="Orphaned", seconds=60)
        cls.plane.kubectl("delete", "volumesnapshotcontent", *contents, "--timeout=60s", timeout=90)
        for name in contents:
            cls.snaptrail.until_row(kind="VolumeSnapshotContent", name=name, to="Deleted", seconds=60)
        cls.plane.until("the end of every snapshot", lambda: not cls.plane.api.get(f"{SNAPSHOTS}/volumesnapshots")["items"])
        left = [item for item in cls.plane.api.get(f"{CORE}/persistentvolumes")["items"]]
        cls.plane.until(f"the end of {len(left)} volumes", lambda: not cls.plane.api.get(f"{CORE}/persistentvolumes")["items"])
        cls.snaptrail.until("the last finding's end", lambda: not cls._standing(), 60)

    @classmethod
    def _standing(cls):
        """Findings that began and haven't ended."""
        began = {}
        for row in cls.snaptrail.rows(type="finding"):
            began[(row["uid"], row["name"], row["reason"])] = row["finding"]["event"]
        return [key for key, event in began.items() if event != "ended"]

    # What was recorded.

    def snapshots_of(self, namespace, restored):
        """The rows of the one VolumeSnapshot of a namespace that a backup made, or that a restore brought back."""
        found = {}
        for row in self.rows:
            if row["kind"] == "VolumeSnapshot" and row["namespace"] == namespace and row["type"] == "transition":
                if (row["initiator"]["restore"] is not None) == restored:
                    found.setdefault(row["uid"], []).append(row)
        self.assertEqual(len(found), 1, found)
        return next(iter(found.values()))

    def test_every_backup_and_restore_was_completed(self):
        self.assertEqual(set(self.phases.values()), {"Completed"}, self.phases)
        self.assertEqual(len(self.phases), 6)
        self.assertEqual(self.exit_code, 0)

    def test_a_backup_s_snapshot_is_made_and_deleted_by_velero_and_its_copy_retained(self):
        for namespace in (NS, *TWINS):
            with self.subTest(namespace):
                rows = self.snapshots_of(namespace, restored=False)
                path = [state for state in path_of(rows) if state != "Uploading"]
                self.assertEqual(path, ["Pending", "Creating", "Ready", "Deleting", "Deleted"])
                self.assertEqual((rows[-1]["outcome"], rows[-1]["deletionPolicy"]), ("Retained", "Retain"))
                self.assertEqual(rows[-1]["claimUid"], self.claims[namespace]["metadata"]["uid"])
                backup = "mongo-backup" if namespace == NS else f"{namespace}-backup"
                self.assertEqual(rows[-1]["initiator"], {"type": "velero", "backup": backup, "restore": None})

    def test_a_restore_s_claim_goes_from_requested_to_bound(self):
        for namespace in (NS, *TWINS):
            with self.subTest(namespace):
                claim = self.restored[namespace]
                rows = [row for row in self.rows if row["uid"] == claim["metadata"]["uid"] and row["type"] == "transition"]
                path = path_of(rows)
                self.assertIn("Bound", path)
                self.assertEqual(path[path.index("Bound") + 1:], ["Deleting", "Deleted"])
                self.assertNotEqual(claim["metadata"]["uid"], self.claims[namespace]["metadata"]["uid"])
                restore = "mongo-restore" if namespace == NS else f"{namespace}-restore"
                self.assertEqual(rows[-1]["initiator"]["restore"], restore)

    def test_the_handle_links_backup_and_restore_after_everything_is_deleted(self):
        handles = set()
        for namespace in (NS, *TWINS):
            with self.subTest(namespace):
                cut, back = self.snapshots_of(namespace, restored=False), self.snapshots_of(namespace, restored=True)
                handle = cut[-1]["snapshotHandle"]
                handles.add(handle)
                self.assertEqual(back[-1]["snapshotHandle"], handle)
                self.assertNotEqual(cut[0]["chain"], back[-1]["chain"])
                story = self.snaptrail.rows("--handle", handle)
                self.assertEqual({row["namespace"] for row in story if row["namespace"]}, {namespace})
                kinds = {(row["kind"], row["uid"]) for row in story}
                for uid in (cut[0]["uid"], back[0]["uid"]):
                    self.assertIn(("VolumeSnapshot", uid), kinds)
                self.assertIn(("PersistentVolumeClaim", self.restored[namespace]["metadata"]["uid"]), kinds)
        self.assertEqual(len(handles), 3)

    def test_a_story_tells_of_each_backup_and_restore_with_its_phases_and_links(self):
        for name, answer in self.stories.items():
            with self.subTest(name):
                story, is_restore = answer["story"], name.endswith("restore")
                self.assertEqual((story["type"], len(story["items"])), ("velero", 1))
                self.assertEqual(story["restore" if is_restore else "backup"], name)
                item = story["items"][0]
                self.assertEqual((item["kind"], item["end"]), (
                    ("PersistentVolumeClaim", "bound") if is_restore else ("VolumeSnapshot", "ready")))
                phases = {phase["phase"] for phase in item["phases"]}
                self.assertTrue({"provision"} <= phases if is_restore else {"bind", "create"} <= phases, phases)
                self.assertEqual(len(story["links"]), 1, story["links"])
                self.assertEqual((story["phase"], story["gone"], story["steps"]), ("Completed", None, []))
                if is_restore:
                    self.assertEqual(story["backup"], name.replace("restore", "backup"))
                self.assertIn(name, answer["text"])

    def test_the_driver_s_three_seconds_are_the_driver_s_in_the_story(self):
        story = self.stories["mongo-backup"]["story"]
        self.assertGreaterEqual(story["spentSeconds"]["driver"], CUT_SECONDS - 0.3)
        self.assertLess(story["spentSeconds"]["driver"], CUT_SECONDS + 10)
        self.assertEqual(set(story["spentSeconds"]), SPENT)

    def test_timeline_prints_the_stories_from_the_ledger_alone(self):
        for kind, name, namespace in (("--backup", "mongo-backup", NS), ("--restore", "shop-b-restore", "shop-b")):
            with self.subTest(name):
                done = subprocess.run([binary(), "timeline", "--ledger", self.snaptrail.ledger, kind, name, "-o", "table"],
                                      capture_output=True, text=True, timeout=30, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(name, done.stdout.splitlines()[0])
                self.assertIn(namespace, done.stdout)

    def test_a_good_night_has_no_finding(self):
        """But for the snapshot-controller's haste: how many snapshots wait for it at once is up to the machine."""
        told = [(row["kind"], row["namespace"], row["name"], row["reason"]) for row in self.findings_before_the_end
                if row["reason"] != "ControllerThrottled"]
        self.assertEqual(told, [])

    def test_what_is_left_behind_at_the_end_is_orphaned_and_nothing_else(self):
        later = self.rows[len(self.findings_before_the_end):]
        told = {(row["reason"], row["name"]) for row in later if row["type"] == "finding"
                and row["reason"] != "ControllerThrottled"}
        self.assertEqual(told, {("OrphanedContent", name) for name in self.orphans})
        self.assertEqual(len(self.orphans), 3)

    def test_the_metrics_count_them(self):
        for samples in (self.backups, self.restores):
            counted = {labels["outcome"]: value for labels, value in samples if value}
            self.assertEqual(counted, {"Completed": 3})
            self.assertEqual({labels["initiator"] for labels, value in samples if value}, {"velero"})
        self.assertEqual(self.bound, 3)
        # An imported snapshot's time isn't measured.
        self.assertEqual(self.ready, 3)
        self.assertIn("# TYPE snaptrail_backup_duration_seconds histogram", self.metrics)

    def test_rows_are_numbered_without_holes_and_nothing_is_told_twice(self):
        self.assert_sequence_without_holes(self.rows)
        self.assert_nothing_twice(self.rows)
        self.assertEqual([row for row in self.rows if row["type"] == "gap"], [])


if __name__ == "__main__":
    main()
