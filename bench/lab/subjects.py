"""Those who are measured side by side, behind one interface: snaptrail, and peers that keep the same four kinds in memory."""
import functools
import time

from harness import wait
from harness.daemon import Snaptrail

from . import programs
from .cluster import RESOURCES
from .lines import LineProgram
from .usage import usage

PATIENCE = 600  # seconds for a list of everything, on a busy machine
# Pauses in seconds between questions to the daemon, which cost it CPU time: where the wall-clock time is exact to them, and where
# only the CPU time counts.
OFTEN, SELDOM = 0.02, 10


class Daemon:
    """`snaptrail run` with its default configuration: every kind watched, a ledger on disk."""

    NAME = "snaptrail"

    def __init__(self, cluster, folder):
        self.began = time.monotonic()
        self.snaptrail = Snaptrail(folder, cluster.kubeconfig).start(listening=False)
        self.pid = self.snaptrail.process.pid
        self.lists = 0

    @staticmethod
    def is_there():
        return True

    def until_synced(self, chains):
        """Waits until every object is classified; seconds since the start, and what it has taken by then."""
        self._until("the first sync", lambda: self.snaptrail.get("/readyz")[0] == 200)
        at, taken = time.monotonic() - self.began, usage(self.pid)
        counted = {name: self.snaptrail.metric("snaptrail_informer_objects", resource=name) for name in RESOURCES}
        _must_have(self.NAME, counted, chains)
        return at, taken

    def settle(self, chains):
        """Waits until its first work is over: every record in the ledger, and a scrape. Seconds since the start."""
        self._until("every record in the ledger",
                    lambda: self.snaptrail.query("SELECT count(*) FROM objects")[0][0] >= chains * len(RESOURCES))
        at = time.monotonic() - self.began
        self.snaptrail.metrics_text()
        return at

    def until_listed_again(self):
        """Waits until everything was listed once more since the last call."""
        self.lists += 1
        self._until("everything to be listed again", lambda: all(
            self.snaptrail.metric("snaptrail_informer_relists_total", resource=name) >= self.lists for name in RESOURCES)
            and self.snaptrail.get("/readyz")[0] == 200, poll=SELDOM)

    def _until(self, what, condition, poll=OFTEN):
        wait.until(what, condition, PATIENCE, still_alive=self.snaptrail.process.must_run, poll=poll)

    def stop(self):
        self.snaptrail.terminate(30)


class Peer:
    """A program that prints a line of JSON when it has synced, and one whenever it has listed everything again."""

    NAME = PROGRAM = None
    FLAGS = ()

    def __init__(self, cluster, folder):
        self.began = time.monotonic()
        self.program = LineProgram([self.PROGRAM(), *self.FLAGS, "-kubeconfig", cluster.kubeconfig], folder / "log")
        self.pid = self.program.pid

    @classmethod
    def is_there(cls):
        return cls.PROGRAM() is not None

    def until_synced(self, chains):
        line = self.program.answer(PATIENCE)
        at, taken = time.monotonic() - self.began, usage(self.pid)
        _must_have(self.NAME, line["objects"], chains)
        return at, taken

    def settle(self, _chains):
        return None

    def until_listed_again(self):
        self.program.answer(PATIENCE)

    def stop(self):
        self.program.stop()


@functools.cache
def _client_go():
    return programs.go("peers/client-go")


@functools.cache
def _kube_rs():
    return programs.rust("peers/kube-rs")


class ClientGo(Peer):
    """client-go's shared informers of typed objects, managedFields trimmed."""

    NAME = "client-go"
    PROGRAM = staticmethod(_client_go)


class ClientGoDynamic(ClientGo):
    """The same, the custom resources by the dynamic client, as controllers without generated types have them."""

    NAME = "client-go-dynamic"
    FLAGS = ("-dynamic",)


class KubeRs(Peer):
    """kube-rs's reflectors with streaming lists, managedFields dropped."""

    NAME = "kube-rs"
    PROGRAM = staticmethod(_kube_rs)


ALL = {subject.NAME: subject for subject in (Daemon, ClientGo, ClientGoDynamic, KubeRs)}


def _must_have(name, counted, chains):
    wanted = dict.fromkeys(RESOURCES, chains)
    if {resource: counted.get(resource) for resource in RESOURCES} != wanted:
        raise RuntimeError(f"{name} has synced, but has {counted} instead of {chains} of each")
