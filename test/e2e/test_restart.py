"""The daemon ends in the middle of a backup, by SIGTERM and by SIGKILL, and is started again: nothing lost, nothing twice."""
import signal

from harness import objects
from harness.api import snapshot_path
from harness.case import ClusterCase, main
from harness.daemon import path_of


class Restart(ClusterCase):
    controllers = True

    @classmethod
    def prepare(cls):
        cls.plane.kubectl.apply(objects.namespace("app"), objects.claim("app", "data", "mock"))
        cls._ready("pvc/data", "{.status.phase}=Bound")

    @classmethod
    def _ready(cls, name, condition="{.status.readyToUse}=true"):
        cls.plane.kubectl("wait", "-n", "app", name, f"--for=jsonpath={condition}", "--timeout=60s")

    def setUp(self):
        self.addCleanup(self.plane.set_faults)

    def uid(self, name):
        return self.plane.api.get(snapshot_path("app", name))["metadata"]["uid"]

    def cut_short(self, number):
        """Ends a daemon while a snapshot uploads, lets things happen, starts it again; returns (daemon, uids by name)."""
        prefix = f"{signal.Signals(number).name.lower()}-"
        names = {role: prefix + role for role in ("uploading", "deleted", "made", "unseen")}
        daemon = self.daemon(f"snaptrail-{number}")
        daemon.start_ready()
        self.addCleanup(daemon.stop)
        self.plane.kubectl.apply(objects.snapshot("app", names["deleted"], "mock-retain", "data"))
        daemon.until_row(kind="VolumeSnapshot", name=names["deleted"], to="Ready")
        self.plane.set_faults(readyAfterMs=3000)
        self.plane.kubectl.apply(objects.snapshot("app", names["uploading"], "mock-retain", "data"))
        daemon.until_row(kind="VolumeSnapshot", name=names["uploading"], to="Uploading")
        uids = {role: self.uid(names[role]) for role in ("uploading", "deleted")}
        if number == signal.SIGTERM:
            self.assertEqual(daemon.terminate(10), 0, daemon.process.tail())
        else:
            daemon.process.kill()
        self.before = daemon.rows()
        # Meanwhile: one becomes ready, one goes, one is made, one comes and goes unseen.
        self.plane.kubectl("delete", "-n", "app", "volumesnapshot", names["deleted"], "--timeout=30s")
        self.plane.set_faults()
        self.plane.kubectl.apply(objects.snapshot("app", names["made"], "mock-retain", "data"),
                                 objects.snapshot("app", names["unseen"], "mock-delete", "data"))
        for role in ("uploading", "made", "unseen"):
            self._ready(f"volumesnapshot/{names[role]}")
            uids[role] = self.uid(names[role])
        self.plane.kubectl("delete", "-n", "app", "volumesnapshot", names["unseen"], "--timeout=30s")
        daemon.start_ready()
        return daemon, uids

    def check_story(self, daemon, uids):
        daemon.until_row(uid=uids["uploading"], to="Ready")
        daemon.until_row(uid=uids["made"], to="Ready")
        daemon.until_row(uid=uids["deleted"], to="Deleted")
        rows = daemon.rows()
        self.assertEqual(rows[:len(self.before)], self.before, "rows of before the restart are as they were")
        self.assert_sequence_without_holes(rows)
        self.assert_nothing_twice(rows)

        def last(role):
            return [row for row in rows if row["uid"] == uids[role] and row["type"] == "transition"][-1]

        self.assertEqual((last("uploading")["from"], last("uploading")["to"], last("uploading")["late"]),
                         ("Uploading", "Ready", True))
        self.assertEqual((last("made")["from"], last("made")["to"], last("made")["late"]), (None, "Ready", True))
        self.assertEqual((last("deleted")["to"], last("deleted")["late"], last("deleted")["outcome"]),
                         ("Deleted", True, "Unknown"))
        self.assertEqual([row for row in rows if row["uid"] == uids["unseen"]], [],
                         "nobody can know of what came and went meanwhile")
        for role in ("uploading", "made", "deleted"):
            path_of([row for row in rows if row["uid"] == uids[role]])
        return rows

    def check_gap(self, rows, restarts):
        """One gap a restart and resource, covering the time from the last row before to the first list after."""
        gaps = [row for row in rows if row["type"] == "gap" and row["gap"]["resource"] == "volumesnapshots"]
        self.assertEqual([row["gap"]["cause"] for row in gaps], ["restarted"] * restarts)
        first = gaps[0]["gap"]
        self.assertLess(first["since"], first["until"])
        self.assertIsNotNone(first["firstResourceVersion"])
        after = [row for row in rows[len(self.before):] if row["late"]]
        self.assertTrue(all(row["at"] >= first["since"] for row in after))

    def check_quiet_restart(self, daemon):
        """A restart in which nothing has happened tells no transition."""
        transitions = len(daemon.rows(type="transition"))
        self.assertEqual(daemon.terminate(10), 0)
        daemon.start_ready()
        self.check_gap(daemon.rows(), restarts=2)
        self.assertEqual(len(daemon.rows(type="transition")), transitions)
        self.assertEqual(daemon.terminate(10), 0)

    def test_sigterm_while_a_snapshot_uploads(self):
        daemon, uids = self.cut_short(signal.SIGTERM)
        rows = self.check_story(daemon, uids)
        self.check_gap(rows, restarts=1)
        self.check_quiet_restart(daemon)

    def test_sigkill_while_a_snapshot_uploads(self):
        daemon, uids = self.cut_short(signal.SIGKILL)
        rows = self.check_story(daemon, uids)
        self.check_gap(rows, restarts=1)
        self.check_quiet_restart(daemon)


if __name__ == "__main__":
    main()
