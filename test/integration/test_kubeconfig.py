"""What we make of kubeconfigs, flags and environment is what client-go makes of them, but for differences with a reason.

The reference is test/e2e/controlplane/clientconfig, which is kubectl's own code; ours is connection_dump, linked to kube/.
"""
import base64
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import context  # noqa: F401  pylint: disable=unused-import
import build
import kubeconfig_cases
from harness.case import main
from harness.certs import Certificates

BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
# The token is what the plugin was given, so that both sides show it.
PLUGIN = """#!/bin/sh
seen=$(printf '%s|%s|%s|%s' "$KUBERNETES_EXEC_INFO" "$PLUGIN_A" "${PLUGIN_B-unset}" "$*" | base64 -w0)
printf '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/VERSION","status":{"token":"seen.%s"}}' "$seen"
"""


def dump_program():
    """The program that shows our side: $SNAPTRAIL_CONNECTION_DUMP, else build/connection_dump."""
    return os.environ.get("SNAPTRAIL_CONNECTION_DUMP", str(pathlib.Path(__file__).parents[2] / "build/connection_dump"))


def script(folder, name, text):
    file = folder / name
    file.write_text(text)
    file.chmod(0o700)


def normal(answer):
    """Makes equal what means the same: PEM by its contents, header names by lower case, what a plugin saw as JSON."""
    if "error" in answer:
        return answer
    answer = dict(answer)
    for key in ("ca", "clientCertificate"):
        answer[key] = ["".join(block.split()) for block in BLOCK.findall(answer[key])]
    headers = {}
    for name, values in answer["headers"].items():
        headers.setdefault(name.lower(), []).extend(values)
    for value in headers.get("authorization", ()):
        if value.startswith("Bearer seen."):
            info, *rest = base64.b64decode(value.removeprefix("Bearer seen.")).decode().split("|")
            headers["authorization"] = [json.loads(info), rest]
    answer["headers"] = headers
    return answer


class Kubeconfig(unittest.TestCase):
    """Every case of kubeconfig_cases, on both sides."""

    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        cls.reference = build.build() / "clientconfig"
        keep = tempfile.TemporaryDirectory(prefix="snaptrail-kubeconfig-")  # pylint: disable=consider-using-with
        cls.addClassCleanup(keep.cleanup)
        cls.work = pathlib.Path(keep.name)
        cls.certs = Certificates(cls.work / "pki")
        other = Certificates(cls.work / "other-pki", name="other")
        certificate, key = cls.certs.issue("user", "/CN=user", "clientAuth")
        cls.pems = {"ca": cls.certs.ca, "ca2": other.ca, "cert": certificate, "key": key}

    def prepare(self, number, case):
        """Writes the case's files; returns its folder and what {names} stand for."""
        folder = self.work / f"case{number}"
        folder.mkdir()
        values = {"dir": str(folder)}
        for (name, pem), file in zip(self.pems.items(), ("ca.crt", "ca2.crt", "tls.crt", "tls.key")):
            (folder / file).write_bytes(pem.read_bytes())
            values[name] = base64.b64encode(pem.read_bytes()).decode()
        (folder / "token").write_text("from-file\n")
        script(folder, "plugin", PLUGIN.replace("VERSION", "v1"))
        script(folder, "plugin-v1beta1", PLUGIN.replace("VERSION", "v1beta1"))
        credential = {"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": {
            "clientCertificateData": self.pems["cert"].read_text(), "clientKeyData": self.pems["key"].read_text()}}
        (folder / "credential").write_text(json.dumps(credential))
        script(folder, "plugin-cert", f"#!/bin/sh\ncat '{folder}/credential'\n")
        files = case.files
        if files is None:
            files = {"config": kubeconfig_cases.kubeconfig(case.cluster, case.user)}
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(self.filled(text, values))
        return folder, values

    @staticmethod
    def filled(text, values):
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def ask(self, program, case, folder, values):
        env = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
        if case.files is None or "config" in case.files:
            env["KUBECONFIG"] = f"{folder}/config"
        env |= {name: self.filled(value, values) for name, value in case.env.items()}
        arguments = [self.filled(argument, values) for argument in case.args]
        done = subprocess.run([str(program), *arguments], env=env, cwd=self.work, stdin=subprocess.DEVNULL, timeout=60,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return normal(json.loads(done.stdout))

    def compare(self, case, ours, theirs):
        if case.refused:
            self.assertIn("error", theirs, "the reference accepts it")
            self.assertIn("error", ours)
            return
        if case.ours == "refused":
            self.assertNotIn("error", theirs, "no difference any more: remove the reason")
            self.assertIn("error", ours, case.reason)
            return
        if case.ours == "accepted":
            self.assertIn("error", theirs, "no difference any more: remove the reason")
            self.assertNotIn("error", ours, case.reason)
            return
        self.assertNotIn("error", theirs)
        for key in case.ours or ():
            self.assertNotEqual(ours.pop(key), theirs.pop(key), "no difference any more: remove the reason")
        self.assertEqual(ours, theirs)

    def test_every_form_is_understood_as_client_go_does(self):
        names = [case.name for case in kubeconfig_cases.CASES]
        self.assertEqual(len(names), len(set(names)), "two cases of one name")
        for number, case in enumerate(kubeconfig_cases.CASES):
            with self.subTest(case.name):
                folder, values = self.prepare(number, case)
                theirs = self.ask(self.reference, case, folder, values)
                ours = self.ask(dump_program(), case, folder, values)
                self.compare(case, ours, theirs)

    def test_refusals_name_what_is_wrong_and_no_secret(self):
        for number, case in enumerate(kubeconfig_cases.CASES):
            if not case.refused:
                continue
            with self.subTest(case.name):
                folder, values = self.prepare(f"-refused{number}", case)
                ours = self.ask(dump_program(), case, folder, values)["error"]
                self.assertNotIn("\n", ours)
                self.assertNotRegex(ours, r"s3.?cret|\babc\b|BEGIN")
                self.assertNotIn(values["key"], ours)


if __name__ == "__main__":
    main()
