"""Ways to an API server that are not straight: proxies, credential plugins, rotating CAs and tokens, IPv6 alone."""
import contextlib
import json
import pathlib
import socket
import urllib.request

import context  # noqa: F401  pylint: disable=unused-import
from harness import kubeconfig, objects, wait
from harness.api import Api
from harness.case import ClusterCase, main
from harness.certs import Certificates
from harness.ports import free_ports
from middlemen import ForwardProxy, LoadBalancer

PLUGIN = """#!/bin/sh
echo >> '{folder}/runs'
cat <<END
{{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
  "status": {{"token": "$(cat '{folder}/token')", "expirationTimestamp": "$(date -u -d '+{seconds} seconds' +%FT%TZ)"}}}}
END
"""


class ConnectThrough(ClusterCase):
    def kubeconfig(self, name, **changes):
        return kubeconfig.write(f"{self.work}/{name}.kubeconfig",
                                **{"server": self.plane.server, "ca": self.plane.certs.ca, **changes})

    def token_of(self, account):
        """A token of an administrator that is made if it is missing; deleted, it takes its tokens with it."""
        self.plane.kubectl.apply(
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": "default", "name": account}},
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": account},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
             "subjects": [{"kind": "ServiceAccount", "namespace": "default", "name": account}]})
        return self.plane.kubectl("create", "token", account).strip()

    def is_accepted(self, token):
        """Whether the API server takes the token for somebody's, by its own TokenReview."""
        review = self.plane.api.call("POST", "/apis/authentication.k8s.io/v1/tokenreviews",
                                     {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
                                      "spec": {"token": token}})
        return review["status"].get("authenticated", False)

    def running(self, name, file, env=None, arguments=(), ready=True, **config):
        snaptrail = self.daemon(name, kubeconfig=file, retryAbsent="1s", **config)
        snaptrail.env, snaptrail.arguments = env or {}, arguments
        self.addCleanup(snaptrail.stop)
        return snaptrail.start_ready(60) if ready else snaptrail.start()

    def sees_a_claim(self, snaptrail, name, seconds=60):
        self.plane.kubectl.apply(objects.claim("default", name, "none"))
        snaptrail.until_row(seconds, kind="PersistentVolumeClaim", name=name, to="Pending")

    def proxy(self, **options):
        proxy = ForwardProxy(**options).start()
        self.addCleanup(proxy.stop)
        return proxy

    def says(self, snaptrail, pattern):
        """Waits until /readyz says why it is not ready."""
        def told():
            status, text = snaptrail.get("/readyz")
            self.assertRegex(text, pattern)
            return status
        self.assertEqual(snaptrail.until(f"/readyz to say {pattern}", told), 503)

    # Proxies.

    def test_a_server_that_only_a_proxy_can_reach(self):
        proxy = self.proxy(hosts={"kubernetes.default.svc": "127.0.0.1"}, login="me:s3cret")
        server = f"https://kubernetes.default.svc:{self.plane.port}"
        url = f"http://me:s3cret@127.0.0.1:{proxy.port}"
        file = self.kubeconfig("proxy", server=server, token=self.token_of("proxied"), more_cluster={"proxy-url": url})
        snaptrail = self.running("proxy", file)
        self.sees_a_claim(snaptrail, "through-proxy")
        self.assertEqual(set(proxy.asked), {f"kubernetes.default.svc:{self.plane.port}"})
        self.assertEqual(proxy.refused, 0)
        self.assertNotIn("s3cret", snaptrail.log_text())
        self.assertIn(f"proxy=http://127.0.0.1:{proxy.port}", snaptrail.log_text())

        proxy.cut()  # in the middle of the watches
        self.sees_a_claim(snaptrail, "after-the-cut")

    def test_a_proxy_that_refuses_is_named(self):
        proxy = self.proxy(login="me:s3cret")
        file = self.kubeconfig("refused", token="t",
                               more_cluster={"proxy-url": f"http://me:wr0ng@127.0.0.1:{proxy.port}"})
        snaptrail = self.running("refused", file, ready=False)
        self.says(snaptrail, rf"the proxy http://127\.0\.0\.1:{proxy.port} \(proxy-url\): HTTP 407; put the right user")
        self.assertNotIn("wr0ng", snaptrail.log_text())

    def test_the_environment_names_a_proxy_and_who_goes_without(self):
        token = self.token_of("by-environment")
        proxy = self.proxy(hosts={"kubernetes.default.svc": "127.0.0.1"})
        env = {"HTTPS_PROXY": f"127.0.0.1:{proxy.port}", "NO_PROXY": "10.0.0.0/8,example.com"}
        far = self.kubeconfig("far", server=f"https://kubernetes.default.svc:{self.plane.port}", token=token)
        snaptrail = self.running("far", far, env=env)
        self.sees_a_claim(snaptrail, "by-environment")
        self.assertTrue(proxy.asked)
        proxy.asked.clear()
        near = self.kubeconfig("near", token=token)  # 127.0.0.1: never by the environment's proxy
        self.sees_a_claim(self.running("near", near, env=env), "directly")
        other = self.kubeconfig("other", server=f"https://kubernetes.default.svc:{self.plane.port}", token=token)
        alone = self.running("other", other, env={**env, "NO_PROXY": ".default.svc"}, ready=False)
        self.says(alone, "kubernetes.default.svc can't be resolved")

    # Plugins.

    def exec_kubeconfig(self, name, seconds, **more):
        """A kubeconfig whose plugin prints the file `token` of its folder and counts its runs in the file `runs`."""
        folder = pathlib.Path(self.work, f"{name}-plugin")
        folder.mkdir()
        (folder / "runs").touch()
        program = folder / "plugin"
        program.write_text(PLUGIN.format(folder=folder, seconds=seconds))
        program.chmod(0o700)
        entry = {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "IfAvailable",
                 "command": str(program), **more}
        return folder, self.kubeconfig(name, more_user={"exec": entry})

    @staticmethod
    def runs(folder):
        return (folder / "runs").stat().st_size

    def test_a_plugin_whose_credentials_expire_after_seconds(self):
        folder, file = self.exec_kubeconfig("expiring", 4)
        (folder / "token").write_text(self.token_of("expiring"))
        snaptrail = self.running("expiring", file)
        self.assertLessEqual(self.runs(folder), 4, "all informers share a run")
        # What is absent is asked for every second, by several informers: each time with what has not expired.
        started = self.runs(folder)
        snaptrail.until("the plugin to run as its credentials expire", lambda: self.runs(folder) >= started + 3, 60)
        self.sees_a_claim(snaptrail, "expiring")
        self.assertNotIn((folder / "token").read_text(), snaptrail.log_text())

    def test_a_plugin_is_asked_again_once_its_token_is_refused(self):
        folder, file = self.exec_kubeconfig("refusal", 3600)
        first = self.token_of("first")
        (folder / "token").write_text(first)
        balancer = LoadBalancer(self.plane.port, self.plane.certs.ca, self.plane.server_cert).start()
        self.addCleanup(balancer.stop)
        file = self.kubeconfig("refusal", server=f"https://127.0.0.1:{balancer.port}",
                               more_user=json.loads(file.read_text())["users"][0]["user"])
        snaptrail = self.running("refusal", file)
        self.assertEqual(self.runs(folder), 1)
        second = self.token_of("second")
        (folder / "token").write_text(second)
        self.plane.kubectl("delete", "serviceaccount", "first")
        # The API server remembers for seconds that a token was good.
        wait.until("the first token to be refused", lambda: not self.is_accepted(first), 60)
        balancer.cut()  # new watches, with a token of nobody
        self.sees_a_claim(snaptrail, "second-token")
        self.assertGreaterEqual(self.runs(folder), 2)

    def test_a_plugin_that_fails_is_quoted_and_tried_again(self):
        folder, file = self.exec_kubeconfig("failing", 3600)
        good = (folder / "plugin").read_text()
        (folder / "plugin").write_text("#!/bin/sh\necho '{\"token\": \"s3cret\"}'\nprintf 'log \\033[1min' >&2\nexit 9\n")
        snaptrail = self.running("failing", file, ready=False)
        self.says(snaptrail, r"no credentials from the exec plugin .*exit code 9; it said: log \\+x1b\[1min")
        self.assertNotIn("s3cret", snaptrail.log_text())
        (folder / "token").write_text(self.token_of("late"))
        (folder / "plugin").write_text(good)
        snaptrail.until_ready(60)
        self.assertEqual(snaptrail.terminate(), 0)

    def test_a_plugin_that_hangs_does_not_keep_the_daemon_from_serving_or_ending(self):
        folder, file = self.exec_kubeconfig("hanging", 3600)
        (folder / "plugin").write_text("#!/bin/sh\nexec sleep 600\n")
        snaptrail = self.running("hanging", file, ready=False)
        self.assertEqual(snaptrail.get("/healthz")[0], 200)
        self.assertEqual(snaptrail.terminate(), 0)

    # Rotation.

    def test_a_ca_and_a_token_that_rotate_in_the_middle_of_a_watch(self):
        first, second = (Certificates(f"{self.work}/rotating-{n}", name=f"rotating-{n}") for n in (1, 2))
        identity = [certs.issue("balancer", "/CN=balancer", "serverAuth", ("IP:127.0.0.1",)) for certs in (first, second)]
        balancer = LoadBalancer(self.plane.port, self.plane.certs.ca, identity[0]).start()
        self.addCleanup(balancer.stop)
        ca, token = pathlib.Path(self.work, "rotating-ca.crt"), pathlib.Path(self.work, "rotating-token")
        ca.write_bytes(first.ca.read_bytes())
        token.write_text(self.token_of("before"))
        file = kubeconfig.write(f"{self.work}/rotating.kubeconfig", f"https://127.0.0.1:{balancer.port}",
                                token_file=token, more_cluster={"certificate-authority": str(ca)})
        snaptrail = self.running("rotating", file)
        self.sees_a_claim(snaptrail, "before-rotation")

        token.write_text(self.token_of("after"))
        ca.write_bytes(second.ca.read_bytes())
        balancer.use(identity[1])
        self.plane.kubectl("delete", "serviceaccount", "before")
        handshakes = balancer.handshakes
        balancer.cut()
        self.sees_a_claim(snaptrail, "after-rotation")
        self.assertGreater(balancer.handshakes, handshakes)
        self.assertEqual(snaptrail.metric("snaptrail_informer_synced", resource="volumesnapshots"), 1)
        self.assertNotIn(token.read_text(), snaptrail.log_text())

    # IPv6.

    def ipv6_server(self):
        """An API server of its own on [::1] alone, over a part of etcd of its own; returns its port."""
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
            port = probe.getsockname()[1]
        certificate, key = self.plane.certs.issue("ipv6", "/CN=ipv6", "serverAuth", ("IP:::1",))
        before, plane = dict(vars(self.plane)), self.plane
        plane.port, plane.server_cert = port, (certificate, key)
        plane.api = Api("::1", port, plane.certs.ca, *plane.admin_cert)
        plane.apiserver_flags = ("--etcd-prefix", "/ipv6", "--bind-address", "::1", "--service-cluster-ip-range",
                                 "fd00:10::/112")
        try:
            plane.start_apiserver()
        finally:
            vars(plane).update({key: before[key] for key in ("port", "server_cert", "api", "apiserver_flags")})
        return port

    def test_an_api_server_and_a_daemon_of_ipv6(self):
        port = self.ipv6_server()
        api = Api("::1", port, self.plane.certs.ca, *self.plane.admin_cert)
        certificate, key = self.plane.admin_cert
        file = self.kubeconfig("ipv6", server=f"https://[::1]:{port}", certificate=certificate, key=key)
        own = free_ports(1)[0]
        snaptrail = self.daemon("ipv6", kubeconfig=file, retryAbsent="1s", listen=f"[::]:{own}")
        snaptrail.port = own
        self.addCleanup(snaptrail.stop)
        snaptrail.start_ready(60)
        with contextlib.closing(urllib.request.urlopen(f"http://[::1]:{own}/healthz", timeout=10)) as answer:
            self.assertEqual(answer.status, 200)
        api.call("POST", "/api/v1/namespaces/default/persistentvolumeclaims", objects.claim("default", "six", "none"))
        snaptrail.until_row(kind="PersistentVolumeClaim", name="six", to="Pending")
        self.assertIn(f"server=https://[::1]:{port}", snaptrail.log_text())
        self.assertEqual(snaptrail.terminate(), 0)

        # The certificate is for ::1 alone: by a name it must not do, unless that is asked for.
        wrong = self.kubeconfig("ipv6-name", server=f"https://localhost:{port}", certificate=certificate, key=key)
        snaptrail = self.running("ipv6-name", wrong, ready=False)
        self.says(snaptrail, "certificate is for ::1, not for localhost")
        self.assertEqual(snaptrail.terminate(), 0)
        self.running("ipv6-tls-name", wrong, arguments=("--tls-server-name", "::1"))

    # Flags.

    def test_flags_go_over_the_kubeconfig_and_impersonate(self):
        certificate, key = self.plane.admin_cert
        nowhere = self.kubeconfig("flags", server="https://127.0.0.1:1")
        arguments = ("--server", self.plane.server, "--client-certificate", certificate, "--client-key", key)
        snaptrail = self.running("flags", nowhere, arguments=arguments)
        self.sees_a_claim(snaptrail, "by-flags")
        self.assertEqual(snaptrail.terminate(), 0)

        nobody = self.running("as", nowhere, arguments=(*arguments, "--as", "nobody", "--as-group", "none"), ready=False)
        nobody.until("the right that nobody lacks", lambda: "forbidden" in nobody.log_text().lower())
        self.assertIn("nobody", nobody.log_text())

        careless = self.running("careless", self.kubeconfig("careless", server=self.plane.server, certificate=certificate,
                                                            key=key), arguments=("--insecure-skip-tls-verify",))
        self.assertRegex(careless.log_text(), r"(?i)warn.*insecure-skip-tls-verify is set")


if __name__ == "__main__":
    main()
