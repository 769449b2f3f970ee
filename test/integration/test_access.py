"""TLS and authentication of the daemon's own HTTP server, by a real API server's TokenReview and SubjectAccessReview."""
import http.client
import json
import os
import shutil
import signal
import ssl
import subprocess
import time

import context  # noqa: F401  pylint: disable=unused-import
from harness import kubeconfig, wait
from harness.case import ClusterCase, main
from harness.daemon import binary
from test_ask import own_address, service

READER = "system:serviceaccount:default:reader"


def rights(name, subject, *rules):
    """A ClusterRole of these rules, and its binding to a ServiceAccount of namespace default."""
    return ({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name},
             "rules": list(rules)},
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
             "subjects": [{"kind": "ServiceAccount", "namespace": "default", "name": subject}]})


def paths(*urls):
    return {"nonResourceURLs": list(urls), "verbs": ["get"]}


class Access(ClusterCase):
    @classmethod
    def prepare(cls):
        cls.certificate = os.path.join(cls.work, "tls.crt")
        cls.key = os.path.join(cls.work, "tls.key")
        cls.serial = cls.install_certificate("first")
        cls.snaptrail = cls.daemon(tls={"certFile": cls.certificate, "keyFile": cls.key}, auth={"enabled": True})
        config = json.loads(cls.snaptrail.config.read_text())
        config["listen"] = f"0.0.0.0:{cls.snaptrail.port}"
        cls.snaptrail.config.write_text(json.dumps(config))
        cls.snaptrail.get = cls.get  # the harness asks by plain HTTP
        cls.plane.kubectl.apply(*[{"apiVersion": "v1", "kind": "ServiceAccount",
                                   "metadata": {"namespace": "default", "name": name}}
                                  for name in ("reader", "stranger", "revoked", "asker")])
        cls.plane.kubectl.apply(*rights("scrape", "reader", paths("/metrics")),
                                *rights("scrape-too", "revoked", paths("/metrics")),
                                *rights("ask", "asker", paths("/snaptrail/api/v1/status", "/snaptrail/api/v1/version")))
        cls.reader = cls.token("reader")
        cls.snaptrail.start_ready(120)

    @classmethod
    def install_certificate(cls, name):
        """A new pair in place of the old one; the certificate's serial number."""
        made, key = cls.plane.certs.issue(f"daemon-{name}", "/CN=snaptrail", "serverAuth",
                                          ("IP:127.0.0.1", "DNS:snaptrail.ops.svc"))
        for source, target in ((made, cls.certificate), (key, cls.key)):
            shutil.copy(source, target + ".new")
            os.replace(target + ".new", target)
        return subprocess.run(["openssl", "x509", "-noout", "-serial", "-in", made], capture_output=True, text=True,
                              check=True).stdout.strip().partition("=")[2].lower()

    @classmethod
    def token(cls, account):
        return cls.plane.kubectl("create", "token", account).strip()

    @classmethod
    def connection(cls):
        trust = ssl.create_default_context(cafile=str(cls.plane.certs.ca))
        return http.client.HTTPSConnection("127.0.0.1", cls.snaptrail.port, context=trust, timeout=30)

    @classmethod
    def get(cls, path, token=None):
        """(status, text) by TLS, verified."""
        connection = cls.connection()
        try:
            fields = {"Authorization": f"Bearer {token}"} if token else {}
            connection.request("GET", path, headers=fields)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8")
        finally:
            connection.close()

    @classmethod
    def served_serial(cls):
        connection = cls.connection()
        try:
            connection.connect()
            return connection.sock.getpeercert()["serialNumber"].lower()
        finally:
            connection.close()

    def until_status(self, status, path, token):
        wait.until(f"{path} to answer {status}", lambda: self.get(path, token)[0] == status, 180)

    def test_who_sends_no_token_or_a_strange_one_gets_401(self):
        self.assertEqual(self.get("/metrics")[0], 401)
        self.assertEqual(self.get("/")[0], 401)
        self.assertEqual(self.get("/metrics", "nonsense")[0], 401)
        status, text = self.get("/api/v1/status", self.reader[:-8] + "AAAAAAAA")
        self.assertEqual(status, 401)
        self.assertIn("does not know this token", json.loads(text)["error"])

    def test_health_is_open_to_the_kubelet(self):
        self.assertEqual(self.get("/healthz")[0], 200)
        self.assertEqual(self.get("/readyz")[0], 200)

    def test_a_service_account_with_the_right_scrapes_and_another_one_does_not(self):
        status, text = self.get("/metrics", self.reader)
        self.assertEqual(status, 200)
        self.assertIn("snaptrail_build_info", text)
        status, text = self.get("/metrics", self.token("stranger"))
        self.assertEqual(status, 403)
        self.assertIn("system:serviceaccount:default:stranger may not get /metrics", text)
        self.assertEqual(self.get("/api/v1/status", self.reader)[0], 403)

    def test_a_scrape_of_everything_is_what_promtool_likes(self):
        text = self.get("/metrics", self.reader)[1]
        promtool = shutil.which("promtool")
        self.assertTrue(promtool, "promtool is missing")
        done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
        for name in ("snaptrail_http_certificate_not_after_timestamp_seconds", "snaptrail_http_auth_decisions_total",
                     "snaptrail_kubernetes_events_total"):
            self.assertIn(f"# TYPE {name} ", text)

    def test_a_revoked_token_is_good_for_a_minute_at_most(self):
        token = self.token("revoked")
        self.assertEqual(self.get("/metrics", token)[0], 200)
        self.plane.kubectl("delete", "serviceaccount", "revoked")
        began = time.monotonic()
        self.until_status(401, "/metrics", token)
        self.assertLess(time.monotonic() - began, 150)

    def test_a_right_that_is_given_is_noticed(self):
        token = self.token("stranger")
        self.assertEqual(self.get("/api/v1/version", token)[0], 403)
        self.plane.kubectl.apply(*rights("later", "stranger", paths("/snaptrail/api/v1/version")))
        self.until_status(200, "/api/v1/version", token)

    def test_no_token_is_in_the_log(self):
        self.get("/metrics", self.reader)
        log = self.snaptrail.log_text()
        self.assertNotIn(self.reader, log)
        self.assertNotIn(self.reader.split(".")[2], log)

    def test_a_renewed_certificate_is_shown_and_a_damaged_one_is_not(self):
        self.assertEqual(int(self.served_serial(), 16), int(self.serial, 16))
        with open(self.key, "w", encoding="utf-8") as file:
            file.write("nonsense")
        self.snaptrail.process.signal(signal.SIGHUP)
        wait.until("the damaged key to be said", lambda: "can't be used" in self.snaptrail.log_text(), 120)
        self.assertIn("snaptrail_http_certificate_last_reload_successful 0", self.get("/metrics", self.reader)[1])
        second = self.install_certificate("second")
        wait.until("the new certificate", lambda: int(self.served_serial(), 16) == int(second, 16), 120)
        self.assertIn("snaptrail_http_certificate_last_reload_successful 1", self.get("/metrics", self.reader)[1])

    def run_status(self, *arguments, code=0, config=None):
        env = {"PATH": os.environ["PATH"], "HOME": self.work, "KUBECONFIG": str(config or self.plane.kubeconfig)}
        done = subprocess.run([binary(), "status", "-A", *map(str, arguments)], capture_output=True, text=True,
                              timeout=60, env=env, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stderr if code else done.stdout

    def test_status_asks_it_directly_with_a_token(self):
        url = f"https://127.0.0.1:{self.snaptrail.port}"
        trust = ("--daemon", url, "--certificate-authority", self.plane.certs.ca)
        self.run_status(*trust, "--token", self.token("asker"))
        self.run_status(*trust, "--tls-server-name", "snaptrail.ops.svc", "--token", self.token("asker"))
        self.assertIn("kubectl create token", self.run_status(*trust, code=3))
        self.assertIn("nonResourceURLs", self.run_status(*trust, "--token", self.reader, code=3))
        self.assertIn("--certificate-authority", self.run_status("--daemon", url, code=3))
        self.run_status("--daemon", url, "--insecure-skip-tls-verify", "--token", self.token("asker"))
        self.assertIn("plain HTTP", self.run_status("--daemon", "http://192.0.2.1:1", "--token", "t", code=2))

    def proxied(self, snaptrail):
        """A Service `snaptrail` in namespace ops with a port `https`, and the pod that this daemon plays."""
        self.plane.kubectl.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ops"}})
        self.plane.kubectl.apply(
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": "ops", "name": "default"}},
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "ops", "name": "snaptrail-0"},
             "spec": {"nodeName": "here", "automountServiceAccountToken": False,
                      "containers": [{"name": "snaptrail", "image": "snaptrail"}]}})
        self.plane.api.merge_patch("/api/v1/namespaces/ops/pods/snaptrail-0/status", {"status": {
            "phase": "Running", "podIP": own_address(), "podIPs": [{"ip": own_address()}]}})
        objects = json.loads(json.dumps(service("ops", snaptrail.port, address=own_address())).replace(
            '"name": "http"', '"name": "https"'))
        self.plane.kubectl.apply(*objects)

    def test_the_service_proxy_hands_no_token_on_and_status_says_what_to_do(self):
        self.proxied(self.snaptrail)
        admin = kubeconfig.write(f"{self.work}/admin", self.plane.server, self.plane.certs.ca,
                                 token=self.token("asker"))
        for config in (None, admin):  # by certificate, and by a token that the daemon itself would take
            if config:
                self.plane.kubectl.apply(*rights("proxy", "asker", {
                    "apiGroups": [""], "resources": ["services", "services/proxy"], "verbs": ["get", "list"]}))
            text = wait.until("the proxy to reach it", lambda config=config: self.run_status(config=config, code=3), 60)
            self.assertIn("hands no token on", text)
            self.assertIn("port-forward svc/snaptrail 18080:https", text)
            self.assertIn("--tls-server-name snaptrail.ops.svc", text)

    def test_with_tls_alone_the_service_proxy_goes_on_working(self):
        only_tls = self.daemon("only-tls", tls={"certFile": self.certificate, "keyFile": self.key})
        config = json.loads(only_tls.config.read_text())
        config["listen"] = f"0.0.0.0:{only_tls.port}"
        only_tls.config.write_text(json.dumps(config))
        only_tls.start(listening=False)
        self.proxied(only_tls)
        wait.until("an answer through the proxy", lambda: self.run_status() is not None, 120)
        only_tls.stop()

    def test_without_the_rights_to_ask_everybody_gets_503(self):
        account = self.plane.kubectl("create", "token", "stranger", "--duration=1h").strip()
        file = kubeconfig.write(f"{self.work}/powerless.kubeconfig", self.plane.server, self.plane.certs.ca, token=account)
        powerless = self.daemon("powerless", kubeconfig=file, auth={"enabled": True})
        powerless.start()
        asked = http.client.HTTPConnection("127.0.0.1", powerless.port, timeout=30)
        self.addCleanup(asked.close)
        asked.request("GET", "/metrics", headers={"Authorization": f"Bearer {self.reader}"})
        answer = asked.getresponse()
        self.assertEqual(answer.status, 503)
        self.assertEqual(answer.getheader("Retry-After"), "5")
        self.assertIn("`create` on tokenreviews", powerless.log_text())
        self.assertIn("without TLS", powerless.log_text())
        powerless.stop()


if __name__ == "__main__":
    main()
