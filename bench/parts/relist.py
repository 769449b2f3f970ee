"""Memory over everything that happens to a cluster: first sync, a scrape, and a new list of everything, when the API server
has answered every watch with 410."""
import dataclasses
import statistics
import time

from lab.cluster import RESOURCES
from lab.markdown import megabytes, per_object, seconds, table
from lab.usage import forget_peak, usage

TITLE = "Memory, and a new list of everything"
SETTLED = 10  # seconds, for what is done when there is nothing else to do
MOST_RUNS = 3  # each of them takes a new API server
HEAD = ("program", "peak until settled", "settled", "peak while listing again", "to settled", "settled again",
        "CPU of listing again", "peak of all", "an object")


@dataclasses.dataclass(frozen=True)
class Run:
    """KiB; seconds of CPU."""

    first_peak: int
    settled: int
    again_peak: int
    settled_again: int
    again_cpu: float


def run(bench):
    cluster = bench.cluster(bench.arguments.chains)
    runs = {subject: [] for subject in bench.subjects}
    for number in range(min(bench.arguments.runs, MOST_RUNS)):
        for subject in bench.subjects:
            bench.say(f"run {number + 1}: {subject.NAME}")
            runs[subject].append(_start(subject, cluster, bench.folder(f"relist-{number}-{subject.NAME}")))
    objects = cluster.chains * len(RESOURCES)
    return f"{objects} objects, median of {len(next(iter(runs.values())))}\n\n" + table(
        HEAD, [_row(subject, own, objects) for subject, own in runs.items()])


def _start(subject, cluster, folder):
    one = subject(cluster, folder)
    try:
        one.until_synced(cluster.chains)
        one.settle(cluster.chains)
        time.sleep(SETTLED)
        before = usage(one.pid)
        forget_peak(one.pid)
        cluster.expire_watches()
        one.until_listed_again()
        time.sleep(SETTLED)
        after = usage(one.pid)
        return Run(before.peak, before.rss, after.peak, after.rss, after.cpu - before.cpu)
    finally:
        one.stop()


def _row(subject, runs, objects):
    def median(field):
        return statistics.median(getattr(run, field) for run in runs)

    peak = statistics.median(max(run.first_peak, run.again_peak) for run in runs)
    return (subject.NAME, megabytes(median("first_peak")), megabytes(median("settled")), megabytes(median("again_peak")),
            f"{median('again_peak') / median('settled'):.2f}", megabytes(median("settled_again")), seconds(median("again_cpu")),
            megabytes(peak), per_object(peak, objects))
