"""What a process takes, as the kernel counts it."""
import dataclasses
import pathlib

from harness.process import cpu_seconds, peak_memory_kib


@dataclasses.dataclass(frozen=True)
class Usage:
    """CPU time in seconds since the start; resident memory and its peak (VmHWM) in KiB."""

    cpu: float
    rss: int
    peak: int


def usage(pid):
    return Usage(cpu_seconds(pid), resident_kib(pid), peak_memory_kib(pid))


def resident_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def forget_peak(pid):
    """From now on VmHWM is the peak since now (proc(5), clear_refs)."""
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
