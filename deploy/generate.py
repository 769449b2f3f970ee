#!/usr/bin/env python3
"""Makes the plain manifests in deploy/ from the chart, with its defaults.

    deploy/generate.py [--helm PROGRAM] [FOLDER]

FOLDER: where they are written, deploy/ by default. What the chart writes for Helm alone (labels of the release) is left out.
"""
import argparse
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
CHART = ROOT / "charts" / "snaptrail"
HEADER = "# Made from charts/snaptrail by deploy/generate.py: change the chart, not this file.\n"
SOURCE = re.compile(r"^---\n# Source: snaptrail/templates/(.+)\n", re.MULTILINE)
OF_HELM = re.compile(r"^ *(helm\.sh/chart|app\.kubernetes\.io/managed-by): .*\n", re.MULTILINE)
NAMESPACE = """apiVersion: v1
kind: Namespace
metadata:
  name: snaptrail
  labels:
    pod-security.kubernetes.io/enforce: restricted
"""
# Folder -> template -> what the chart has to be told for it.
PARTS = {
    ".": [],
    "components/monitoring": ["metrics.serviceMonitor.enabled=true", "prometheusRule.enabled=true"],
    "components/dashboards": ["dashboards.enabled=true"],
    "components/auth": ["config.auth.enabled=true"],
    "components/events": ["config.events.enabled=true"],
}


def render(helm, settings):
    """{name of the file: its manifests} of the chart."""
    command = [helm, "template", "snaptrail", str(CHART), "--namespace", "snaptrail", "--kube-version", "1.33.0",
               "--set", "tests.enabled=false"]
    for setting in settings:
        command += ["--set", setting]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    pieces = SOURCE.split(text)
    files = {}
    for name, manifest in zip(pieces[1::2], pieces[2::2]):
        manifest = OF_HELM.sub("", manifest).strip("\n") + "\n"
        files[name] = files[name] + "---\n" + manifest if name in files else manifest
    return files


def kustomization(folder, files):
    component = folder != "."
    lines = ["apiVersion: kustomize.config.k8s.io/v1" + ("alpha1" if component else "beta1"),
             "kind: " + ("Component" if component else "Kustomization"), "resources:"]
    return "\n".join(lines + [f"  - {name}" for name in sorted(files)]) + "\n"


def manifests(helm):
    """{path below deploy/: text} of every file."""
    base = render(helm, PARTS["."])
    result = {}
    for folder, settings in PARTS.items():
        files = {name: text for name, text in render(helm, settings).items() if folder == "." or name not in base}
        if folder == ".":
            files["namespace.yaml"] = NAMESPACE
        files["kustomization.yaml"] = kustomization(folder, files)
        for name, text in files.items():
            result[pathlib.PurePath(folder, name).as_posix()] = HEADER + text
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--helm", default="helm")
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=ROOT / "deploy")
    arguments = parser.parse_args()
    for name, text in manifests(arguments.helm).items():
        file = arguments.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
