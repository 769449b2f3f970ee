"""The control plane: etcd and kube-apiserver, and on demand the controllers and CSI sidecars around the mock driver."""
import os
import pathlib
import shutil
import signal
import socket
import sys
import tempfile

from . import kubeconfig, objects, wait
from .api import Api, ApiError, Kubectl
from .certs import Certificates
from .csidriver import RETRY, UNLIMITED, CsiDriver
from .etcd import Etcd
from .ports import free_ports
from .process import Process

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import build  # noqa: E402  pylint: disable=wrong-import-position

# What the flow needs of kube-controller-manager; the others would only cost time.
CONTROLLERS = ("namespace-controller", "persistentvolume-binder-controller", "persistentvolume-protection-controller",
               "persistentvolumeclaim-protection-controller", "serviceaccount-controller",
               "root-ca-certificate-publisher-controller", "garbage-collector-controller")
ISSUER = "https://kubernetes.default.svc"
CRDS = ("volumesnapshots", "volumesnapshotcontents", "volumesnapshotclasses")


class ControlPlane:
    """Starts what it is asked for, in order, and stops it in reverse order: a context manager.

    `folder`: where everything is kept; a temporary one, removed at the end, by default. `detached`: the programs outlive
    this process.
    """

    def __init__(self, folder=None, detached=False):
        self.bin = build.build(lambda line: print(line, file=sys.stderr, flush=True))
        self.temporary = folder is None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="snaptrail-e2e-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.detached = detached
        self.processes = []
        self.etcd_port, self.etcd_peer_port, self.port, self.manager_port = free_ports(4)
        self.server = f"https://127.0.0.1:{self.port}"
        self.certs = Certificates(self.folder / "pki")
        self.server_cert = self.certs.issue("apiserver", "/CN=kube-apiserver", "serverAuth", (
            "DNS:localhost", "IP:127.0.0.1", "DNS:kubernetes", "DNS:kubernetes.default", "DNS:kubernetes.default.svc"))
        self.admin_cert = self.certs.issue("admin", "/O=system:masters/CN=admin", "clientAuth")
        self.service_account_key = self.certs.rsa_key("service-account")
        self.kubeconfig = kubeconfig.write(self.folder / "kubeconfig", self.server, self.certs.ca, *self.admin_cert)
        self.api = Api("127.0.0.1", self.port, self.certs.ca, *self.admin_cert)
        self.kubectl = Kubectl(self.kubeconfig, self.folder / "kubectl-cache", self.bin / "kubectl")
        self.apiserver_flags = ()
        self.driver = CsiDriver(self, objects.DRIVER)
        self.drivers = [self.driver]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def run(self, name, *arguments, program=None, more_env=None):
        """Starts one of the built programs; `name`: of the process and its log, where it isn't the program's."""
        process = Process(name, [self.bin / (program or name), *arguments], self.folder / f"{name}.log",
                          env={"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder), **(more_env or {})},
                          detached=self.detached)
        self.processes.append(process.start())
        return process

    def must_run(self):
        """Raises if one of the programs has died."""
        for process in self.processes:
            process.must_run()

    def until(self, what, condition, seconds=180):
        """Waits, as long as every program lives."""
        return wait.until(what, condition, seconds, still_alive=self.must_run)

    # The store and the API server.

    def start_api(self):
        """etcd and kube-apiserver: all that the integration tests need."""
        url, peer = f"http://127.0.0.1:{self.etcd_port}", f"http://127.0.0.1:{self.etcd_peer_port}"
        self.run("etcd", "--data-dir", self.folder / "etcd", "--unsafe-no-fsync", "--quota-backend-bytes", 8 << 30,
                    "--listen-client-urls", url, "--advertise-client-urls", url, "--listen-peer-urls", peer,
                    "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}",
                    "--log-level", "warn")
        self.until("etcd's port", lambda: _listens(self.etcd_port))
        self.start_apiserver()
        return self

    def start_apiserver(self):
        self.run("kube-apiserver", "--etcd-servers", f"http://127.0.0.1:{self.etcd_port}",
                    "--secure-port", self.port, "--bind-address", "127.0.0.1", "--cert-dir", self.folder / "apiserver",
                    "--tls-cert-file", self.server_cert[0], "--tls-private-key-file", self.server_cert[1],
                    "--client-ca-file", self.certs.ca, "--service-account-key-file", self.service_account_key,
                    "--service-account-signing-key-file", self.service_account_key, "--service-account-issuer", ISSUER,
                    "--authorization-mode", "RBAC", "--service-cluster-ip-range", "10.0.0.0/24", "--allow-privileged",
                    "--endpoint-reconciler-type", "none", "--shutdown-delay-duration", "0s", *self.apiserver_flags)
        self.until("the API server to be ready", lambda: self.api.get("/readyz") == "ok")

    def process(self, name):
        return next(process for process in self.processes if process.name == name)

    def stop_one(self, name, kill=False):
        """Ends one program, to be started again by its own method."""
        process = self.process(name)
        self.processes.remove(process)
        return process.kill() if kill else process.stop(20)

    def restart_apiserver(self, kill=True):
        """A new API server over the same store: its watch cache begins empty."""
        self.stop_one("kube-apiserver", kill)
        self.start_apiserver()

    def etcd(self):
        return Etcd(self.etcd_port)

    # The snapshot API and those who act on it.

    def apply_crds(self):
        """Applies the CRDs of the snapshot API and waits until they are served."""
        files = [file for name in CRDS for file in [build.CACHE / "crd" / f"snapshot.storage.k8s.io_{name}.yaml"]]
        self.kubectl("apply", "--server-side", "--validate=false", *[item for file in files for item in ("-f", file)])
        self.until("the snapshot API to be served", self._crds_served)

    def _crds_served(self):
        resources = self.api.get("/apis/snapshot.storage.k8s.io/v1")["resources"]
        if not set(CRDS) <= {resource["name"] for resource in resources}:
            return False
        return all(self.api.get(f"/apis/snapshot.storage.k8s.io/v1/{name}?limit=1") for name in CRDS)

    def start_controllers(self):
        """Everything that makes claims bind and snapshots be cut, and the classes that the flow uses."""
        self.run("kube-controller-manager", "--kubeconfig", self.kubeconfig, "--authentication-kubeconfig",
                    self.kubeconfig, "--authorization-kubeconfig", self.kubeconfig,
                    "--service-account-private-key-file", self.service_account_key, "--root-ca-file", self.certs.ca,
                    "--leader-elect=false", "--secure-port", self.manager_port, "--bind-address", "127.0.0.1",
                    "--cert-dir", self.folder / "manager", "--use-service-account-credentials=false",
                    "--controllers", ",".join(CONTROLLERS))
        self.apply_crds()
        self.start_snapshot_controller()
        self.driver.start().start_snapshotter().start_provisioner()
        self.kubectl.apply(objects.storage_class("mock"), objects.snapshot_class("mock-retain", "Retain"),
                           objects.snapshot_class("mock-delete", "Delete"))
        return self

    def start_snapshot_controller(self, limits=UNLIMITED):
        """`limits`: of its requests to the API server; () for its own."""
        self.run("snapshot-controller", "--kubeconfig", self.kubeconfig, "--leader-election=false", "-v", 4, *RETRY, *limits)

    def add_driver(self, name, **faults):
        """Another CSI driver, running, with these faults from its first call on; its sidecars are started by the caller."""
        driver = CsiDriver(self, name, f"-{name}")
        self.drivers.append(driver)
        driver.set_faults(**faults)
        return driver.start()

    def set_faults(self, **faults):
        """Replaces the faults of the driver that start_controllers() started (CsiDriver.set_faults)."""
        self.driver.set_faults(**faults)

    # The end.

    def log_tails(self, lines=30):
        return "\n".join(process.tail(lines) for process in self.processes)

    def stop(self):
        """Ends every program in reverse order, and removes the temporary folder."""
        for process in reversed(self.processes):
            # Nothing of the store is kept: there is no reason to let the API server drain its watches.
            process.signal(signal.SIGKILL)
        for process in reversed(self.processes):
            process.join(60)
        self.processes.clear()
        for driver in self.drivers:
            driver.remove_socket()
        if self.temporary:
            shutil.rmtree(self.folder, ignore_errors=True)


def _listens(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


__all__ = ["ControlPlane", "ApiError"]
