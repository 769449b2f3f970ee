"""A server that cannot be used: `run` goes on, says what is wrong in a way that helps, and works as soon as it can."""
import contextlib
import http.server
import pathlib
import ssl
import subprocess
import threading

import context  # noqa: F401  pylint: disable=unused-import
from harness import bulk, kubeconfig, objects
from harness.case import ClusterCase, main
from harness.certs import Certificates
from harness.daemon import binary


class Connection(ClusterCase):
    def kubeconfig(self, name, **changes):
        cluster = {"server": self.plane.server, "ca": self.plane.certs.ca}
        return kubeconfig.write(f"{self.work}/{name}.kubeconfig", **{**cluster, **changes})

    def admin(self):
        certificate, key = self.plane.admin_cert
        return {"certificate": certificate, "key": key}

    def unready(self, name, file, pattern):
        """Starts a daemon that cannot work, and waits until /readyz says why."""
        snaptrail = self.daemon(name, kubeconfig=file, retryAbsent="1s").start()
        self.addCleanup(snaptrail.stop)

        def told():
            status, text = snaptrail.get("/readyz")
            self.assertRegex(text, pattern)
            return status
        self.status = snaptrail.until(f"/readyz to say {pattern}", told)
        self.assertRegex(snaptrail.log_text(), pattern)
        self.assertEqual(snaptrail.get("/healthz")[0], 200, "a restart would not help")
        self.assertEqual(snaptrail.metric("snaptrail_informer_synced", resource="volumesnapshots"), 0)
        return snaptrail

    def admin_token(self):
        self.plane.kubectl.apply(
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": "default", "name": "admin"}},
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "admin"},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
             "subjects": [{"kind": "ServiceAccount", "namespace": "default", "name": "admin"}]})
        return self.plane.kubectl("create", "token", "admin").strip()

    def test_a_token_that_is_refused_and_then_replaced(self):
        # A restore under way: whoever sees the claim without its snapshot takes it to be waiting.
        with contextlib.closing(self.plane.etcd()) as etcd:
            etcd.put_all(bulk.chains(1))
        namespace = bulk.namespace_of(0)
        self.plane.kubectl.apply(objects.claim(namespace, "copy", "none", snapshot="velero-data-0"))
        token_file = pathlib.Path(self.work, "the-token")
        token_file.write_text("not-a-token-at-all")
        snaptrail = self.unready("token", self.kubeconfig("token", token_file=token_file), r"401|[Uu]nauthorized")
        self.assertEqual(self.status, 503, "nothing can be seen: that is not ready")
        self.assertNotIn("not-a-token-at-all", snaptrail.log_text())

        token = self.admin_token()
        token_file.write_text(token)
        snaptrail.until("the new token to be used", lambda: snaptrail.metric(
            "snaptrail_informer_synced", resource="volumesnapshots") == 1, 60)
        snaptrail.until_ready()
        found = snaptrail.until("the claim's record", lambda: snaptrail.query(
            "SELECT state FROM objects WHERE kind = 'PersistentVolumeClaim' AND name = 'copy'"))
        self.assertEqual(found, [("Requested",)])
        self.assertEqual(snaptrail.rows(type="transition"), [], "what has long been there is no transition")
        self.assertEqual(snaptrail.terminate(), 0)
        self.assertNotIn(token, snaptrail.log_text(), "a token is a secret")

    def test_a_server_whose_ca_is_another(self):
        other = Certificates(f"{self.work}/other-ca", name="somebody else")
        snaptrail = self.unready("ca", self.kubeconfig("ca", ca=other.ca, **self.admin()), r"(?i)certificate")
        self.assertEqual(self.status, 503)
        self.assertEqual(snaptrail.terminate(), 0)

    def test_a_server_whose_certificate_has_expired(self):
        certificate, key = self.plane.certs.issue("expired-server", "/CN=expired", "serverAuth", ("IP:127.0.0.1",),
                                                  expired=True)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # each client that refuses the certificate is one
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        file = self.kubeconfig("expired-server", server=f"https://127.0.0.1:{server.server_port}")
        snaptrail = self.unready("expired-server", file, r"(?i)certificate.*expired")
        self.assertEqual(snaptrail.terminate(), 0)

    def test_a_client_certificate_that_has_expired(self):
        certificate, key = self.plane.certs.issue("expired-client", "/O=system:masters/CN=admin", "clientAuth",
                                                  expired=True)
        file = self.kubeconfig("expired-client", certificate=certificate, key=key)
        snaptrail = self.unready("expired-client", file, r"(?i)401|unauthorized|certificate.*expired")
        self.assertEqual(snaptrail.terminate(), 0)

    def test_a_server_that_comes_later(self):
        self.plane.stop_one("kube-apiserver", kill=True)
        try:
            snaptrail = self.unready("late", self.plane.kubeconfig, r"(?i)refused|reach")
            self.assertEqual(self.status, 503)
        finally:
            self.plane.start_apiserver()
        snaptrail.until_ready(60)
        name = "after"
        self.plane.kubectl.apply(objects.claim("default", name, "none"))
        snaptrail.until_row(kind="PersistentVolumeClaim", name=name, to="Pending")
        self.assertEqual(snaptrail.terminate(), 0)

    def run_to_its_end(self, *arguments):
        done = subprocess.run([binary(), "run", *map(str, arguments)], capture_output=True, text=True, timeout=20,
                              check=False, env={"HOME": self.work})
        return done.returncode, done.stderr

    def test_only_usage_and_configuration_end_it(self):
        missing = pathlib.Path(self.work, "no-such-kubeconfig")
        code, text = self.run_to_its_end("--kubeconfig", missing)
        self.assertEqual(code, 2, text)
        self.assertIn(str(missing), text)
        config = pathlib.Path(self.work, "bad.yaml")
        config.write_text("listen: 127.0.0.1:0\nledgr:\n  path: x\n")
        code, text = self.run_to_its_end("--kubeconfig", self.plane.kubeconfig, "--config", config)
        self.assertEqual(code, 2, text)
        self.assertIn(f"{config}:2", text)
        code, text = self.run_to_its_end("--no-such-flag")
        self.assertEqual(code, 2, text)


if __name__ == "__main__":
    main()
