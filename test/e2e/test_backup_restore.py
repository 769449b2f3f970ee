"""A backup by CSI snapshot, the loss of the namespace, and the restore: what the ledger and the metrics tell of it.

The flow is run once; each test looks at one part of what was recorded.
"""
import datetime
import shutil
import subprocess
import uuid

from harness import objects
from harness.api import claim_path, content_path, snapshot_path
from harness.case import ClusterCase, main
from harness.daemon import path_of
from harness.witness import SnapshotWitness

NS = "mongo-persistent"
BACKUP = {"velero.io/backup-name": "nightly"}
RESTORE = {**BACKUP, "velero.io/restore-name": "nightly-restore"}
CUT_SECONDS = 3
# docs/states.md, "Chains and stories".
CHAINS = uuid.UUID("8f6f5b0a-2f1b-5a53-9d52-3d6d7b1c4e10")


def seconds_between(first, second):
    parse = datetime.datetime.fromisoformat
    return (parse(second["at"].replace("Z", "+00:00")) - parse(first["at"].replace("Z", "+00:00"))).total_seconds()


class BackupAndRestore(ClusterCase):
    controllers = True

    @classmethod
    def prepare(cls):
        cls.snaptrail = cls.daemon().start_ready()
        cls.witness = SnapshotWitness(cls.plane.api)
        cls._back_up()
        cls._lose_the_namespace()
        cls._restore()
        cls.metrics = cls.snaptrail.metrics_text()
        cls.transitions = cls.snaptrail.samples("snaptrail_transitions_total")
        cls.exit_code = cls.snaptrail.terminate()
        cls.rows = cls.snaptrail.rows()

    @classmethod
    def _back_up(cls):
        plane = cls.plane
        plane.kubectl.apply(objects.namespace(NS), objects.claim(NS, "mongo", "mock"))
        plane.kubectl("wait", "-n", NS, "pvc/mongo", "--for=jsonpath={.status.phase}=Bound", "--timeout=30s")
        # A driver that takes its time to cut, so that Creating can be seen to last.
        plane.set_faults(CreateSnapshot={"delayMs": CUT_SECONDS * 1000})
        plane.kubectl.apply(objects.snapshot(NS, "velero-mongo", "mock-retain", "mongo", BACKUP))
        plane.kubectl("wait", "-n", NS, "volumesnapshot/velero-mongo", "--for=jsonpath={.status.readyToUse}=true",
                      "--timeout=30s")
        plane.set_faults()
        cls.claim = plane.api.get(claim_path(NS, "mongo"))
        cls.snapshot = plane.api.get(snapshot_path(NS, "velero-mongo"))
        cls.content = plane.api.get(content_path(cls.snapshot["status"]["boundVolumeSnapshotContentName"]))
        cls.handle = cls.content["status"]["snapshotHandle"]
        cls.snaptrail.until_row(kind="VolumeSnapshot", name="velero-mongo", to="Ready")

    @classmethod
    def _lose_the_namespace(cls):
        cls.plane.kubectl("delete", "namespace", NS, "--timeout=60s")
        cls.snaptrail.until_row(kind="VolumeSnapshot", name="velero-mongo", to="Deleted")
        # Policy Retain: the content stays behind without a snapshot, until somebody tidies up.
        cls.snaptrail.until_row(kind="VolumeSnapshotContent", uid=cls.content["metadata"]["uid"], to="Orphaned")
        cls.plane.kubectl("delete", "volumesnapshotcontent", cls.content["metadata"]["name"], "--timeout=30s")
        cls.snaptrail.until_row(kind="VolumeSnapshotContent", uid=cls.content["metadata"]["uid"], to="Deleted")

    @classmethod
    def _restore(cls):
        plane = cls.plane
        plane.kubectl.apply(objects.namespace(NS), *objects.pre_provisioned(
            NS, "velero-mongo", "restored-mongo", cls.handle, "mock-retain", RESTORE))
        plane.kubectl("wait", "-n", NS, "volumesnapshot/velero-mongo", "--for=jsonpath={.status.readyToUse}=true",
                      "--timeout=30s")
        plane.set_faults(CreateVolume={"delayMs": 1000})
        plane.kubectl.apply(objects.claim(NS, "mongo", "mock", snapshot="velero-mongo"))
        plane.kubectl("wait", "-n", NS, "pvc/mongo", "--for=jsonpath={.status.phase}=Bound", "--timeout=60s")
        cls.restored_claim = plane.api.get(claim_path(NS, "mongo"))
        cls.restored_snapshot = plane.api.get(snapshot_path(NS, "velero-mongo"))
        cls.snaptrail.until_row(kind="PersistentVolumeClaim", uid=cls.restored_claim["metadata"]["uid"], to="Bound")
        cls.snaptrail.until_row(kind="PersistentVolume", name=cls.restored_claim["spec"]["volumeName"], to="Bound")

    def of(self, item, *types):
        """The rows of an object: its transitions, or those of the given types."""
        return [row for row in self.rows
                if row["uid"] == item["metadata"]["uid"] and row["type"] in (types or ("transition",))]

    def row(self, item, state):
        found = [row for row in self.of(item) if row["to"] == state]
        self.assertEqual(len(found), 1, f"rows to {state}: {found}")
        return found[0]

    def test_the_daemon_ends_with_code_0(self):
        self.assertEqual(self.exit_code, 0)

    def test_the_snapshot_goes_from_pending_to_deleted(self):
        rows = self.of(self.snapshot)
        self.assertEqual(path_of(rows), ["Pending", "Creating", "Ready", "Deleting", "Deleted"])
        self.assertIsNone(rows[0]["from"])

    def test_ready_to_use_goes_from_nil_to_false_to_true(self):
        moves = [(row["readyToUse"]["from"], row["readyToUse"]["to"]) for row in self.of(self.snapshot)[:3]]
        self.assertEqual(moves, [(None, None), (None, False), (False, True)])

    def test_a_slow_driver_is_seen_as_a_long_creating(self):
        lasted = seconds_between(self.row(self.snapshot, "Creating"), self.row(self.snapshot, "Ready"))
        self.assertGreaterEqual(lasted, CUT_SECONDS - 0.2)
        self.assertLess(lasted, CUT_SECONDS + 5)

    def test_the_content_is_made_orphaned_and_retained(self):
        rows = self.of(self.content)
        path = path_of(rows)
        self.assertEqual(path[-1], "Deleted")
        for state in ("Creating", "Ready", "Orphaned", "Deleted"):
            self.assertIn(state, path)
        self.assertEqual(rows[-1]["outcome"], "Retained")
        self.assertEqual(self.row(self.content, "Orphaned")["cause"]["uid"], self.snapshot["metadata"]["uid"])

    def test_the_lost_snapshot_was_retained(self):
        end = self.row(self.snapshot, "Deleted")
        self.assertEqual((end["outcome"], end["deletionPolicy"], end["snapshotHandle"], end["late"]),
                         ("Retained", "Retain", self.handle, False))

    def test_the_chain_tells_volume_claim_and_backup(self):
        ready = self.row(self.snapshot, "Ready")
        volume = self.content["spec"]["source"]["volumeHandle"]
        self.assertEqual((ready["chain"], ready["claimUid"], ready["content"], ready["driver"], ready["volumeHandle"]),
                         (self.snapshot["metadata"]["uid"], self.claim["metadata"]["uid"],
                          self.content["metadata"]["name"], objects.DRIVER, volume))
        self.assertEqual(ready["initiator"], {"type": "velero", "backup": "nightly", "restore": None})
        self.assertEqual(ready["actor"], "snapshot-controller")

    def test_the_restored_claim_is_requested_provisioned_and_bound(self):
        rows = self.of(self.restored_claim)
        path = path_of(rows)
        self.assertEqual(path[-1], "Bound")
        self.assertIn("Provisioning", path)
        self.assertEqual(path[0], "Requested")
        self.assertEqual(rows[-1]["initiator"], None)  # the claim itself carries no label here

    def test_the_restored_volume_is_bound(self):
        rows = [row for row in self.rows if row["kind"] == "PersistentVolume" and row["type"] == "transition"
                and row["name"] == self.restored_claim["spec"]["volumeName"]]
        self.assertEqual(path_of(rows)[-1], "Bound")
        self.assertEqual(rows[-1]["claimUid"], self.restored_claim["metadata"]["uid"])
        self.assertEqual(rows[-1]["snapshotHandle"], self.handle)

    def test_backup_and_restore_are_two_chains_of_one_story(self):
        restored = str(uuid.uuid5(CHAINS, f"{NS}/velero-mongo/restored-mongo"))
        story = self.snaptrail.rows("--handle", self.handle)
        self.assertEqual({row["chain"] for row in story if row["kind"] != "PersistentVolumeClaim"} - {None},
                         {self.snapshot["metadata"]["uid"], restored})
        self.assertEqual({row["driver"] for row in story if row["snapshotHandle"]}, {objects.DRIVER})
        self.assertEqual(self.row(self.restored_claim, "Bound")["chain"], restored)
        self.assertEqual(self.row(self.restored_snapshot, "Ready")["initiator"],
                         {"type": "velero", "backup": "nightly", "restore": "nightly-restore"})

    def test_a_witness_saw_the_same_states_of_every_snapshot(self):
        ledger = {}
        for row in self.rows:
            if row["kind"] == "VolumeSnapshot" and row["type"] == "transition":
                ledger.setdefault(row["uid"], []).append(row["to"])
        self.assertGreater(self.witness.events, 5)
        self.assertEqual(ledger, self.witness.paths)

    def test_rows_are_numbered_without_holes_and_nothing_is_told_twice(self):
        self.assert_sequence_without_holes(self.rows)
        self.assert_nothing_twice(self.rows)
        self.assertEqual([row for row in self.rows if row["type"] == "gap"], [])
        self.assertEqual([row for row in self.rows if row["late"]], [])

    def test_sqlite_reads_what_timeline_prints(self):
        read = self.snaptrail.query("SELECT seq, kind, name, from_state, to_state, chain FROM trail ORDER BY seq")
        self.assertEqual(read, [(row["seq"], row["kind"], row["name"], row["from"], row["to"], row["chain"])
                                for row in self.rows])

    def test_transitions_are_counted_as_they_were_recorded(self):
        recorded = {}
        for row in self.rows:
            if row["type"] == "transition":
                key = (row["kind"], row["from"] or "", row["to"])
                recorded[key] = recorded.get(key, 0) + 1
        counted = {(labels["kind"], labels.get("from", ""), labels["to"]): value
                   for labels, value in self.transitions if value}
        self.assertEqual(counted, recorded)

    def test_the_metrics_are_clean(self):
        if shutil.which("promtool") is None:
            self.assertIn("# TYPE snaptrail_transitions_total counter", self.metrics)
            return
        done = subprocess.run(["promtool", "check", "metrics"], input=self.metrics, capture_output=True, text=True,
                              check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))


if __name__ == "__main__":
    main()
