"""The simulated API server (test/simulation) answers what a real one answers: the same questions, asked of both.

Outcomes are in words that are the same for both (probes.py, test/simulation/probes.cpp), so that a difference is either a mistake of
the simulation's or stands below with its reason.
"""
import json
import os
import subprocess

import context  # noqa: F401  pylint: disable=unused-import
import probes
from harness.case import ClusterCase, main

# What a real server may answer as well, and why.
ALSO = {
    "a list while the CRD changes": (None, "the refusals last a fraction of a second, which a list may miss"),
}


class SimulatedAndReal(ClusterCase):
    def test_the_simulated_server_answers_as_the_real_one(self):
        simulated = self.simulated()
        real = probes.Probes(self.plane).outcomes()
        self.assertEqual(set(simulated), set(real), "both are asked the same")
        for name, outcome in real.items():
            with self.subTest(name):
                if name in ALSO and outcome == ALSO[name][0]:
                    continue
                self.assertEqual(simulated[name], outcome, "simulated, real")

    @staticmethod
    def simulated():
        program = os.environ["SNAPTRAIL_SIMULATION"]
        done = subprocess.run([program, "--probes"], capture_output=True, text=True, timeout=60, check=True)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return {line["probe"]: line["outcome"] for line in lines}


if __name__ == "__main__":
    main()
