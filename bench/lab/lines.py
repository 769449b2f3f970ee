"""A program that speaks in lines: JSON on its standard output, commands on its standard input."""
import json
import os
import pathlib
import queue
import signal
import subprocess
import threading

from harness.process import die_with_parent, tail


class LineProgram:
    """Started by the constructor. `log`: where its standard error goes."""

    def __init__(self, argv, log):
        self.log = pathlib.Path(log)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.argv = [str(argument) for argument in argv]
        with open(self.log, "ab") as errors:
            self.child = subprocess.Popen(  # pylint: disable=consider-using-with,subprocess-popen-preexec-fn
                self.argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True,
                preexec_fn=die_with_parent)
        self.answers = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.child.stdout:
            self.answers.put(json.loads(line))
        self.answers.put(None)

    @property
    def pid(self):
        return self.child.pid

    def send(self, command):
        self.child.stdin.write(command + "\n")
        self.child.stdin.flush()

    def answer(self, seconds):
        """Its next line."""
        try:
            line = self.answers.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError(f"{self.argv[0]} said nothing for {seconds} s\n{tail(self.log)}") from None
        if line is None:
            raise RuntimeError(f"{' '.join(self.argv)} ended\n{tail(self.log)}")
        return line

    def stop(self):
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.child.wait(60)
