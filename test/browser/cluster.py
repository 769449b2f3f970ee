"""A real API server and a daemon over it, for a test of the page in another process: commanded by lines of JSON on standard input, each
answered by one. Ends, with all that it started, when standard input does."""
import json
import os
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
# pylint: disable=wrong-import-position
from harness.api import ApiError
from harness.controlplane import ControlPlane
from harness.daemon import Snaptrail

READY = 120


def serve(plane, daemon):
    commands = {
        # One call to the API server as it is: ["PATCH", path, body, content type].
        "call": plane.api.call,
        "start": lambda: daemon.start_ready(READY) and {"url": f"http://127.0.0.1:{daemon.port}"},
        "stop": lambda: {"code": daemon.terminate(30)},
    }
    for line in sys.stdin:
        command, *arguments = json.loads(line)
        try:
            answer = {"ok": commands[command](*arguments)}
        except (ApiError, AssertionError, OSError, RuntimeError) as error:
            answer = {"error": f"{command} {arguments}: {error}"}
        print(json.dumps(answer), flush=True)


def main():
    folder = tempfile.mkdtemp(prefix="snaptrail-page-")
    plane = ControlPlane(os.path.join(folder, "cluster"))
    daemon = Snaptrail(os.path.join(folder, "daemon"), plane.kubeconfig)
    try:
        plane.start_api().apply_crds()
        print(json.dumps({"ok": {}}), flush=True)
        serve(plane, daemon)
    finally:
        daemon.stop()
        plane.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
