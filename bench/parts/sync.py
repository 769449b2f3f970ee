"""How long, and at what cost, until a cold start has synced, beside peers and beside curl, which reads the same four lists at
the same time and throws them away. Everybody in turn, then everybody again: medians."""
import dataclasses
import statistics

from lab.cluster import RESOURCES, has_curl
from lab.markdown import megabytes, per_object, seconds, table
from lab.usage import usage

TITLE = "First sync"
HEAD = ("program", "until synced", "to curl's", "CPU until then", "memory, peak", "a peak object", "runs")


@dataclasses.dataclass(frozen=True)
class Run:
    """One cold start: seconds, seconds of CPU, KiB. `recorded` and what follows are of snaptrail alone."""

    synced: float
    cpu: float
    peak: int
    recorded: float = None
    recorded_cpu: float = None
    recorded_peak: int = None


def run(bench):
    cluster = bench.cluster(bench.arguments.chains)
    curls, runs = [], {subject: [] for subject in bench.subjects}
    for number in range(bench.arguments.runs):
        if has_curl():
            curls.append(cluster.curl())
        for subject in bench.subjects:
            bench.say(f"run {number + 1}: {subject.NAME}")
            runs[subject].append(_start(subject, cluster, bench.folder(f"sync-{number}-{subject.NAME}")))
    return _tables(cluster, curls, runs)


def _start(subject, cluster, folder):
    one = subject(cluster, folder)
    try:
        at, taken = one.until_synced(cluster.chains)
        recorded = one.settle(cluster.chains)
        if recorded is None:
            return Run(at, taken.cpu, taken.peak)
        after = usage(one.pid)
        return Run(at, taken.cpu, taken.peak, recorded, after.cpu, after.peak)
    finally:
        one.stop()


def _median(runs, field):
    return statistics.median(getattr(run, field) for run in runs)


def _tables(cluster, curls, runs):
    objects = cluster.chains * len(RESOURCES)
    floor = statistics.median(curls) if curls else None
    rows = [("curl of the four lists at once, thrown away", seconds(floor), "1")] if curls else []
    for subject, own in runs.items():
        synced, peak = _median(own, "synced"), _median(own, "peak")
        rows.append((subject.NAME, seconds(synced), f"{synced / floor:.2f}" if floor else "–", seconds(_median(own, "cpu")),
                     megabytes(peak), per_object(peak, objects), str(len(own))))
    text = f"{objects} objects, {cluster.bytes / 1e6:.0f} MB of JSON\n\n" + table(HEAD, rows)
    for subject, own in runs.items():
        if own[0].recorded is not None:
            text += (f"\n{subject.NAME}, until every record is in the ledger: {seconds(_median(own, 'recorded'))}, CPU "
                     f"{seconds(_median(own, 'recorded_cpu'))}, peak {megabytes(_median(own, 'recorded_peak'))}.\n")
    return text
