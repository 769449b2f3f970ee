#!/usr/bin/env python3
"""Makes the image's root file system: the program, the libraries that it loads, and what describes them.

    assemble.py --binary build/snaptrail --triplet x86_64-linux-gnu --architecture amd64 /image

Runs on the Debian that the program was compiled on, for its own architecture or a foreign one: nothing of the target is executed.
Every file that comes from a package is named in /usr/share/sbom/snaptrail.spdx.json (SPDX 2.3), its licence in /usr/share/doc.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

import spdx

NEEDED = re.compile(r"\(NEEDED\).*\[(.+)\]")
INTERPRETER = re.compile(r"program interpreter: (\S+)\]")
CERTIFICATES = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
# For those who look: an unknown UID, as OpenShift makes one up, does as well.
PASSWD = "root:x:0:0:root:/:/sbin/nologin\nsnaptrail:x:65532:0:snaptrail:/var/lib/snaptrail:/sbin/nologin\n"
GROUP = "root:x:0:\n"
# One header of each library that is compiled in as headers only, so that no file of its package is in the image.
HEADERS_ONLY = {"/usr/include/boost/asio.hpp", "/usr/include/CLI/CLI.hpp"}


class AssemblyError(Exception):
    """The root file system cannot be made; the message says why."""


def output_of(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssemblyError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
    return done.stdout


class Libraries:
    """What the dynamic linker will look for, found without running it: the target may be another architecture."""

    def __init__(self, triplet):
        self.readelf = f"{triplet}-readelf"
        self.folders = [pathlib.Path(prefix) / triplet for prefix in ("/usr/lib", "/lib")]

    def needed(self, file):
        return NEEDED.findall(output_of(self.readelf, "--dynamic", str(file)))

    def interpreter(self, program):
        found = INTERPRETER.search(output_of(self.readelf, "--program-headers", str(program)))
        if not found:
            raise AssemblyError(f"{program} names no dynamic linker: is it a program?")
        return found[1]

    def find(self, name):
        for folder in self.folders:
            if (folder / name).exists():
                return folder / name
        raise AssemblyError(f"{name} is in none of {', '.join(map(str, self.folders))}: is its package installed?")

    def closure(self, program):
        """Every library that the program loads, directly or through others, by the name that is asked for."""
        found, waiting = {}, self.needed(program)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = self.find(name)
                waiting += self.needed(found[name])
        return found


def package_of(path):
    """(package, version, architecture, source) that owns a file. Debian knows some files by their place before /usr was merged."""
    names = [str(path), str(path).removeprefix("/usr")]
    for name in names:
        done = subprocess.run(["dpkg-query", "--search", name], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            package = done.stdout.split(": ")[0].split(",")[0]
            fields = "${Package}\t${Version}\t${Architecture}\t${source:Package}"
            return tuple(output_of("dpkg-query", "--show", f"--showformat={fields}", package).split("\t"))
    raise AssemblyError(f"no package owns {path}")


def put(source, target, mode):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)


def write(target, text):
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    target.chmod(0o644)


def copy_program(root, binary, triplet):
    target = root / "usr/bin/snaptrail"
    target.parent.mkdir(parents=True, exist_ok=True)
    output_of(f"{triplet}-strip", "-o", str(target), str(binary))
    target.chmod(0o755)


def copy_libraries(root, libraries, binary):
    """Copies what the program loads. Returns the packages that these files are from."""
    packages = set()
    linker = pathlib.Path(libraries.interpreter(binary))
    put(libraries.find(linker.name).resolve(), root / linker.relative_to("/"), 0o755)
    for name, place in sorted(libraries.closure(binary).items()):
        real = place.resolve()
        packages.add(package_of(real))
        if name != linker.name:  # it is where the kernel looks for it, and loaded by then
            # In /usr/lib/TRIPLET the linker looks without being told.
            put(real, root / "usr/lib" / place.parent.name / name, 0o644)
    return packages


def copy_licences(root, packages):
    for package, *_ in packages:
        licence = pathlib.Path("/usr/share/doc") / package / "copyright"
        if not licence.is_file():
            raise AssemblyError(f"{licence} is missing: the image must say under which terms {package} comes")
        put(licence.resolve(), root / "usr/share/doc" / package / "copyright", 0o644)
    for common in sorted(pathlib.Path("/usr/share/common-licenses").iterdir()):
        if common.is_file() and not common.is_symlink():
            put(common, root / "usr/share/common-licenses" / common.name, 0o644)


def version_of_project():
    text = pathlib.Path("CMakeLists.txt").read_text(encoding="utf-8")
    return re.search(r"project\(snaptrail VERSION (\S+)", text)[1]


def date_everything(root, epoch):
    """The same time on every file, so that the same sources make the same image."""
    for path in [*root.rglob("*"), root]:
        os.utime(path, (epoch, epoch), follow_symlinks=False)


def assemble(root, binary, triplet, architecture, epoch):
    if root.exists() and any(root.iterdir()):
        raise AssemblyError(f"{root} is not empty")
    libraries = Libraries(triplet)
    copy_program(root, binary, triplet)
    packages = copy_libraries(root, libraries, binary)
    put(CERTIFICATES, root / CERTIFICATES.relative_to("/"), 0o644)
    packages.add(package_of(pathlib.Path("/usr/share/ca-certificates")))
    # OpenSSL looks for them here (OPENSSLDIR of Debian's build).
    (root / "usr/lib/ssl").mkdir(parents=True)
    (root / "usr/lib/ssl/cert.pem").symlink_to("/etc/ssl/certs/ca-certificates.crt")
    write(root / "etc/passwd", PASSWD)
    write(root / "etc/group", GROUP)
    write(root / "etc/nsswitch.conf", "hosts: files dns\n")
    copy_licences(root, packages)
    put("LICENSE", root / "usr/share/doc/snaptrail/LICENSE", 0o644)
    ledger = root / "var/lib/snaptrail"
    ledger.mkdir(parents=True)
    ledger.chmod(0o770)  # any UID with group 0 may write here
    temporary = root / "tmp"
    temporary.mkdir()
    temporary.chmod(0o1777)  # of `snaptrail demo`
    bill = spdx.document("snaptrail", version_of_project(), architecture, epoch, sorted(packages),
                         sorted({package_of(pathlib.Path(file)) for file in HEADERS_ONLY}))
    write(root / "usr/share/sbom/snaptrail.spdx.json", bill)
    date_everything(root, epoch)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--triplet", required=True, help="as in /usr/lib: x86_64-linux-gnu")
    parser.add_argument("--architecture", required=True, help="Debian's name: amd64")
    parser.add_argument("root", type=pathlib.Path, help="folder to make, or an empty one")
    arguments = parser.parse_args()
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or 0)
    os.umask(0o022)
    try:
        assemble(arguments.root, arguments.binary, arguments.triplet, arguments.architecture, epoch)
    except AssemblyError as error:
        print(f"assemble.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
