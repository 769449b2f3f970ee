"""A real etcd and API server with chains in them, and what happens to a cluster."""
import contextlib
import pathlib
import shutil
import subprocess
import threading
import time

from harness import bulk, wait
from harness.controlplane import ControlPlane

LISTS = ("/apis/snapshot.storage.k8s.io/v1/volumesnapshots", "/apis/snapshot.storage.k8s.io/v1/volumesnapshotcontents",
         "/api/v1/persistentvolumeclaims", "/api/v1/persistentvolumes")
RESOURCES = tuple(path.rpartition("/")[2] for path in LISTS)


class Cluster:
    """A context manager. It only grows."""

    def __init__(self, folder):
        self.plane = ControlPlane(folder)
        # On a busy machine one answer of 125 MB may take longer than the minute that a request has by default.
        self.plane.apiserver_flags = ("--request-timeout", "10m")
        self.chains = 0
        self.bytes = 0

    def __enter__(self):
        self.plane.start_api()
        self.plane.apply_crds()
        return self

    def __exit__(self, *_):
        self.plane.stop()

    @property
    def kubeconfig(self):
        return self.plane.kubeconfig

    def grow(self, chains):
        """Puts chains straight into etcd until there are so many."""
        with contextlib.closing(self.plane.etcd()) as etcd:
            self.bytes += etcd.put_all(bulk.chains(chains - self.chains, self.chains))[1]
        self.chains = chains
        self._until_served()
        return self

    def _until_served(self):
        # The server's watch cache has to take the objects in first: everybody who is measured finds it warm.
        self.plane.until("the API server to serve the lists",
                         lambda: all(self._count(path) == self.chains for path in LISTS), 600)
        if self.chains:
            wait.until("the API server to answer curl", lambda: self.curl() is not None, 600)

    def _count(self, path):
        page = self.plane.api.get(f"{path}?limit=1")
        return len(page["items"]) + page["metadata"].get("remainingItemCount", 0)

    def curl(self):
        """Seconds for curl to read all four lists at the same time and throw them away: what the server needs to send them."""
        certificate, key = self.plane.admin_cert
        start = time.monotonic()
        children = [subprocess.Popen(["curl", "-sS", "--fail", "-o", "/dev/null", "--cacert", self.plane.certs.ca, "--cert",
                                      certificate, "--key", key, self.plane.server + path], stderr=subprocess.PIPE, text=True)
                    for path in LISTS]
        failed = [errors for child in children for errors in [child.communicate()[1]] if child.returncode]
        took = time.monotonic() - start
        assert not failed, f"curl could not read the lists: {failed}"
        return took

    def expire_watches(self):
        """Has every watch of before answered with 410: everybody must list again.

        The server is away; meanwhile an object changes, and etcd forgets what was before that. The new server's watch
        cache begins behind every version that a client can name.
        """
        self.plane.stop_one("kube-apiserver", kill=True)
        with contextlib.closing(self.plane.etcd()) as etcd:
            etcd.put_all(bulk.chain(0))
            etcd.compact()
        self.plane.start_apiserver()
        self._until_served()

    @contextlib.contextmanager
    def changing(self, events_a_second):
        """Meanwhile that many objects change every second, evenly: chain after chain, all four kinds."""
        over = threading.Event()
        thread = threading.Thread(target=self._change, args=(1 / events_a_second, over))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _change(self, pause, over):
        due, count = time.monotonic(), 0
        with contextlib.closing(self.plane.etcd()) as etcd:
            while not over.is_set():
                key, value = list(bulk.chain(count // 4 % self.chains))[count % 4]
                count += 1
                # A label's value: a change that is no transition, as most are.
                etcd.put_all([(key, value.replace(b'"database"', b'"database-%d"' % count, 1))])
                due += pause
                over.wait(max(0, due - time.monotonic()))


@contextlib.contextmanager
def kept(folder):
    """A function from a number of chains to a cluster with exactly so many: the last one, grown, where that can be."""
    with contextlib.ExitStack() as stack:
        cluster, made = None, 0

        def with_chains(chains):
            nonlocal cluster, made
            if cluster is None or cluster.chains > chains:
                stack.close()
                made += 1
                cluster = stack.enter_context(Cluster(pathlib.Path(folder) / f"cluster-{made}"))
            return cluster.grow(chains)

        yield with_chains


def has_curl():
    return shutil.which("curl") is not None
