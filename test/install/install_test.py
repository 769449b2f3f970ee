"""What `cmake --install` puts in place works from there: names, manual page, completion."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

BUILD = sys.argv.pop(1) if len(sys.argv) > 1 else "build"


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.prefix = pathlib.Path(cls.folder.name)
        subprocess.run(["cmake", "--install", BUILD, "--prefix", str(cls.prefix)], check=True, stdout=subprocess.DEVNULL)

    def run_installed(self, name, *arguments):
        done = subprocess.run([str(self.prefix / "bin" / name), *arguments], capture_output=True, text=True, timeout=20,
                              check=False, env={"HOME": str(self.prefix), "PATH": os.environ["PATH"]})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_usage_lines_speak_as_the_program_was_called(self):
        self.assertIn("Usage: snaptrail status", self.run_installed("snaptrail", "status", "--help"))
        self.assertIn("Usage: kubectl snaptrail status", self.run_installed("kubectl-snaptrail", "status", "--help"))

    def test_kubectls_completion_is_asked_by_its_name(self):
        self.assertEqual(self.run_installed("kubectl_complete-snaptrail", "timeline", "-o", "nd"), "ndjson\n:4\n")

    def test_the_manual_pages_are_there(self):
        page = (self.prefix / "share/man/man1/snaptrail.1").read_text()
        self.assertTrue(page.startswith(".TH SNAPTRAIL 1"))
        self.assertIn("\\-\\-daemon\\-namespace", page)
        self.assertEqual((self.prefix / "share/man/man1/kubectl-snaptrail.1").read_text(), ".so man1/snaptrail.1\n")

    def bash_completes(self, line):
        words = line.split(" ")
        script = (f"source {self.prefix}/share/bash-completion/completions/snaptrail\n"
                  f"COMP_WORDS=({' '.join(repr(word) for word in words)})\nCOMP_CWORD={len(words) - 1}\n"
                  "_snaptrail 2>/dev/null\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n")
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=20, check=True,
                              cwd=self.prefix, env={"PATH": f"{self.prefix}/bin:{os.environ['PATH']}"})
        return done.stdout.split()

    def test_bash_completes_commands_flags_values_and_files(self):
        self.assertEqual(self.bash_completes("snaptrail stat"), ["status"])
        self.assertEqual(self.bash_completes("snaptrail status --no-h"), ["--no-headers"])
        self.assertEqual(self.bash_completes("snaptrail status -o nd"), ["ndjson"])
        self.assertEqual(self.bash_completes("snaptrail status --output = w"), ["wide"])
        self.assertEqual(self.bash_completes("snaptrail replay sh"), ["share"])
        self.assertEqual(self.bash_completes("snaptrail nonsense x"), [])

    def test_the_other_shells_scripts_are_there(self):
        self.assertTrue((self.prefix / "share/zsh/site-functions/_snaptrail").read_text().startswith("#compdef snaptrail"))
        self.assertIn("complete -c snaptrail", (self.prefix / "share/fish/vendor_completions.d/snaptrail.fish").read_text())


if __name__ == "__main__":
    unittest.main()
