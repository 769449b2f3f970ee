#!/usr/bin/env python3
"""Runs clang-tidy over the project's sources that are not known to be clean.

A source is known to be clean if it passed before with the same text, the same project headers, the same compile command,
the same .clang-tidy and the same clang-tidy. Such passes are remembered as empty files named by a hash of all that.
"""
import argparse
import concurrent.futures
import hashlib
import json
import pathlib
import re
import shlex
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PASSES = ROOT / ".cache" / "lint" / "passed"
INCLUDE = re.compile(rb'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def sources(build):
    """(file, compile command) of every own source in the compilation database."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        file = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if file.is_relative_to(ROOT) and not file.is_relative_to(build):
            yield file, entry.get("command") or shlex.join(entry["arguments"])


def with_headers(file):
    """The file and every project header that it includes, directly or not."""
    found, left = set(), [file]
    while left:
        current = left.pop()
        if current in found:
            continue
        found.add(current)
        for name in INCLUDE.findall(current.read_bytes()):
            for base in (ROOT, current.parent):
                header = base / name.decode()
                if header.is_file():
                    left.append(header.resolve())
                    break
    return sorted(found)


def fingerprint(file, command, tool):
    digest = hashlib.sha256()
    digest.update("\0".join((tool, command, (ROOT / ".clang-tidy").read_text())).encode())
    for folder in file.relative_to(ROOT).parents:
        if folder != pathlib.Path() and (ROOT / folder / ".clang-tidy").is_file():
            digest.update((ROOT / folder / ".clang-tidy").read_bytes())
    for part in with_headers(file):
        digest.update(f"\0{part.relative_to(ROOT)}\0".encode() + hashlib.sha256(part.read_bytes()).digest())
    return digest.hexdigest()


def check(file, build):
    done = subprocess.run(["clang-tidy", "--quiet", "-p", str(build), str(file)], capture_output=True, text=True,
                          check=False)
    # On failure clang's own errors may be on stderr; its count of hidden warnings is of no use.
    noise = re.compile(r"^\d+ warnings?.*generated\.$|^Suppressed |^Use -header-filter", re.MULTILINE)
    return done.returncode, (done.stdout + noise.sub("", done.stderr)).strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help="build directory with compile_commands.json")
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    build, began = arguments.build.resolve(), time.monotonic()
    tool = subprocess.run(["clang-tidy", "--version"], capture_output=True, text=True, check=True).stdout
    PASSES.mkdir(parents=True, exist_ok=True)
    known, wanted = 0, {}
    for file, command in sources(build):
        passed = PASSES / fingerprint(file, command, tool)
        if passed.exists():
            known += 1
        else:
            wanted[file] = passed
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        running = {pool.submit(check, file, build): file for file in wanted}
        for done in concurrent.futures.as_completed(running):
            code, output = done.result()
            if code == 0:
                wanted[running[done]].touch()
            else:
                failed += 1
                print(output, flush=True)
    print(f"clang-tidy: {len(wanted)} files checked in {time.monotonic() - began:.0f} s, {known} known to be clean, "
          f"{failed} with findings")
    return 1 if failed or not (wanted or known) else 0


if __name__ == "__main__":
    sys.exit(main())
