"""The tests' base classes: one control plane a test file, logs shown when something fails."""
import os
import shutil
import sys
import tempfile
import unittest

from .controlplane import ControlPlane
from .daemon import Snaptrail


class ClusterCase(unittest.TestCase):
    """Starts the control plane before the first test of the class, and ends it after the last one, whatever happens.

    `controllers`: with everything that makes claims bind and snapshots be cut. `crds`: with the snapshot API.
    """

    controllers = False
    crds = True
    plane = None
    maxDiff = 6000

    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.mkdtemp(prefix="snaptrail-test-")
        cls.daemons = []
        cls.addClassCleanup(cls._clean)
        cls.plane = ControlPlane(os.path.join(cls.work, "cluster"))
        cls.addClassCleanup(cls.plane.stop)
        try:
            cls.plane.start_api()
            if cls.controllers:
                cls.plane.start_controllers()
            elif cls.crds:
                cls.plane.apply_crds()
            cls.prepare()
        except BaseException:
            cls._show_logs()
            raise

    @classmethod
    def prepare(cls):
        """What the class does once before its tests."""

    @classmethod
    def _clean(cls):
        for daemon in cls.daemons:
            daemon.stop()
        if os.environ.get("SNAPTRAIL_E2E_KEEP"):
            print(f"kept: {cls.work}", file=sys.stderr)
        else:
            shutil.rmtree(cls.work, ignore_errors=True)

    @classmethod
    def daemon(cls, name="snaptrail", kubeconfig=None, **config):
        """A daemon with a folder of its own; not started yet; ended with the class at the latest."""
        one = Snaptrail(os.path.join(cls.work, name), kubeconfig or cls.plane.kubeconfig, name, **config)
        cls.daemons.append(one)
        return one

    @classmethod
    def _show_logs(cls):
        print(cls.plane.log_tails(15) if cls.plane else "", file=sys.stderr)
        for daemon in cls.daemons:
            if daemon.process:
                print(daemon.process.tail(), file=sys.stderr)

    def run(self, result=None):
        before = len(result.failures) + len(result.errors) if result else 0
        outcome = super().run(result)
        if result and len(result.failures) + len(result.errors) > before:
            self._show_logs()
        return outcome

    def assert_sequence_without_holes(self, rows):
        """Every row once, numbered from 1."""
        self.assertEqual([row["seq"] for row in rows], list(range(1, len(rows) + 1)))

    def assert_nothing_twice(self, rows):
        """No transition of an object is recorded a second time."""
        seen = [(row["uid"], row["from"], row["to"], row["resourceVersion"])
                for row in rows if row["type"] == "transition"]
        self.assertEqual(len(seen), len(set(seen)), [key for key in seen if seen.count(key) > 1])


def main():
    """Runs the tests of the calling file."""
    unittest.main(module="__main__", verbosity=2)
