"""The image's root file system, made on this machine from the program under test: whole, small, without a shell, and listed."""
import io
import json
import os
import pathlib
import platform
import subprocess
import sys
import tarfile
import tempfile
import unittest

import context  # before what it makes importable
from harness.daemon import binary

TRIPLET = f"{platform.machine()}-linux-gnu"
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
EPOCH = 1795437348
LARGEST = 40 << 20


def assemble(folder):
    subprocess.run([sys.executable, context.ROOT / "deploy" / "image" / "assemble.py", "--binary", binary(),
                    "--triplet", TRIPLET,
                    "--architecture", ARCHITECTURE, folder], cwd=context.ROOT,
                   env={**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)}, check=True)


def archive(folder, mode="w"):
    """The folder as a tar, as a registry keeps it."""
    def anonymous(entry):
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        return entry
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:
        for path in sorted(pathlib.Path(folder).rglob("*")):
            tar.add(path, path.relative_to(folder), recursive=False, filter=anonymous)
    return buffer.getvalue()


class Image(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="snaptrail-image-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.root = pathlib.Path(cls.folder.name, "one")
        assemble(cls.root)
        cls.files = {path.relative_to(cls.root).as_posix() for path in cls.root.rglob("*") if path.is_file()}
        cls.bill = json.loads((cls.root / "usr/share/sbom/snaptrail.spdx.json").read_text(encoding="utf-8"))

    def test_the_program_runs_on_nothing_but_what_is_in_it(self):
        linker = next(path for path in self.root.rglob("ld-linux*"))
        command = [linker, "--inhibit-cache", "--library-path", self.root / "usr/lib" / TRIPLET]
        done = subprocess.run([*command, self.root / "usr/bin/snaptrail", "--version"], capture_output=True, text=True,
                              env={}, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^snaptrail \d")
        listed = subprocess.run([*command[:2], "--list", *command[2:], self.root / "usr/bin/snaptrail"],
                                capture_output=True, text=True, env={}, check=True)
        loaded = [line.split("=>")[1].split()[0] for line in listed.stdout.splitlines() if "=>" in line]
        self.assertTrue(loaded)
        for place in loaded:
            self.assertTrue(place.startswith(str(self.root)) or "ld-linux" in place, f"{place} is not the image's")

    def test_it_is_small(self):
        self.assertLess(len(archive(self.root, "w:gz")), LARGEST)

    def test_nothing_else_can_be_run(self):
        programs = {name for name in self.files if os.access(self.root / name, os.X_OK)}
        self.assertEqual({pathlib.PurePath(name).name.partition("-linux")[0] for name in programs}, {"snaptrail", "ld"})

    def test_any_user_of_group_0_may_write_the_ledger_and_nothing_else(self):
        for path in [self.root, *self.root.rglob("*")]:
            if path.is_symlink():
                continue
            name, mode = path.relative_to(self.root).as_posix(), path.stat().st_mode & 0o7777
            expected = {"var/lib/snaptrail": 0o770, "tmp": 0o1777}.get(name)
            if expected is not None:
                self.assertEqual(mode, expected, name)
            else:
                self.assertEqual(mode & 0o022, 0, f"{name} can be written by others than its owner")
                self.assertEqual(mode & 0o004, 0o004, f"{name} can't be read by everybody")

    def test_the_same_sources_make_the_same_image(self):
        again = pathlib.Path(self.folder.name, "two")
        assemble(again)
        self.assertEqual(archive(again), archive(self.root))

    def test_the_bill_of_materials_names_the_package_of_every_library(self):
        packages = {package["name"]: package for package in self.bill["packages"]}
        self.assertEqual(len({package["SPDXID"] for package in self.bill["packages"]}), len(packages))
        identifiers = {package["SPDXID"] for package in self.bill["packages"]} | {"SPDXRef-DOCUMENT"}
        for relation in self.bill["relationships"]:
            self.assertLessEqual({relation["spdxElementId"], relation["relatedSpdxElement"]}, identifiers)
        for name in self.files:
            if ".so" in name:
                owners = subprocess.run(["dpkg-query", "--search", f"*/{pathlib.PurePath(name).name}*"],
                                        capture_output=True, text=True, check=True).stdout
                self.assertTrue({line.split(":")[0] for line in owners.splitlines()} & set(packages), name)
        self.assertEqual(self.bill["spdxVersion"], "SPDX-2.3")
        self.assertEqual(self.bill["creationInfo"]["created"], "2026-11-23T12:35:48Z")

    def test_every_package_comes_with_its_terms(self):
        linked = {relation["relatedSpdxElement"] for relation in self.bill["relationships"]
                  if relation["relationshipType"] == "DEPENDS_ON"}
        self.assertTrue(linked)
        for package in self.bill["packages"]:
            if package["SPDXID"] in linked:
                self.assertIn(f"usr/share/doc/{package['name']}/copyright", self.files)
        self.assertIn("usr/share/doc/snaptrail/LICENSE", self.files)


if __name__ == "__main__":
    unittest.main(verbosity=2)
