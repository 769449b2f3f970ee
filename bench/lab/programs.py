"""Builds the Go and Rust programs of the benchmarks into .cache/bench."""
import os
import pathlib
import shutil
import subprocess
import sys

import build  # test/e2e/build.py

from . import ROOT

BENCH = ROOT / "bench"
BIN = ROOT / ".cache" / "bench" / "bin"


def go(module):
    """Builds the program of this folder of bench/, a Go module; its path. Quick where nothing has changed: Go has a cache."""
    program = BIN / pathlib.PurePath(module).name
    print(f"building {module}", file=sys.stderr, flush=True)
    build.run_go(BENCH / module, "build", "-ldflags", "-s -w", "-o", str(program), ".")
    return program


def rust(module):
    """The same of a Rust package. None, and why on standard error, where it can't be built: no cargo, or no crates."""
    cargo = shutil.which("cargo")
    if cargo is None:
        print(f"{module} is left out: there is no cargo on the PATH (apt install cargo, or rustup)", file=sys.stderr, flush=True)
        return None
    print(f"building {module} (the first time takes minutes)", file=sys.stderr, flush=True)
    target = BIN.parent / "target"
    done = subprocess.run([cargo, "build", "--release", "--quiet"], cwd=BENCH / module, check=False,
                          env={**os.environ, "CARGO_TARGET_DIR": str(target)})
    if done.returncode != 0:
        print(f"{module} is left out: cargo could not build it (see above)", file=sys.stderr, flush=True)
        return None
    return target / "release" / "kubers"
