"""snaptrail as a user runs it: `run` with a kubeconfig and a configuration file; what it shows over HTTP; its ledger."""
import http.client
import json
import os
import pathlib
import re
import sqlite3
import subprocess

from . import wait
from .ports import free_ports
from .process import Process

ROOT = pathlib.Path(__file__).resolve().parents[3]
SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


def binary():
    """The program under test: $SNAPTRAIL_BINARY, else build/snaptrail."""
    program = pathlib.Path(os.environ.get("SNAPTRAIL_BINARY", ROOT / "build" / "snaptrail"))
    if not os.access(program, os.X_OK):
        raise RuntimeError(f"{program} is no program: build it with ./dev build, or name another one in SNAPTRAIL_BINARY")
    return program


class Snaptrail:
    """One daemon and its folder: started and ended as often as a test likes, its ledger staying."""

    def __init__(self, folder, kubeconfig, name="snaptrail", **config):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.kubeconfig = kubeconfig
        self.name = name
        self.port = free_ports(1)[0]
        self.ledger = self.folder / "ledger.db"
        self.config = self.folder / "config.yaml"
        self.config.write_text(json.dumps({  # JSON is YAML
            "cluster": "e2e", "listen": f"127.0.0.1:{self.port}", "ledger": {"path": str(self.ledger)}, **config}))
        self.log = self.folder / f"{name}.log"
        self.arguments = ()  # further flags of `run`
        self.env = {}  # further variables
        self.process = None

    def start(self, listening=True):
        """Starts it; waits until it listens, unless told not to."""
        env = {"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder), **self.env}
        self.process = Process(self.name, [binary(), "run", "--kubeconfig", self.kubeconfig, "--config", self.config,
                                           *self.arguments], self.log, env=env).start()
        if listening:
            self.until("snaptrail to listen", lambda: self.get("/healthz")[0] == 200, 20)
        return self

    def start_ready(self, seconds=30):
        """Starts it and waits until it has synced."""
        self.start()
        self.until_ready(seconds)
        return self

    def until_ready(self, seconds=30):
        self.until("/readyz to say ready", self._is_ready, seconds)

    def _is_ready(self):
        status, text = self.get("/readyz")
        assert status == 200, f"/readyz: {status}: {text}"
        return True

    def until(self, what, condition, seconds=30):
        try:
            return wait.until(what, condition, seconds, still_alive=self.process.must_run)
        except wait.TimedOut as error:
            raise wait.TimedOut(f"{error}\n{self.process.tail()}") from error

    def terminate(self, seconds=10):
        """SIGTERM; the exit code, or None if it was not over in time."""
        self.process.signal(15)
        try:
            return self.process.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return None

    def stop(self):
        if self.process is not None:
            self.process.kill()

    # What it shows.

    def get(self, path):
        """(status, text) of its HTTP interface."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8")
        finally:
            connection.close()

    def metrics_text(self):
        status, text = self.get("/metrics")
        assert status == 200, f"/metrics: {status}: {text[:500]}"
        return text

    def samples(self, name, **labels):
        """The samples of a metric that carry these labels, as [(labels, value)]."""
        found = []
        for line in self.metrics_text().splitlines():
            match = SAMPLE.match(line)
            if match and match[1] == name:
                own = dict(LABEL.findall(match[2] or ""))
                if labels.items() <= own.items():
                    found.append((own, float(match[3])))
        return found

    def metric(self, name, **labels):
        """The sum of the samples of a metric with these labels; None if there are none."""
        values = [value for _, value in self.samples(name, **labels)]
        return sum(values) if values else None

    # What it has recorded.

    def rows(self, *arguments, **fields):
        """Rows of the ledger by `snaptrail timeline`, oldest first, that have these fields."""
        done = subprocess.run([binary(), "timeline", "--ledger", self.ledger, "-o", "ndjson", *map(str, arguments)],
                              capture_output=True, text=True, timeout=30, check=False)
        if done.returncode != 0:
            raise AssertionError(f"snaptrail timeline: exit code {done.returncode}: {done.stderr.strip()}")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        return [row for row in rows if all(row[key] == value for key, value in fields.items())]

    def until_row(self, seconds=30, **fields):
        """Waits for a row with these fields and returns the first."""
        return self.until(f"a row with {fields}", lambda: self.rows(**fields), seconds)[0]

    def query(self, sql, *parameters):
        """A query on the ledger's file by SQLite itself."""
        connection = sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(sql, parameters).fetchall()
        finally:
            connection.close()

    def log_text(self):
        return self.log.read_text(encoding="utf-8", errors="replace")


def path_of(rows):
    """The states that an object went through: from the first row's `from` on."""
    transitions = [row for row in rows if row["type"] == "transition"]
    for before, after in zip(transitions, transitions[1:]):
        assert after["from"] == before["to"], f"{before['to']} was followed by {after['from']} → {after['to']}: {after}"
    return [row["to"] for row in transitions]
