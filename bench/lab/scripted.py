"""The scripted server of bench/scripted, and a daemon that watches it."""
import contextlib
import functools

from harness import kubeconfig
from harness.daemon import Snaptrail

from . import programs, templates
from .lines import LineProgram


@functools.cache
def _program():
    return programs.go("scripted")


@contextlib.contextmanager
def watched(folder, chains, **config):
    """(server, daemon): a server with so many chains, and `snaptrail run` that has synced with it and recorded everything.

    `config`: what differs from the daemon's defaults.
    """
    with templates.file() as file, contextlib.ExitStack() as stack:
        server = LineProgram([_program(), "-chains", chains, "-templates", file], folder / "scripted.log")
        stack.callback(server.stop)
        path = folder / "kubeconfig"
        kubeconfig.write(path, server.answer(30)["server"])
        daemon = Snaptrail(folder, path, **config).start()
        stack.callback(daemon.terminate, 30)
        daemon.until_ready(600)
        daemon.until("every record in the ledger",
                     lambda: daemon.query("SELECT count(*) FROM objects")[0][0] >= 4 * chains, 600)
        yield server, daemon
