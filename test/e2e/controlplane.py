#!/usr/bin/env python3
"""Starts and stops the real control plane by hand, to play with.

  test/e2e/controlplane.py up --dir /tmp/cluster      etcd, API server, controllers, CSI sidecars, mock driver
  kubectl --kubeconfig /tmp/cluster/kubeconfig get volumesnapshots -A
  build/snaptrail run --kubeconfig /tmp/cluster/kubeconfig
  test/e2e/controlplane.py down --dir /tmp/cluster
"""
import argparse
import json
import pathlib
import shutil
import sys

from harness.controlplane import ControlPlane
from harness.process import end_stranger, start_time


def up(folder, api_only):
    if (folder / "processes.json").exists():
        print(f"{folder} has a control plane already: stop it first with `controlplane.py down --dir {folder}`",
              file=sys.stderr)
        return 2
    plane = ControlPlane(folder, detached=True)
    try:
        plane.start_api()
        if not api_only:
            plane.start_controllers()
    except BaseException:
        print(plane.log_tails(), file=sys.stderr)
        plane.stop()
        raise
    (folder / "processes.json").write_text(json.dumps({
        "processes": [[process.name, process.pid, start_time(process.pid)] for process in plane.processes],
        "etcdPort": plane.etcd_port, "socket": str(plane.driver.socket.parent)}))
    print(f"kubectl --kubeconfig {folder}/kubeconfig get storageclass,volumesnapshotclass")
    print(f"driver faults: {folder}/faults.json   logs: {folder}/*.log   etcd: http://127.0.0.1:{plane.etcd_port}")
    return 0


def down(folder):
    file = folder / "processes.json"
    if not file.exists():
        print(f"no control plane in {folder}: there is no {file}", file=sys.stderr)
        return 2
    state = json.loads(file.read_text())
    for _, pid, started in reversed(state["processes"]):
        end_stranger(pid, started, seconds=5)
    shutil.rmtree(state["socket"], ignore_errors=True)
    for name in ("etcd", "processes.json"):
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("up", "down"))
    parser.add_argument("--dir", type=pathlib.Path, required=True, help="where its files are kept")
    parser.add_argument("--api-only", action="store_true", help="etcd and the API server only")
    arguments = parser.parse_args()
    folder = arguments.dir.resolve()
    return up(folder, arguments.api_only) if arguments.command == "up" else down(folder)


if __name__ == "__main__":
    sys.exit(main())
