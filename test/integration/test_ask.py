"""A person at a laptop: `kubectl snaptrail` asks the daemon through a real API server's service proxy."""
import json
import os
import pathlib
import re
import socket
import subprocess
import threading

import context  # noqa: F401  pylint: disable=unused-import
from harness import kubeconfig, objects, wait
from harness.case import ClusterCase, main
from harness.daemon import binary

LABELS = {"app.kubernetes.io/name": "snaptrail"}


def own_address():
    """An address of this machine that is not loopback: the API server refuses endpoints there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # nothing is sent: the route alone tells
        return probe.getsockname()[0]


POD = "snaptrail-0"


def service(namespace, port, name="snaptrail", address=None):
    """The daemon's Service, and where it leads to if there is an address: that of a pod, or the API server refuses."""
    target = {"kind": "Pod", "namespace": namespace, "name": POD}
    meta = {"namespace": namespace, "name": name, "labels": LABELS}
    made = [{"apiVersion": "v1", "kind": "Service", "metadata": meta,
             "spec": {"ports": [{"name": "http", "port": port, "targetPort": port}]}}]
    if address:
        made.append({"apiVersion": "v1", "kind": "Endpoints", "metadata": {"namespace": namespace, "name": name},
                     "subsets": [{"addresses": [{"ip": address, "targetRef": target}],
                                  "ports": [{"name": "http", "port": port}]}]})
        made.append({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                     "metadata": {"namespace": namespace, "name": name, "labels": {"kubernetes.io/service-name": name}},
                     "endpoints": [{"addresses": [address], "conditions": {"ready": True}, "targetRef": target}],
                     "ports": [{"name": "http", "port": port, "protocol": "TCP"}]})
    return made


def namespace(name):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


class Ask(ClusterCase):
    @classmethod
    def prepare(cls):
        cls.plugins = pathlib.Path(cls.work, "plugins")
        cls.plugins.mkdir()
        for name in ("kubectl-snaptrail", "kubectl_complete-snaptrail"):
            (cls.plugins / name).symlink_to(pathlib.Path(binary()).resolve())
        cls.snaptrail = cls.daemon()
        config = json.loads(cls.snaptrail.config.read_text())
        config["listen"] = f"0.0.0.0:{cls.snaptrail.port}"
        cls.snaptrail.config.write_text(json.dumps(config))
        cls.snaptrail.start_ready()
        cls.plane.kubectl.apply(
            namespace("ops"), namespace("shop"), objects.claim("shop", "data", "none"),
            objects.snapshot("shop", "nightly", "none", "data"), objects.snapshot("default", "other", "none", "data"))
        # No kubelet is here to run it: the daemon of this test plays the pod.
        cls.plane.kubectl.apply(
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": "ops", "name": "default"}},
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "ops", "name": POD, "labels": LABELS},
             "spec": {"nodeName": "here", "automountServiceAccountToken": False,
                      "containers": [{"name": "snaptrail", "image": "snaptrail"}]}})
        cls.plane.api.merge_patch(f"/api/v1/namespaces/ops/pods/{POD}/status", {"status": {
            "phase": "Running", "podIP": own_address(), "podIPs": [{"ip": own_address()}]}})
        cls.snaptrail.until_row(kind="VolumeSnapshot", name="nightly", to="Pending")
        cls.snaptrail.until_row(kind="VolumeSnapshot", name="other", to="Pending")
        cls.snaptrail.until_row(kind="PersistentVolumeClaim", name="data")

    def setUp(self):
        self.plane.kubectl.apply(*service("ops", self.snaptrail.port, address=own_address()))

    def environment(self, config=None):
        return {"PATH": f"{self.plugins}:{os.environ['PATH']}", "HOME": self.work,
                "KUBECONFIG": str(config or self.plane.kubeconfig)}

    def ask(self, *arguments, config=None, code=0):
        """`kubectl snaptrail ARGUMENTS`: its output, or its errors where it is to fail with `code`."""
        done = subprocess.run([self.plane.kubectl.program, "snaptrail", *map(str, arguments)], capture_output=True,
                              text=True, timeout=60, env=self.environment(config), check=False)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}{done.stderr}")
        return done.stderr if code else done.stdout

    def of_one_moment(self, asked):
        """Answers between whose first and last, both of one source, nothing was recorded: a finding may begin meanwhile."""
        def undisturbed():
            answers = asked()
            return answers if answers[0] == answers[-1] else None
        return wait.until("answers of one moment", undisturbed, seconds=60)

    def remove(self, *names):
        self.plane.kubectl("delete", "--ignore-not-found", "--wait=false", *names)

    def test_status_comes_through_the_proxy_as_from_the_daemon_and_its_file(self):
        through = self.ask("status", "-a", "-o", "ndjson")
        items = [json.loads(line) for line in through.splitlines()]
        self.assertEqual({(item["kind"], item["namespace"], item["name"]) for item in items},
                         {("VolumeSnapshot", "shop", "nightly"), ("VolumeSnapshot", "default", "other"),
                          ("PersistentVolumeClaim", "shop", "data")})
        url = f"http://127.0.0.1:{self.snaptrail.port}"
        for arguments in (("status",), ("status", "-a"), ("status", "-n", "shop"), ("status", "pvc"),
                          ("timeline",), ("timeline", "-n", "shop"), ("timeline", "vs/nightly"),
                          ("timeline", "--limit", "2"), ("timeline", "--since", "1h")):
            with self.subTest(arguments=arguments):
                before, answer, file, after = self.of_one_moment(
                    lambda: [self.ask(*arguments, "-o", "json", *source) for source in (
                        ("--daemon", url), (), ("--ledger", self.snaptrail.ledger), ("--daemon", url))])
                self.assertTrue(json.loads(answer))
                self.assertEqual(answer, before)
                self.assertEqual(answer, file)
                self.assertEqual(answer, after)

    def test_tables_are_for_people(self):
        table = self.ask("status", "-o", "table").splitlines()
        self.assertRegex(table[0], r"^NAMESPACE +KIND +NAME +STATE +REASON +SINCE +DRIVER +HANDLE +FOR$")
        self.assertRegex("\n".join(table),
                         r"(?m)^shop +VolumeSnapshot +nightly +Pending +(-|SnapshotClassNotFound) +\d+(s|m\d+s)")
        self.assertEqual(len(self.ask("status", "-n", "shop", "-o", "table", "--no-headers").splitlines()), 1)
        rows = self.ask("timeline", "vs/nightly", "-o", "wide", "--utc").splitlines()
        self.assertRegex(rows[0], r"^TIME \(UTC\) +KIND +OBJECT +CHANGE +DETAILS$")
        self.assertRegex(rows[1],
                         r"^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} +snapshot +shop/nightly +new → Pending .*uid=")

    def test_pages_join_to_the_whole(self):
        whole = json.loads(self.snaptrail.get("/api/v1/timeline")[1])
        joined, token = [], ""
        while token is not None:
            page = json.loads(self.snaptrail.get(f"/api/v1/timeline?limit=1&continue={token}")[1])
            self.assertEqual(len(page["items"]), 1)
            joined += page["items"]
            token = page["continue"]
        self.assertEqual(joined, whole["items"])

    def test_what_the_daemon_refuses_is_a_usage_error(self):
        self.assertIn("--since", self.ask("timeline", "--since", "yesterday", code=2))
        self.assertIn("no kind", self.ask("status", "pod/x", code=2))

    def test_version_tells_of_all_three(self):
        found = json.loads(self.ask("version", "-o", "json"))
        self.assertEqual(found["client"]["version"], found["daemon"]["version"])
        self.assertEqual(found["daemon"]["cluster"], "e2e")
        self.assertEqual(found["daemon"]["where"], "service ops/snaptrail")
        self.assertEqual(found["server"]["version"], self.plane.api.get("/version")["gitVersion"])

    def test_no_daemon_is_said(self):
        self.remove("-n", "ops", "service/snaptrail")
        text = self.ask("status", code=3)
        self.assertIn("there is no snaptrail daemon", text)
        self.assertIn("app.kubernetes.io/name=snaptrail", text)
        self.assertIn("--daemon", text)
        self.assertIn("not reached", self.ask("version"))

    def test_several_daemons_are_named_and_a_flag_chooses(self):
        self.plane.kubectl.apply(*service("shop", self.snaptrail.port))
        self.addCleanup(self.remove, "-n", "shop", "service/snaptrail")
        self.assertIn("ops/snaptrail, shop/snaptrail", self.ask("status", code=3))
        self.assertIn("nightly", self.ask("status", "--daemon-namespace", "ops"))
        self.assertIn("nightly", self.ask("status", "--daemon-service", "ops/snaptrail:http"))

    def test_a_service_with_nobody_behind_it_is_said(self):
        self.plane.kubectl.apply(*service("shop", self.snaptrail.port, name="empty"))
        self.addCleanup(self.remove, "-n", "shop", "service/empty")
        text = self.ask("status", "--daemon-service", "shop/empty", code=3)
        self.assertIn("can't reach a daemon behind it", text)
        self.assertIn("kubectl -n shop get pods", text)

    def test_the_role_that_is_printed_gives_the_right(self):
        self.plane.kubectl.apply(
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": "default", "name": "reader"}})
        token = self.plane.kubectl("create", "token", "reader").strip()
        reader = kubeconfig.write(f"{self.work}/reader", self.plane.server, self.plane.certs.ca, token=token)
        self.assertIn("--daemon-namespace", self.ask("status", config=reader, code=3))

        # Who may only look for it is told what is missing to ask it; who may do nothing, what is missing for both.
        for arguments in (("--daemon-namespace", "ops"), ("--daemon-service", "ops/snaptrail")):
            with self.subTest(arguments=arguments):
                text = self.ask("status", *arguments, config=reader, code=3)
                self.assertNotIn(token, text)
                role = re.search(r"(?ms)^apiVersion:.*^subjects:.*?YOUR-NAME", text)[0]
                role = role.replace("YOUR-NAME", "system:serviceaccount:default:reader")
                self.plane.kubectl("apply", "-f", "-", stdin=role)
                wait.until("the right to be noticed", lambda: self.ask("status", "--daemon-namespace", "ops",
                                                                       config=reader))
                self.assertIn("nightly", self.ask("status", *arguments, config=reader))
                self.remove("-n", "ops", "rolebinding/snaptrail-reader", "role/snaptrail-reader")
                wait.until("the right to be gone",
                           lambda: self.ask("status", "--daemon-namespace", "ops", config=reader, code=3))

    def test_a_server_that_is_not_there_is_3(self):
        file = kubeconfig.write(f"{self.work}/nowhere", "https://127.0.0.1:1", self.plane.certs.ca)
        self.assertIn("127.0.0.1:1", self.ask("status", config=file, code=3))

    def test_kubectl_completes_the_plugins_arguments(self):
        done = subprocess.run([self.plane.kubectl.program, "__complete", "snaptrail", "stat"], capture_output=True,
                              text=True, timeout=60, env=self.environment(), check=True)
        self.assertRegex(done.stdout, r"(?m)^status\t")
        done = subprocess.run([self.plane.kubectl.program, "__complete", "snaptrail", "timeline", "-o", "nd"],
                              capture_output=True, text=True, timeout=60, env=self.environment(), check=True)
        self.assertRegex(done.stdout, r"(?m)^ndjson$")

    def test_watch_shows_what_changes(self):
        lines = []
        with subprocess.Popen([self.plane.kubectl.program, "snaptrail", "status", "-w", "-n", "shop", "-o", "ndjson"],
                              stdout=subprocess.PIPE, text=True, env=self.environment()) as child:
            threading.Thread(target=lambda: lines.extend(child.stdout), daemon=True).start()
            wait.until("what is there", lambda: any('"nightly"' in line for line in list(lines)))
            self.plane.kubectl.apply(objects.snapshot("shop", "late", "none", "data"))
            wait.until("the new snapshot", lambda: any('"late"' in line for line in list(lines)))
            self.remove("-n", "shop", "volumesnapshot/late")
            wait.until("its end", lambda: any('"late"' in line and '"Deleted"' in line for line in list(lines)))
            child.kill()
        self.assertEqual(sum('"nightly"' in line for line in lines), 1, "what does not change is shown once")


if __name__ == "__main__":
    main()
