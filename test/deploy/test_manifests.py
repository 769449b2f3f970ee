"""deploy/ holds what the chart makes, and kustomize takes it."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

import context  # before what it makes importable
import build
import helm
import yaml

DEPLOY = context.ROOT / "deploy"
sys.path.insert(0, str(DEPLOY))
import dashboards  # noqa: E402  pylint: disable=wrong-import-position
import generate  # noqa: E402  pylint: disable=wrong-import-position

OF_HELM = ("helm.sh/chart", "app.kubernetes.io/managed-by")


def kustomize(folder):
    kubectl = build.BIN / "kubectl"
    done = subprocess.run([kubectl if kubectl.is_file() else "kubectl", "kustomize", folder], capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"kubectl kustomize {folder}: {done.stderr.strip()}")
    return [item for item in yaml.safe_load_all(done.stdout) if item]


def without_helm(item):
    for metadata in (item["metadata"], item.get("spec", {}).get("template", {}).get("metadata", {})):
        for label in OF_HELM:
            metadata.get("labels", {}).pop(label, None)
    return item


def by_name(documents):
    return {(item["kind"], item["metadata"]["name"]): item for item in documents}


class Manifests(unittest.TestCase):
    maxDiff = None

    def test_the_files_are_what_the_generator_makes(self):
        program = build.build_helm(lambda line: print(line, file=sys.stderr))
        for name, text in generate.manifests(program).items():
            with self.subTest(name):
                self.assertEqual((DEPLOY / name).read_text(encoding="utf-8"), text, "run deploy/generate.py")
        there = {file.relative_to(DEPLOY).as_posix() for file in DEPLOY.rglob("*.yaml") if DEPLOY / "krew" not in file.parents}
        self.assertEqual(there, set(generate.manifests(program)))

    def test_kustomize_makes_the_objects_of_the_chart(self):
        expected = by_name(map(without_helm, helm.template(**{"tests.enabled": False})))
        found = by_name(kustomize(DEPLOY))
        namespace = found.pop(("Namespace", "snaptrail"))
        self.assertEqual(namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"], "restricted")
        self.assertEqual(found, expected)

    def test_components_add_monitoring_and_dashboards_to_a_kustomization_of_ones_own(self):
        values = {"metrics.serviceMonitor.enabled": True, "prometheusRule.enabled": True, "dashboards.enabled": True,
                  "tests.enabled": False}
        expected = by_name(map(without_helm, helm.template(**values)))
        # A kustomization may refer to others only by relative paths.
        with tempfile.TemporaryDirectory(prefix="snaptrail-kustomize-", dir=context.ROOT / ".cache") as folder:
            base = pathlib.Path("../../deploy")
            (pathlib.Path(folder) / "kustomization.yaml").write_text(yaml.safe_dump({
                "resources": [str(base)], "components": [str(base / "components" / part)
                                                         for part in ("monitoring", "dashboards")],
                "images": [{"name": "snaptrail", "newName": "mirror.example.com/snaptrail", "newTag": "1.2.3"}]}),
                                                                     encoding="utf-8")
            found = by_name(kustomize(folder))
        found.pop(("Namespace", "snaptrail"))
        container = found[("StatefulSet", "snaptrail")]["spec"]["template"]["spec"]["containers"][0]
        self.assertEqual(container["image"], "mirror.example.com/snaptrail:1.2.3")
        container["image"] = "snaptrail:0.1.0"
        self.assertEqual(found, expected)

    def test_the_dashboards_are_what_their_generator_makes(self):
        made = dashboards.dashboards()
        self.assertEqual({file.name for file in context.DASHBOARDS.iterdir()}, set(made))
        for name, text in made.items():
            with self.subTest(name):
                self.assertEqual((context.DASHBOARDS / name).read_text(encoding="utf-8"), text,
                                 "run deploy/dashboards.py")


if __name__ == "__main__":
    unittest.main(verbosity=2)
