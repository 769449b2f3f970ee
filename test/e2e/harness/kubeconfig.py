"""Kubeconfig files. JSON is YAML: no YAML writer is needed."""
import base64
import json
import pathlib


def write(file, server, ca=None, certificate=None, key=None, token=None, token_file=None, more_cluster=None,
          more_user=None):
    """Writes a kubeconfig of one context, its certificates embedded, and returns its path. `more_…`: further keys."""
    def embedded(path):
        return base64.b64encode(pathlib.Path(path).read_bytes()).decode()

    cluster = {"server": server}
    if ca:
        cluster["certificate-authority-data"] = embedded(ca)
    user = {}
    if certificate:
        user = {"client-certificate-data": embedded(certificate), "client-key-data": embedded(key)}
    if token:
        user["token"] = token
    if token_file:
        user["tokenFile"] = str(token_file)
    cluster |= more_cluster or {}
    user |= more_user or {}
    file = pathlib.Path(file)
    file.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "test", "cluster": cluster}], "users": [{"name": "test", "user": user}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}]}))
    file.chmod(0o600)
    return file
