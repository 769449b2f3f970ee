"""A CSI driver of the cluster: the mock driver under one name, and the sidecars that a real one brings along."""
import json
import pathlib
import shutil
import tempfile

# Not minutes, as a cluster's sidecars would wait after some failures.
RETRY = ("--retry-interval-start", "200ms", "--retry-interval-max", "2s")
# Nor seconds, when many objects are made at once: the components' own limit is 5 requests a second.
UNLIMITED = ("--kube-api-qps", 100, "--kube-api-burst", 200)


class CsiDriver:
    """The driver and its sidecars, each started and stopped by itself. `suffix`: tells its programs and files from others'."""

    def __init__(self, plane, name, suffix=""):
        self.plane, self.name, self.suffix = plane, name, suffix
        self.faults_file = plane.folder / f"faults{suffix}.json"
        self.socket = pathlib.Path(tempfile.mkdtemp(prefix="csi-")) / "s"  # unix socket paths are short: 107 bytes

    def _run(self, program, *arguments):
        self.plane.run(f"{program}{self.suffix}", *arguments, program=program)

    def start(self):
        """The driver itself: what the storage holds is in its memory, and gone with it."""
        if not self.faults_file.exists():
            self.set_faults()
        self._run("mockdriver", "--socket", self.socket, "--driver", self.name, "--faults", self.faults_file)
        self.plane.until(f"the socket of {self.name}", self.socket.exists)
        return self

    def start_snapshotter(self, *flags, kubeconfig=None):
        """csi-snapshotter: with further flags, and with the rights of another kubeconfig than the administrator's."""
        self._run("csi-snapshotter", "--kubeconfig", kubeconfig or self.plane.kubeconfig, "--csi-address", self.socket,
                  "--leader-election=false", "-v", 4, *RETRY, *UNLIMITED, *flags)
        return self

    def start_provisioner(self):
        self._run("csi-provisioner", "--kubeconfig", self.plane.kubeconfig, "--csi-address", self.socket,
                  "--leader-election=false", "--feature-gates=Topology=false", "-v", 4, *RETRY, *UNLIMITED)
        return self

    def stop(self, program):
        """Ends `mockdriver`, `csi-snapshotter` or `csi-provisioner` of this driver; its calls under way are cut off."""
        self.plane.stop_one(f"{program}{self.suffix}", kill=True)
        if program == "mockdriver":
            self.socket.unlink(missing_ok=True)

    def forget_everything(self):
        """A storage that has lost its volumes and snapshots: the driver anew; its sidecars, which lose the connection, too."""
        for program in ("csi-provisioner", "csi-snapshotter", "mockdriver"):
            self.stop(program)
        return self.start().start_snapshotter().start_provisioner()

    def set_faults(self, **faults):
        """Replaces the faults: CreateSnapshot={"delayMs": 3000}, readyAfterMs=5000. None: no faults."""
        fresh = self.faults_file.with_suffix(".new")
        fresh.write_text(json.dumps(faults))
        fresh.replace(self.faults_file)

    def remove_socket(self):
        shutil.rmtree(self.socket.parent, ignore_errors=True)
