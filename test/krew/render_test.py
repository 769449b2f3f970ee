"""The krew manifest of a release has what krew asks of one, in the forms that it accepts."""
import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

RENDER = pathlib.Path(__file__).resolve().parents[2] / "deploy/krew/render.py"


def fields(text):
    """The scalars of the manifest by their paths: block mappings, sequences and literals are all that it has."""
    found, stack, literal = {}, [], None
    counts = {}
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if literal is not None and (indent > literal[1] or not line.strip()):
            found[literal[0]] += line.strip() + "\n"
            continue
        literal = None
        while stack and stack[-1][0] >= indent:
            stack.pop()
        content = line.strip()
        if content.startswith("- "):
            parent = ".".join(key for _, key in stack)
            counts[parent] = counts.get(parent, -1) + 1
            stack.append((indent, str(counts[parent])))
            indent, content = indent + 2, content[2:]
        key, _, value = content.partition(":")
        path = ".".join([key for _, key in stack] + [key])
        if value.strip() == "|":
            found[path], literal = "", (path, indent)
        elif value.strip():
            found[path] = value.strip()
        else:
            stack.append((indent, key))
    return found


class Render(unittest.TestCase):
    def render(self, version="v1.2.3", archives=("amd64", "arm64")):
        with tempfile.TemporaryDirectory() as folder:
            for architecture in archives:
                pathlib.Path(folder, f"snaptrail-{version}-linux-{architecture}.tar.gz").write_text(architecture)
            return subprocess.run([sys.executable, RENDER, folder, "--version", version, "--base-url",
                                   "https://downloads.example/1/", "--homepage", "https://snaptrail.example"],
                                  capture_output=True, text=True, check=False)

    def test_the_manifest_has_every_field_that_krew_requires(self):
        done = self.render()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("$", done.stdout)
        manifest = fields(done.stdout)
        self.assertEqual(manifest["apiVersion"], "krew.googlecontainertools.github.com/v1alpha2")
        self.assertEqual(manifest["kind"], "Plugin")
        self.assertEqual(manifest["metadata.name"], "snaptrail")
        self.assertEqual(manifest["spec.version"], "v1.2.3")
        self.assertEqual(manifest["spec.homepage"], "https://snaptrail.example")
        self.assertTrue(manifest["spec.shortDescription"])
        self.assertLess(len(manifest["spec.shortDescription"]), 60)
        self.assertIn("kubectl snaptrail status", manifest["spec.description"])
        for index, architecture in enumerate(("amd64", "arm64")):
            platform = f"spec.platforms.{index}"
            self.assertEqual(manifest[f"{platform}.selector.matchLabels.os"], "linux")
            self.assertEqual(manifest[f"{platform}.selector.matchLabels.arch"], architecture)
            self.assertEqual(manifest[f"{platform}.uri"],
                             f"https://downloads.example/1/snaptrail-v1.2.3-linux-{architecture}.tar.gz")
            self.assertRegex(manifest[f"{platform}.sha256"], r"^[0-9a-f]{64}$")
            self.assertEqual(manifest[f"{platform}.sha256"], hashlib.sha256(architecture.encode()).hexdigest())
            self.assertEqual(manifest[f"{platform}.bin"], "snaptrail")
            self.assertEqual(manifest[f"{platform}.files.0.from"], "snaptrail")
            self.assertEqual(manifest[f"{platform}.files.0.to"], ".")

    def test_what_makes_no_manifest_is_refused(self):
        for version in ("1.2.3", "v1.2", "latest"):
            done = self.render(version=version)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, re.escape(version))
        done = self.render(archives=("amd64",))
        self.assertEqual(done.returncode, 1)
        self.assertIn("arm64", done.stderr)


if __name__ == "__main__":
    unittest.main()
