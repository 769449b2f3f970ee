"""What those who are measured take while little or nothing happens. They rest at the same time: a minute measures all."""
import contextlib
import time

from .markdown import megabytes
from .usage import usage

SETTLED = 10  # seconds, for what is done when there is nothing else to do
HEAD = ("program", "CPU, of a core", "memory", "peak")


def measure(bench, cluster, name, events_a_second=0):
    """Rows for HEAD: over bench.arguments.seconds, while so many objects change every second."""
    with contextlib.ExitStack() as stack:
        started = []
        for subject in bench.subjects:
            bench.say(f"{name}: {subject.NAME}")
            one = subject(cluster, bench.folder(f"{name}-{subject.NAME}"))
            stack.callback(one.stop)
            one.until_synced(cluster.chains)
            one.settle(cluster.chains)
            started.append(one)
        if events_a_second:
            stack.enter_context(cluster.changing(events_a_second))
        time.sleep(SETTLED)
        begin, before = time.monotonic(), [usage(one.pid) for one in started]
        time.sleep(bench.arguments.seconds)
        took, after = time.monotonic() - begin, [usage(one.pid) for one in started]
    return [(one.NAME, f"{(later.cpu - earlier.cpu) / took:.2%}", megabytes(later.rss), megabytes(later.peak))
            for one, earlier, later in zip(started, before, after)]
