#!/usr/bin/env python3
"""How long, and at what cost, until a cold `snaptrail run` has synced a large cluster: real etcd, real kube-apiserver, TLS.

Prints a table in Markdown. The floor is curl reading the same four lists at the same time and throwing them away: what the API
server needs to send them. Server and client share the machine's cores.
"""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test" / "e2e"))
from harness import bulk, wait  # noqa: E402  pylint: disable=wrong-import-position
from harness.controlplane import ControlPlane  # noqa: E402  pylint: disable=wrong-import-position
from harness.daemon import Snaptrail  # noqa: E402  pylint: disable=wrong-import-position
from harness.process import cpu_seconds, peak_memory_kib  # noqa: E402  pylint: disable=wrong-import-position

LISTS = ("/apis/snapshot.storage.k8s.io/v1/volumesnapshots", "/apis/snapshot.storage.k8s.io/v1/volumesnapshotcontents",
         "/api/v1/persistentvolumeclaims", "/api/v1/persistentvolumes")
RESOURCES = tuple(path.rpartition("/")[2] for path in LISTS)


def curl_floor(plane):
    """Seconds for curl to read all four lists at the same time; None without curl."""
    if shutil.which("curl") is None:
        return None
    certificate, key = plane.admin_cert
    start = time.monotonic()
    children = [subprocess.Popen(["curl", "-sS", "--fail", "-o", "/dev/null", "--cacert", plane.certs.ca, "--cert", certificate,
                                  "--key", key, plane.server + path]) for path in LISTS]
    failed = [child.wait() for child in children if child.wait()]
    assert not failed, f"curl could not read the lists: exit codes {failed}"
    return time.monotonic() - start


def resident_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def measure(plane, folder, chains):
    """One cold start: from fork to /readyz and all objects counted."""
    snaptrail = Snaptrail(folder, plane.kubeconfig)
    server = plane.process("kube-apiserver").pid
    server_before = cpu_seconds(server)
    start = time.monotonic()
    snaptrail.start(listening=False)
    try:
        snaptrail.until("the first sync", lambda: snaptrail.get("/readyz")[0] == 200, 600)
        synced = time.monotonic() - start
        pid = snaptrail.process.pid
        result = {"synced": synced, "cpu": cpu_seconds(pid), "peak": peak_memory_kib(pid),
                  "server_cpu": cpu_seconds(server) - server_before}
        counted = [snaptrail.metric("snaptrail_informer_objects", resource=name) for name in RESOURCES]
        if counted != [chains] * len(RESOURCES):
            raise RuntimeError(f"synced, but the objects are {counted} instead of {chains} each")
        snaptrail.until("every record in the ledger", lambda: _records(snaptrail) == chains * len(RESOURCES), 120)
        result.update(recorded=time.monotonic() - start, recorded_cpu=cpu_seconds(pid), settled=resident_kib(pid),
                      all_peak=peak_memory_kib(pid),
                      ledger=sum(file.stat().st_size for file in snaptrail.folder.glob("ledger.db*")))
        return result
    finally:
        snaptrail.terminate(30)


def _records(snaptrail):
    return snaptrail.query("SELECT count(*) FROM objects")[0][0]


def table(count, size, floor, runs):
    print(f"{count} objects, {size / 1e6:.0f} MB of JSON, {os.cpu_count()} cores\n")
    print("| run | until synced | CPU until then | until recorded | CPU | memory, peak | settled | per object | ledger | server's CPU |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    if floor is not None:
        print(f"| `curl` of the four lists at once, thrown away | {floor:.1f} s | – | – | – | – | – | – | – | – |")
    for number, run in enumerate(runs, 1):
        print(f"| snaptrail, {number} | {run['synced']:.1f} s | {run['cpu']:.1f} s | {run['recorded']:.1f} s | "
              f"{run['recorded_cpu']:.1f} s | {run['all_peak'] / 1024:.0f} MB | {run['settled'] / 1024:.0f} MB | "
              f"{run['all_peak'] / count:.2f} KB | {run['ledger'] / 1e6:.0f} MB | {run['server_cpu']:.1f} s |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chains", type=int, default=50_000, help="four objects each (default: 50,000)")
    parser.add_argument("--runs", type=int, default=2, help="cold starts, each with an empty ledger")
    parser.add_argument("--json", type=pathlib.Path, help="writes the numbers there too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="snaptrail-bench-") as work, ControlPlane(f"{work}/cluster") as plane:
        # On a busy machine curl's one answer of 125 MB may take longer than the minute that a request has by default.
        plane.apiserver_flags = ("--request-timeout", "10m")
        plane.start_api()
        plane.apply_crds()
        with contextlib.closing(plane.etcd()) as etcd:
            count, size = etcd.put_all(bulk.chains(arguments.chains))
        count -= (arguments.chains + bulk.CHAINS_PER_NAMESPACE - 1) // bulk.CHAINS_PER_NAMESPACE  # namespaces
        # The server's watch cache has to take the objects in first: everybody who is measured finds it warm.
        wait.until("the API server to serve the lists", lambda: curl_floor(plane) or True, 600)
        floor = curl_floor(plane)
        runs = [measure(plane, f"{work}/run-{number}", arguments.chains) for number in range(arguments.runs)]
    table(count, size, floor, runs)
    if arguments.json:
        arguments.json.write_text(json.dumps({"objects": count, "bytes": size, "curl": floor, "runs": runs}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
