"""Recoverable points on a real cluster: they outlive their objects and the daemon, end with the driver's copy, and age."""
import json
import subprocess
import urllib.parse

from harness import objects
from harness.case import ClusterCase, main
from harness.daemon import binary

TARGET = "1m"  # the shortest there is
CLAIM = "snaptrail_persistentvolumeclaim_last_recoverable_timestamp_seconds"


class Coverage(ClusterCase):
    controllers = True

    @classmethod
    def prepare(cls):
        annotations = {"snaptrail.io/rpo": TARGET}
        cls.plane.kubectl.apply(objects.namespace("app"), objects.claim("app", "data", "mock", annotations=annotations),
                                objects.claim("app", "never", "mock", annotations=annotations),
                                objects.claim("app", "scratch", "mock", annotations={"snaptrail.io/rpo": "none"}))
        for name in ("data", "never", "scratch"):
            cls.plane.kubectl("wait", "-n", "app", f"pvc/{name}", "--for=jsonpath={.status.phase}=Bound",
                              "--timeout=120s")

    def of(self, daemon, name="data"):
        """What the API says of one claim."""
        status, text = daemon.get("/api/v1/coverage?" + urllib.parse.urlencode({"ns": "app", "name": name}))
        self.assertEqual(status, 200, text)
        items = json.loads(text)["items"]
        return items[0] if items else {}

    def until(self, daemon, status, name="data", handle=None):
        """Waits until a claim has that status, for more than the target and the machine's slowness."""
        def holds():
            found = self.of(daemon, name)
            point = found.get("lastRecoverable") or {}
            return found if found.get("status") == status and handle in (None, point.get("handle")) else None
        return daemon.until(f"claim {name} to be {status}", holds, 240)

    def snapshot(self, daemon, name, class_name):
        """Makes a snapshot of `data`; its content and handle once it is ready."""
        self.plane.kubectl.apply(objects.snapshot("app", name, class_name, "data"))
        row = daemon.until_row(kind="VolumeSnapshot", name=name, to="Ready", seconds=120)
        return row["content"], row["snapshotHandle"]

    def command(self, daemon, *arguments):
        return subprocess.run([binary(), "coverage", "--daemon", f"http://127.0.0.1:{daemon.port}", *arguments],
                              capture_output=True, text=True, timeout=60, check=False)

    def test_points_outlive_their_objects_and_the_daemon_and_end_with_the_copy(self):
        daemon = self.daemon()
        daemon.start_ready()
        self.assertEqual(self.of(daemon)["status"], "Unknown")
        self.assertEqual(self.of(daemon, "scratch")["status"], "NoTarget")
        self.assertEqual(daemon.metric("snaptrail_rpo_violations", namespace="app"), 0)
        self.assertEqual(daemon.samples(CLAIM), [])

        # Of policy Retain: the objects go, the handle stays, for the daemon that comes after too.
        content, handle = self.snapshot(daemon, "kept", "mock-retain")
        cut = self.until(daemon, "Covered", handle=handle)["lastRecoverable"]["cut"]
        self.plane.kubectl("delete", "-n", "app", "volumesnapshot", "kept", "--timeout=60s")
        self.plane.kubectl("delete", "volumesnapshotcontent", content, "--timeout=60s")
        daemon.until_row(kind="VolumeSnapshotContent", name=content, to="Deleted", seconds=120)
        self.assertEqual(self.of(daemon)["lastRecoverable"]["handle"], handle)
        self.assertEqual(daemon.terminate(30), 0, daemon.process.tail())
        daemon.start_ready(60)
        found = self.of(daemon)
        self.assertEqual((found["lastRecoverable"]["handle"], found["lastRecoverable"]["cut"]), (handle, cut))
        self.assertEqual(found["points"], 1)

        # It ages, and the claim without any is proven to have none.
        self.assertEqual(self.until(daemon, "Missed")["lastRecoverable"]["handle"], handle)
        self.until(daemon, "Never", "never")
        self.assertEqual(daemon.metric("snaptrail_rpo_violations", namespace="app"), 2)
        self.assertEqual(daemon.metric(CLAIM, persistentvolumeclaim="never"), 0)
        self.assertGreater(daemon.metric(CLAIM, persistentvolumeclaim="data"), 1_600_000_000)
        self.assertEqual(daemon.metric("snaptrail_persistentvolumeclaim_rpo_target_seconds",
                                       persistentvolumeclaim="data"), 60)
        asked = self.command(daemon, "-o", "wide", "--status", "Never")
        self.assertEqual(asked.returncode, 1, asked.stderr)
        self.assertRegex(asked.stdout, r"(?m)^app +never +Never ")
        self.assertEqual(self.command(daemon, "scratch").returncode, 0)

        # Of policy Delete: the driver destroys the copy, and the older one is the newest again.
        _, second = self.snapshot(daemon, "doomed", "mock-delete")
        self.until(daemon, "Covered", handle=second)
        self.plane.kubectl("delete", "-n", "app", "volumesnapshot", "doomed", "--timeout=60s")
        found = self.until(daemon, "Missed", handle=handle)
        self.assertEqual((found["lastEnded"]["handle"], found["lastEnded"]["end"]), (second, "Destroyed"))


if __name__ == "__main__":
    main()
