"""The API server over HTTPS with an administrator's certificate, and kubectl for what users do with kubectl."""
import http.client
import json
import os
import shutil
import ssl
import subprocess


class ApiError(AssertionError):
    """The API server answered with an error."""

    def __init__(self, status, text):
        super().__init__(f"HTTP {status}: {text[:800]}")
        self.status = status


class Api:
    """JSON calls on a connection of their own."""

    def __init__(self, host, port, ca, certificate, key):
        self.context = ssl.create_default_context(cafile=str(ca))
        self.context.load_cert_chain(str(certificate), str(key))
        self.host, self.port = host, port

    def call(self, method, path, body=None, content_type="application/json", timeout=30):
        connection = http.client.HTTPSConnection(self.host, self.port, context=self.context, timeout=timeout)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": content_type})
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        if answer.status >= 300:
            raise ApiError(answer.status, text)
        return json.loads(text) if text.startswith(("{", "[")) else text

    def get(self, path):
        return self.call("GET", path)

    def get_or_none(self, path):
        try:
            return self.get(path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def merge_patch(self, path, body):
        return self.call("PATCH", path, body, "application/merge-patch+json")


CORE = "/api/v1"
SNAPSHOTS = "/apis/snapshot.storage.k8s.io/v1"


def snapshot_path(namespace, name):
    return f"{SNAPSHOTS}/namespaces/{namespace}/volumesnapshots/{name}"


def content_path(name):
    return f"{SNAPSHOTS}/volumesnapshotcontents/{name}"


def claim_path(namespace, name):
    return f"{CORE}/namespaces/{namespace}/persistentvolumeclaims/{name}"


class Kubectl:
    """kubectl with one kubeconfig and a cache of its own."""

    def __init__(self, kubeconfig, cache, fallback):
        self.program = shutil.which("kubectl") or str(fallback)
        self.kubeconfig, self.cache = kubeconfig, cache

    def __call__(self, *arguments, stdin=None, timeout=60):
        argv = [self.program, f"--kubeconfig={self.kubeconfig}", f"--cache-dir={self.cache}", *map(str, arguments)]
        env = {key: value for key, value in os.environ.items() if key != "KUBECONFIG"}
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=timeout, env=env, check=False)
        if done.returncode != 0:
            raise AssertionError(f"kubectl {' '.join(map(str, arguments))}: exit code {done.returncode}: "
                                 f"{done.stderr.strip()}")
        return done.stdout

    def apply(self, *objects):
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
        return self("apply", "--validate=false", "-f", "-", stdin=text)
