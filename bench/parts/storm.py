"""Lives of snapshots at a rate that no cluster has: how long until each transition is committed, and what memory does."""
import time

from lab import scripted
from lab.markdown import megabytes, table
from lab.usage import forget_peak, usage

TITLE = "A storm of events"
CHAINS = 1_000
EVENTS_A_SECOND = 5_000
WARM = 10  # seconds of storm, after which memory should not grow
METRIC = "snaptrail_event_to_recorded_seconds"


def run(bench):
    storms = bench.arguments.seconds
    with scripted.watched(bench.folder("storm"), CHAINS) as (server, daemon):
        pid = daemon.process.pid
        target = f"127.0.0.1:{daemon.port}"
        before = usage(pid)
        _storm(server, WARM, target)
        warm = usage(pid)
        forget_peak(pid)
        earlier, begin = _buckets(daemon), time.monotonic()
        sent = _storm(server, storms, target)
        after, took = usage(pid), time.monotonic() - begin
        buckets = {bound: count - earlier[bound] for bound, count in _buckets(daemon).items()}
    events = f"{sent['events'] / sent['seconds']:.0f} events a second for {sent['seconds']:.0f} s"
    times = table(("event to", "50 %", "99 %", "longest", "rows"), [
        ("its row, committed and in the stream, seen from outside", *[f"{sent[key]:.1f} ms" for key in ("p50", "p99", "longest")],
         f"{sent['rows']} of {sent['events']} events"),
        (f"its commit, by `{METRIC}`", f"at most {_quantile(buckets, 0.5)}", f"at most {_quantile(buckets, 0.99)}",
         f"at most {_quantile(buckets, 1)}", f"{buckets[float('inf')]:.0f}")])
    memory = table(("memory before", f"after {WARM} s of storm", "at the end", "peak between these", "CPU, of a core"), [
        (megabytes(before.rss), megabytes(warm.rss), megabytes(after.rss), megabytes(after.peak),
         f"{(after.cpu - warm.cpu) / took:.0%}")])
    return f"{events}, {CHAINS * 4} objects beside.\n\n{times}\n{memory}"


def _storm(server, storms, target):
    server.send(f"storm {EVENTS_A_SECOND} {storms} {target}")
    return server.answer(storms + 120)


def _buckets(daemon):
    return {float(labels["le"]): count for labels, count in daemon.samples(METRIC + "_bucket")}


def _quantile(buckets, quantile):
    """The least bound that so many are below of."""
    wanted = quantile * buckets[float("inf")]
    bound = min(bound for bound, count in buckets.items() if count >= wanted)
    return "–" if bound == float("inf") else f"{bound * 1000:g} ms"
