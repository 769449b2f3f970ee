"""The daemon without its ledger's volume: metrics all the same, said everywhere, and taken up once it is there."""
import shutil
import signal
import sqlite3
import subprocess

import context  # noqa: F401  pylint: disable=unused-import
from harness import objects
from harness.case import ClusterCase, main
from harness.daemon import binary

READY = 120


class NoLedger(ClusterCase):
    def without_volume(self, name, folder):
        """A daemon whose ledger is to be in a folder that is not there, following without."""
        snaptrail = self.daemon(name, ledger={"path": str(folder / "ledger.db")})
        snaptrail.ledger = folder / "ledger.db"
        snaptrail.start()
        snaptrail.until("classification", lambda: snaptrail.metric("snaptrail_informer_synced",
                                                                   resource="volumesnapshots") == 1, READY)
        self.assert_failing(snaptrail, "does not exist")
        return snaptrail

    def assert_failing(self, snaptrail, why):
        self.assertEqual(snaptrail.metric("snaptrail_ledger_failing"), 1)
        status, text = snaptrail.get("/readyz")
        self.assertEqual(status, 503)
        self.assertRegex(text, rf"(?m)^ledger: failing \(.*\): .*{why}")
        self.assertRegex(snaptrail.log_text(), rf"without a ledger.*{why}")
        self.assertEqual(snaptrail.get("/healthz")[0], 200)

    def make(self, snaptrail, name):
        self.plane.kubectl.apply(objects.snapshot("default", name, "none", "data"))
        snaptrail.until("it to be counted", lambda: [labels for labels, _ in snaptrail.samples(
            "kube_volumesnapshot_info", volumesnapshot=name)], READY)

    def test_metrics_go_on_and_rows_wait_for_a_new_ledger(self):
        folder = self.daemon("fresh").folder / "volume"
        snaptrail = self.without_volume("fresh", folder)
        self.make(snaptrail, "unrecorded")
        self.assertGreater(snaptrail.metric("snaptrail_snapshots", namespace="default"), 0)
        self.assertGreater(snaptrail.metric("snaptrail_ledger_queued_rows"), 0)
        status, text = snaptrail.get("/api/v1/timeline")
        self.assertEqual(status, 500)
        self.assertIn("does not exist", text)
        folder.mkdir()
        snaptrail.until_ready(READY)
        self.assertEqual(snaptrail.metric("snaptrail_ledger_failing"), 0)
        row = snaptrail.until_row(READY, name="unrecorded")
        self.assertFalse(row["late"])
        self.assertEqual(snaptrail.terminate(60), 0)
        self.assert_sequence_without_holes(snaptrail.rows())

    def test_a_trail_that_is_there_again_is_gone_on_with(self):
        snaptrail = self.daemon("trail").start_ready(READY)
        self.make(snaptrail, "before")
        snaptrail.until_row(READY, name="before")
        self.assertEqual(snaptrail.terminate(60), 0)
        volume, away = snaptrail.folder / "volume", snaptrail.folder / "away"
        away.mkdir()
        for file in snaptrail.folder.glob("ledger.db*"):
            shutil.move(file, away / file.name)

        snaptrail = self.without_volume("trail", volume)
        pid = snaptrail.process.child.pid
        self.make(snaptrail, "unseen")
        self.plane.kubectl("delete", "volumesnapshot", "before", "--wait=false")
        shutil.move(away, volume)
        snaptrail.until("the trail to be taken up", lambda: "starting over" in snaptrail.log_text(), READY)
        gone = snaptrail.until_row(READY, name="before", to="Deleted")
        self.assertTrue(gone["late"])
        self.assertTrue(snaptrail.until_row(READY, name="unseen")["late"])
        self.assertIn("restarted", {row["gap"]["cause"] for row in snaptrail.rows(type="gap")})
        snaptrail.until_ready(READY)
        self.assertEqual(snaptrail.process.child.pid, pid)
        self.make(snaptrail, "after")
        self.assertFalse(snaptrail.until_row(READY, name="after")["late"])
        self.assertEqual(snaptrail.terminate(60), 0)
        self.assert_sequence_without_holes(snaptrail.rows())
        self.assert_nothing_twice(snaptrail.rows())

    def test_sigterm_ends_it_as_ever(self):
        snaptrail = self.without_volume("ended", self.daemon("ended").folder / "volume")
        snaptrail.process.signal(signal.SIGTERM)
        self.assertEqual(snaptrail.process.child.wait(60), 0)

    def test_a_volume_that_goes_while_it_runs_is_said_and_made_up_for(self):
        snaptrail = self.daemon("pulled")
        volume = snaptrail.folder / "volume"
        volume.mkdir()
        snaptrail = self.daemon("pulled", ledger={"path": str(volume / "ledger.db")})
        snaptrail.ledger = volume / "ledger.db"
        snaptrail.start_ready(READY)
        shutil.move(volume, snaptrail.folder / "elsewhere")
        self.make(snaptrail, "pulled")
        snaptrail.until("the failure to be told", lambda: snaptrail.metric("snaptrail_ledger_failing") == 1, READY)
        self.assertRegex(snaptrail.get("/readyz")[1], r"(?m)^ledger: failing .*moved or deleted")
        shutil.move(snaptrail.folder / "elsewhere", volume)
        self.assertFalse(snaptrail.until_row(READY, name="pulled")["late"])
        snaptrail.until_ready(READY)
        self.assertEqual(snaptrail.terminate(60), 0)

    def refused(self, path):
        done = subprocess.run([binary(), "run", "--kubeconfig", self.plane.kubeconfig, "--ledger", path, "--listen",
                               "127.0.0.1:0"], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 2, done.stderr)
        return done.stderr

    def test_what_is_no_ledger_of_ours_is_refused_with_the_reason(self):
        folder = self.daemon("refused").folder
        other = folder / "other.db"
        connection = sqlite3.connect(other)
        connection.execute("CREATE TABLE theirs (a)")
        connection.commit()
        connection.close()
        self.assertIn("another program", self.refused(other))
        self.assertIn("this is a directory", self.refused(folder))
        first = self.daemon("first").start_ready(READY)
        self.assertIn("in use by process", self.refused(first.ledger))
        self.assertEqual(first.terminate(60), 0)
        connection = sqlite3.connect(first.ledger)
        connection.execute("UPDATE meta SET value = 999 WHERE key IN ('schema_version', 'min_reader_version')")
        connection.commit()
        connection.close()
        self.assertIn("newer snaptrail", self.refused(first.ledger))


if __name__ == "__main__":
    main()
