"""A scrape of every snapshot's and content's own metrics, the cap on them lifted; and how many series a scrape has by default."""
import http.client
import statistics
import time

from lab import scripted
from lab.markdown import megabytes, seconds, table
from lab.usage import forget_peak, usage

TITLE = "Scrapes"
DEFAULT_CHAINS = 20_000
BUFFER = 1 << 20
NO_CAP = 100_000_000  # the most that the configuration takes


def run(bench):
    chains = bench.arguments.chains
    with scripted.watched(bench.folder("scrape-all"), chains, objectMetrics={"maxObjects": NO_CAP}) as (_, daemon):
        series = _series(daemon)
        pid = daemon.process.pid
        forget_peak(pid)
        before = usage(pid)
        times, sizes = zip(*[_scrape(daemon) for _ in range(bench.arguments.runs)])
        after = usage(pid)
    row = (f"{chains}", f"{series}", f"{sizes[-1] / 1e6:.1f} MB", seconds(statistics.median(times)), f"{len(times)}",
           megabytes(before.rss), megabytes(after.peak))
    text = table(("snapshots", "series", "bytes", "a scrape, median", "of", "memory before", "peak meanwhile"), [row])
    default = min(DEFAULT_CHAINS, chains)
    with scripted.watched(bench.folder("scrape-default"), default) as (_, daemon):
        return text + f"\nBy default, {default} snapshots: {_series(daemon)} series.\n"


def _series(daemon):
    return sum(1 for line in daemon.metrics_text().splitlines() if line and not line.startswith("#"))


def _scrape(daemon):
    """Seconds and bytes of one uncompressed scrape, thrown away as it comes."""
    buffer = bytearray(BUFFER)
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=60)
    try:
        start, size = time.monotonic(), 0
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        while count := answer.readinto(buffer):
            size += count
        return time.monotonic() - start, size
    finally:
        connection.close()
