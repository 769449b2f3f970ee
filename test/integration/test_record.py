"""`record` with the rights of one namespace, its limits, and what an interrupted recording is good for."""
import json
import pathlib
import signal
import subprocess
import zlib

import context  # noqa: F401  pylint: disable=unused-import
from harness import kubeconfig, objects, wait
from harness.case import ClusterCase, main
from harness.daemon import binary

SEE = ["list", "watch"]


def inflated(data):
    """What can be read of gzip members, the last of which may lack its end."""
    text = b""
    while data:
        stream = zlib.decompressobj(31)
        text += stream.decompress(data)
        data = stream.unused_data
    return text


def lines_of(file):
    """The whole lines of a recording that may still be written."""
    if not file.exists():
        return []
    data = file.read_bytes()
    text = (inflated(data) if file.suffix == ".gz" else data).decode()
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def names_of(lines, resource):
    return {line["event"]["object"]["metadata"].get("name") for line in lines
            if line.get("resource") == resource and line.get("event", {}).get("type") != "BOOKMARK"}


def meanwhile(line):
    """The label that the test sets while nobody records."""
    return line.get("event", {}).get("object", {}).get("metadata", {}).get("labels", {}).get("meanwhile")


class Record(ClusterCase):
    @classmethod
    def prepare(cls):
        api = "rbac.authorization.k8s.io/v1"
        rules = [{"apiGroups": ["snapshot.storage.k8s.io"], "resources": ["volumesnapshots"], "verbs": SEE},
                 {"apiGroups": [""], "resources": ["persistentvolumeclaims", "events"], "verbs": SEE}]
        made = [{"apiVersion": "v1", "kind": "ServiceAccount",
                 "metadata": {"namespace": "default", "name": "recorder"}}]
        for name in ("shop", "bank", "other"):
            made.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
            snapshot = objects.snapshot(name, f"s-{name}", "none", "data")
            snapshot["metadata"]["annotations"] = {"example.com/password": "hunter2", "velero.io/keep": "this"}
            made.append(snapshot)
        for name in ("shop", "bank"):
            made.append({"apiVersion": api, "kind": "Role", "metadata": {"namespace": name, "name": "r"},
                         "rules": rules})
            made.append({"apiVersion": api, "kind": "RoleBinding", "metadata": {"namespace": name, "name": "r"},
                         "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"},
                         "subjects": [{"kind": "ServiceAccount", "namespace": "default", "name": "recorder"}]})
        cls.plane.kubectl.apply(*made)
        token = cls.plane.kubectl("create", "token", "recorder").strip()
        cls.limited = kubeconfig.write(f"{cls.work}/limited", cls.plane.server, cls.plane.certs.ca, token=token)

    def record(self, *arguments, config=None):
        child = subprocess.Popen([binary(), "record", *map(str, arguments), "--kubeconfig",
                                  str(config or self.plane.kubeconfig)], stderr=subprocess.PIPE, text=True)
        self.addCleanup(child.stderr.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        return child

    def replay(self, *arguments):
        done = subprocess.run([binary(), "replay", "-o", "ndjson", *map(str, arguments)], capture_output=True,
                              text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_namespaces_are_recorded_with_the_rights_of_these_alone(self):
        file = pathlib.Path(self.work, "two.ndjson")
        child = self.record(file, "-n", "shop", "-n", "bank", config=self.limited)
        wait.until("both lists", lambda: names_of(lines_of(file), "volumesnapshots") == {"s-shop", "s-bank"})
        self.plane.kubectl.apply(objects.snapshot("bank", "later", "none", "data"),
                                 objects.snapshot("other", "unseen", "none", "data"))
        wait.until("what comes later", lambda: "later" in names_of(lines_of(file), "volumesnapshots"))
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(20), 0)
        text = file.read_text()
        self.assertNotIn("s-other", text)
        self.assertNotIn("unseen", text)
        self.assertNotIn("hunter2", text, "annotations that are not on the list may hold anything")
        self.assertIn("velero.io/keep", text)
        ends = [line for line in lines_of(file) if line.get("resource") == "volumesnapshots"
                and line.get("event", {}).get("type") == "BOOKMARK"
                and "k8s.io/initial-events-end" in line["event"]["object"]["metadata"].get("annotations", {})]
        self.assertEqual(len(ends), 1, "the namespaces are one list")
        rows = self.replay(file)
        self.assertEqual({(row["name"], row["late"]) for row in rows
                          if row["kind"] == "VolumeSnapshot" and row["type"] == "transition"},
                         {("s-shop", True), ("s-bank", True), ("later", False)})

    def test_limits_end_it(self):
        file = pathlib.Path(self.work, "short.ndjson.gz")
        # Long enough for the lists on a machine that is busy with other tests.
        self.assertEqual(self.record(file, "--duration", "15s").wait(60), 0)
        self.assertIn("s-other", names_of(lines_of(file), "volumesnapshots"))
        small = pathlib.Path(self.work, "small.ndjson")
        child = self.record(small, "--max-size", "1k")
        self.assertEqual(child.wait(30), 0)
        self.assertIn("--max-size 1k is reached", child.stderr.read())
        self.assertGreaterEqual(small.stat().st_size, 1000)
        smallest = self.record(pathlib.Path(self.work, "smallest.ndjson"), "--max-size", "1")
        self.assertEqual(smallest.wait(30), 0, "a limit that is reached before anything was seen is no failure")

    def test_an_interrupted_recording_goes_on_behind_a_gap(self):
        for name in ("cut.ndjson", "cut.ndjson.gz"):
            with self.subTest(name=name):
                file = pathlib.Path(self.work, name)
                child = self.record(file)
                wait.until("something to lose", lambda: names_of(lines_of(file), "volumesnapshots"))
                child.kill()
                child.wait()
                if not name.endswith(".gz"):
                    with file.open("a") as out:
                        out.write('{"at":1795389067.078,"resou')
                self.plane.kubectl("label", "--overwrite", "-n", "other", "volumesnapshot/s-other", f"meanwhile={name}")
                child = self.record(file, "--resume")
                wait.until("the new list", lambda: any(name == label for label in map(meanwhile, lines_of(file))))
                child.send_signal(signal.SIGINT)
                self.assertEqual(child.wait(20), 0, child.stderr.read())
                gaps = [row for row in self.replay(file) if row["type"] == "gap"]
                self.assertIn("volumesnapshots", {row["gap"]["resource"] for row in gaps})
                self.assertEqual({row["gap"]["cause"] for row in gaps}, {"restarted"})

    def test_a_file_that_exists_is_not_overwritten_and_another_clusters_not_resumed(self):
        file = pathlib.Path(self.work, "other.ndjson")
        file.write_text('{"recording":1,"cluster":"somewhere else"}\n')
        child = self.record(file)
        self.assertEqual(child.wait(20), 2)
        self.assertIn("already", child.stderr.read())
        child = self.record(file, "--resume")
        self.assertEqual(child.wait(20), 2)
        self.assertIn("somewhere else", child.stderr.read())
        self.assertEqual(file.read_text(), '{"recording":1,"cluster":"somewhere else"}\n')


if __name__ == "__main__":
    main()
