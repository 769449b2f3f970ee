"""Child processes that never outlive the test: process groups, logs in files, the kernel's parent-death signal."""
import ctypes
import os
import pathlib
import signal
import subprocess

from . import wait

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Process:
    """One program with its log. `detached`: it shall outlive this process (controlplane.py up)."""

    def __init__(self, name, argv, log, env=None, detached=False):
        self.name = name
        self.argv = [str(argument) for argument in argv]
        self.log = pathlib.Path(log)
        self.env = env
        self.detached = detached
        self.child = None

    def start(self):
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(  # pylint: disable=consider-using-with
                self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=self.env,
                start_new_session=True, preexec_fn=None if self.detached else die_with_parent)
        return self

    @property
    def pid(self):
        return self.child.pid

    def running(self):
        return self.child is not None and self.child.poll() is None

    def must_run(self):
        """Raises, with the end of its log, if the program has ended by itself."""
        if not self.running():
            raise RuntimeError(f"{self.name} ended with exit code {self.child.returncode if self.child else None}\n"
                               f"{' '.join(self.argv)}\n{self.tail()}")

    def signal(self, number):
        try:
            os.killpg(self.child.pid, number)
        except ProcessLookupError:
            pass

    def stop(self, seconds=10):
        """SIGTERM, then SIGKILL when it takes too long. Returns the exit code."""
        if self.child is None:
            return None
        if self.running():
            self.signal(signal.SIGTERM)
        return self.join(seconds)

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.join(60)

    def join(self, seconds):
        """Waits for the end; what is not over then is killed."""
        try:
            code = self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            code = self.child.wait(60)  # a gigabyte to give back takes its time on a busy machine
        self.signal(signal.SIGKILL)  # whatever the program left behind in its group
        return code

    def tail(self, lines=40):
        return tail(self.log, lines)


def tail(file, lines=40):
    try:
        text = pathlib.Path(file).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"--- no log: {error}"
    last = [line[:400] for line in text.splitlines()[-lines:]]
    return "\n".join([f"--- {file} (last {len(last)} lines)", *last])


def start_time(pid):
    """When a process began, in clock ticks since boot: tells it from a later one with the same pid. None if it is gone."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else int(fields[19])


def end_stranger(pid, started, seconds=10):
    """Ends a process that an earlier program started, if it is still the same one."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if start_time(pid) != started:
            return
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            return
        try:
            wait.until(f"the end of process {pid}", lambda: start_time(pid) != started, seconds)
            return
        except wait.TimedOut:
            continue


def peak_memory_kib(pid):
    """VmHWM: the most memory that the process ever had resident, in KiB."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def cpu_seconds(pid):
    """User and system time of the process so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
