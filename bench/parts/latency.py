"""How soon the state gauges of /metrics show an event that can be read on the daemon's socket."""
from lab import scripted
from lab.markdown import table

TITLE = "From the socket to /metrics"
CHAINS = (0, 5_000)
EVENTS = 1_000
HEAD = ("objects", "event to the end of an answer that shows it, 50 %", "99 %", "such an answer alone, 50 %", "99 %",
        "difference of the medians", "in the first answer", "an answer")


def run(bench):
    rows = []
    for chains in CHAINS:
        with scripted.watched(bench.folder(f"latency-{chains}"), chains) as (server, daemon):
            server.send(f"latency {EVENTS} 127.0.0.1:{daemon.port}")
            found = server.answer(600)
        times = [found[key] for key in ("seenP50", "seenP99", "scrapeP50", "scrapeP99")]
        rows.append((f"{4 * chains}", *[f"{value * 1000:.0f} µs" for value in times], f"{(times[0] - times[2]) * 1000:.0f} µs",
                     f"{found['atOnce']} of {found['events']}", f"{found['bytes'] / 1000:.0f} KB"))
    return table(HEAD, rows)
