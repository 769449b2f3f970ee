#!/usr/bin/env python3
"""Builds the programs of the real control plane into .cache/e2e/bin, once.

The stamp beside them is a hash of what they are built from (controlplane/'s files and the Go version), so a second
call does nothing. A cold build takes about six minutes on two cores; after a change of the mock driver, seconds.
"""
import argparse
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
MODULE = HERE / "controlplane"
CACHE = HERE.parent.parent / ".cache" / "e2e"
BIN = CACHE / "bin"

PACKAGES = {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    "snapshot-controller": "github.com/kubernetes-csi/external-snapshotter/v8/cmd/snapshot-controller",
    "csi-snapshotter": "github.com/kubernetes-csi/external-snapshotter/v8/cmd/csi-snapshotter",
    "csi-provisioner": "github.com/kubernetes-csi/external-provisioner/v6/cmd/csi-provisioner",
    "mockdriver": "./mockdriver",
}
SNAPSHOT_CLIENT = "github.com/kubernetes-csi/external-snapshotter/client/v8"


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


def run_go(*arguments, capture=False):
    done = subprocess.run([go_program(), *arguments], cwd=MODULE, env=go_environment(), text=True,
                          stdout=subprocess.PIPE if capture else None, check=False)
    if done.returncode != 0:
        raise BuildError(f"`go {' '.join(arguments)}` in {MODULE} failed with exit code {done.returncode}: see above")
    return (done.stdout or "").strip()


def packages():
    """What is built: kubectl only where the machine has none."""
    wanted = dict(PACKAGES)
    if shutil.which("kubectl") is None:
        wanted["kubectl"] = "k8s.io/kubernetes/cmd/kubectl"
    return wanted


def stamp(wanted):
    digest = hashlib.sha256("\n".join(sorted(wanted)).encode())
    for file in sorted([MODULE / "go.mod", MODULE / "go.sum", *MODULE.glob("mockdriver/*.go")]):
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def is_built(wanted, key):
    file = CACHE / "stamp"
    return file.is_file() and file.read_text() == key and all((BIN / name).is_file() for name in wanted)


def copy_crds():
    """Puts the CRDs of the snapshot API beside the programs, so that a warm run needs no Go at all."""
    source = pathlib.Path(run_go("list", "-m", "-f", "{{.Dir}}", SNAPSHOT_CLIENT, capture=True)) / "config" / "crd"
    files = sorted(source.glob("*.yaml"))
    if not files:
        raise BuildError(f"no CRDs in {source}: is the module cache complete? try `go mod download` in {MODULE}")
    target = CACHE / "crd"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for file in files:
        (target / file.name).write_bytes(file.read_bytes())


def build(log=print):
    """Builds what is missing. Safe to call from several processes at once: one builds, the others wait."""
    wanted = packages()
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        key = stamp(wanted)
        if is_built(wanted, key):
            return BIN
        BIN.mkdir(exist_ok=True)
        run_go("mod", "download", SNAPSHOT_CLIENT)
        copy_crds()
        for name, package in wanted.items():
            log(f"building {name} ({package})")
            start = time.monotonic()
            # Renamed into place: a build that is cut short leaves no half program behind.
            run_go("build", "-ldflags", "-s -w", "-o", str(BIN / f".{name}.new"), package)
            os.replace(BIN / f".{name}.new", BIN / name)
            log(f"  {time.monotonic() - start:.0f} s")
        (CACHE / "stamp").write_text(key)
    return BIN


def main():
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    try:
        print(build(lambda line: print(line, file=sys.stderr, flush=True)))
    except BuildError as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
