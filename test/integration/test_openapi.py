"""The API against its own OpenAPI document, by schemathesis: thousands of requests, sensible and absurd, get what it promises."""
import os
import pathlib
import re
import subprocess
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCHEMATHESIS = os.environ.get("SNAPTRAIL_SCHEMATHESIS", str(ROOT / ".cache/schemathesis/bin/schemathesis"))
BINARY = os.environ.get("SNAPTRAIL_BINARY", str(ROOT / "build/snaptrail"))
# Not what OpenAPI can't say: of two parameters one (chain or handle), and "what the page before gave" for `continue`. An empty value is
# as good as none (docs/api.md), which it would have refused.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"


class OpenApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = subprocess.Popen([BINARY, "demo", "--listen", "127.0.0.1:0", "--speed", "50", "--pause", "3600"],
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        cls.addClassCleanup(cls.stop)
        for line in cls.demo.stdout:
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                cls.url = found[0]
                break
        else:
            raise AssertionError("the demo ended before it listened")
        # Else the demo would wait for somebody to read what it prints.
        threading.Thread(target=cls.demo.stdout.read, daemon=True).start()

    @classmethod
    def stop(cls):
        cls.demo.terminate()
        cls.demo.wait(60)

    def test_whatever_is_asked_is_answered_as_the_document_says(self):
        done = subprocess.run(
            [SCHEMATHESIS, "run", f"{self.url}/api/v1/openapi.json", "--checks", CHECKS, "--max-examples", "100", "--seed", "1",
             "--generation-deterministic", "--no-color",
             # A stream has no end to wait for; its own tests are in test/unit/serving and test/browser.
             "--exclude-path", "/api/v1/stream"],
            capture_output=True, text=True, timeout=900, check=False, cwd=os.environ.get("TMPDIR", "/tmp"))
        self.assertEqual(done.returncode, 0, done.stdout[-8000:] + done.stderr[-2000:])
        self.assertRegex(done.stdout, r"Selected: (\d+)/\d+\s+Tested: \1\b")
        self.assertIsNone(self.demo.poll(), "the demo ended")


if __name__ == "__main__":
    unittest.main()
