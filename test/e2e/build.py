#!/usr/bin/env python3
"""Builds the Go programs that the tests use into .cache/e2e/bin, once: the real control plane, helm, Prometheus 3, and Velero
where it is asked for.

Each group is a Go module of its own, and has a stamp beside the programs: a hash of what they are built from, so that a second
call does nothing. The control plane takes about six minutes on two cores, helm two, Prometheus four, Velero five; after a change
of the mock driver, seconds.
"""
import argparse
import dataclasses
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
CACHE = HERE.parent.parent / ".cache" / "e2e"
BIN = CACHE / "bin"


@dataclasses.dataclass(frozen=True)
class Group:
    """Programs that are built from one Go module, and CRDs that come with it."""

    module: pathlib.Path
    packages: dict  # name of the program -> package
    crd_module: str  # Go module, with its version where the group's own go.mod does not name it
    crd_folder: str  # folder in that module; all below it are taken
    stamp: str = "stamp"
    crd_target: str = "crd"  # folder in the cache
    tags: str = ""  # build tags

    def wanted(self):
        """What is built: kubectl only where the machine has none."""
        return {name: package for name,
                package in self.packages.items() if name != "kubectl" or shutil.which("kubectl") is None}


CONTROL_PLANE = Group(HERE / "controlplane", {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    "snapshot-controller": "github.com/kubernetes-csi/external-snapshotter/v8/cmd/snapshot-controller",
    "csi-snapshotter": "github.com/kubernetes-csi/external-snapshotter/v8/cmd/csi-snapshotter",
    "csi-provisioner": "github.com/kubernetes-csi/external-provisioner/v6/cmd/csi-provisioner",
    "mockdriver": "./mockdriver",
    "clientconfig": "./clientconfig",
    "kubectl": "k8s.io/kubernetes/cmd/kubectl",
}, "github.com/kubernetes-csi/external-snapshotter/client/v8", "config/crd")
# In the control plane's module, so that both are built from the same libraries, and those once.
HELM = Group(HERE / "controlplane", {"helm": "helm.sh/helm/v3/cmd/helm"},
             "github.com/prometheus-operator/prometheus-operator@v0.85.0", "example/prometheus-operator-crd",
             "stamp-helm")
# Beside the distribution's Prometheus 2, which is on the PATH. Our scrapes have fixed addresses: the clients of every cloud's
# API for service discovery are half of its build.
PROMETHEUS = Group(HERE / "prometheus", {"prometheus3": "github.com/prometheus/prometheus/cmd/prometheus",
                                         "promtool3": "github.com/prometheus/prometheus/cmd/promtool"}, "", "",
                   "stamp-prometheus", tags="remove_all_sd")
# Only for ./dev e2e velero.
VELERO = Group(HERE / "velero", {
    "velero": "github.com/vmware-tanzu/velero/cmd/velero",
    "velero-plugin-for-aws": "github.com/vmware-tanzu/velero-plugin-for-aws/velero-plugin-for-aws",
    "gofakes3": "github.com/johannesboyne/gofakes3/cmd/gofakes3",
}, "github.com/vmware-tanzu/velero", "config/crd", "stamp-velero", "velero-crd")


class BuildError(Exception):
    """The control plane cannot be built; the message says what to do."""


def go_program():
    go = shutil.which("go") or "/usr/local/go/bin/go"
    if not os.access(go, os.X_OK):
        raise BuildError("no Go found: install golang-go (1.21 or newer; it fetches the Go that the module asks for "
                         "by itself), or run ./dev e2e, which does")
    return go


def go_environment():
    # CGO off: nothing here needs it, and the programs then run wherever they were copied to.
    return {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "auto", "GOWORK": "off",
            "GOFLAGS": "-trimpath -buildvcs=false -mod=readonly"}


def run_go(module, *arguments, capture=False):
    done = subprocess.run([go_program(), *arguments], cwd=module, env=go_environment(), text=True,
                          stdout=subprocess.PIPE if capture else None, check=False)
    if done.returncode != 0:
        raise BuildError(f"`go {' '.join(arguments)}` in {module} failed with exit code {done.returncode}: see above")
    return (done.stdout or "").strip()


def stamp(group, wanted):
    digest = hashlib.sha256("\n".join([*sorted(wanted), group.tags]).encode())
    for file in sorted([group.module / "go.mod", group.module / "go.sum", *group.module.glob("*/*.go")]):
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def is_built(group, wanted, key):
    file = CACHE / group.stamp
    return file.is_file() and file.read_text() == key and all((BIN / name).is_file() for name in wanted)


def copy_crds(group):
    """Puts the group's CRDs beside the programs, so that a warm run needs no Go at all."""
    if not group.crd_module:
        return
    found = json.loads(run_go(group.module, "mod", "download", "-json", group.crd_module, capture=True))
    source = pathlib.Path(found["Dir"]) / group.crd_folder
    files = sorted(source.rglob("*.yaml"))
    if not files:
        raise BuildError(f"no CRDs in {source}: is the module cache complete? try `go mod download` in {group.module}")
    target = CACHE / group.crd_target
    target.mkdir(parents=True, exist_ok=True)
    for file in files:
        (target / file.name).write_bytes(file.read_bytes())


def build_group(group, log=print):
    """Builds what is missing of a group. Safe to call from several processes at once: one builds, the others wait."""
    wanted = group.wanted()
    key = stamp(group, wanted)
    if is_built(group, wanted, key):
        return BIN  # without the lock, which another group's build may hold for minutes
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_built(group, wanted, key):
            return BIN
        BIN.mkdir(exist_ok=True)
        copy_crds(group)
        for name, package in wanted.items():
            log(f"building {name} ({package})")
            start = time.monotonic()
            # Renamed into place: a build that is cut short leaves no half program behind.
            run_go(group.module, "build", "-tags", group.tags, "-ldflags", "-s -w", "-o", str(BIN / f".{name}.new"), package)
            os.replace(BIN / f".{name}.new", BIN / name)
            log(f"  {time.monotonic() - start:.0f} s")
        (CACHE / group.stamp).write_text(key)
    return BIN


def build(log=print):
    """The folder with the control plane's programs, built if they were not."""
    return build_group(CONTROL_PLANE, log)


def build_helm(log=print):
    """The path of helm, built if it was not; the Prometheus Operator's CRDs are then beside the snapshot API's."""
    return build_group(HELM, log) / "helm"


def build_prometheus(log=print):
    """The paths of Prometheus 3 and its promtool, built if they were not."""
    folder = build_group(PROMETHEUS, log)
    return folder / "prometheus3", folder / "promtool3"


def build_velero(log=print):
    """The folder with Velero's programs, built if they were not; its CRDs are then in velero-crd of the cache."""
    return build_group(VELERO, log)


def main():
    parser = argparse.ArgumentParser(description="Builds the Go programs that the tests use into .cache/e2e/bin, once.")
    parser.add_argument("--velero", action="store_true", help="the control plane and Velero only")
    groups = (CONTROL_PLANE, VELERO) if parser.parse_args().velero else (CONTROL_PLANE, HELM, PROMETHEUS)
    try:
        for group in groups:
            build_group(group, lambda line: print(line, file=sys.stderr, flush=True))
        print(BIN)
    except BuildError as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
