#!/usr/bin/env python3
"""Prints the krew manifest of a release: snaptrail.yaml with its variables filled in.

The archives snaptrail-VERSION-linux-ARCH.tar.gz must be in FOLDER; their checksums go into the manifest.
"""
import argparse
import hashlib
import pathlib
import re
import string
import sys

ARCHITECTURES = ("amd64", "arm64")


class RenderError(Exception):
    """What is given makes no manifest."""


def render(folder, version, base_url, homepage):
    """The manifest's text. `version` as krew wants it: v1.2.3."""
    if not re.fullmatch(r"v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", version):
        raise RenderError(f"{version}: krew wants a version like v1.2.3")
    values = {"VERSION": version, "BASE_URL": base_url.rstrip("/"), "HOMEPAGE": homepage}
    for architecture in ARCHITECTURES:
        archive = pathlib.Path(folder, f"snaptrail-{version}-linux-{architecture}.tar.gz")
        if not archive.is_file():
            raise RenderError(f"{archive}: there is no such archive")
        values[f"SHA256_LINUX_{architecture.upper()}"] = hashlib.sha256(archive.read_bytes()).hexdigest()
    lines = pathlib.Path(__file__).with_name("snaptrail.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    return string.Template("".join(line for line in lines if not line.startswith("#"))).substitute(values)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="where the archives are")
    parser.add_argument("--version", required=True, help="v1.2.3")
    parser.add_argument("--base-url", required=True, help="where the archives will be downloaded from")
    parser.add_argument("--homepage", required=True, help="the project's page")
    options = parser.parse_args()
    try:
        sys.stdout.write(render(options.folder, options.version, options.base_url, options.homepage))
    except RenderError as error:
        sys.exit(f"render.py: {error}")


if __name__ == "__main__":
    main()
