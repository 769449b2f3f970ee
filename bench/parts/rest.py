"""Memory and CPU of those who follow a large cluster in which little happens. All run at the same time."""
from lab import at_rest
from lab.cluster import RESOURCES
from lab.markdown import table

TITLE = "At rest, ten events a second"
EVENTS_A_SECOND = 10


def run(bench):
    cluster = bench.cluster(bench.arguments.chains)
    rows = at_rest.measure(bench, cluster, "rest", EVENTS_A_SECOND)
    objects = cluster.chains * len(RESOURCES)
    return (f"{objects} objects, {EVENTS_A_SECOND} changes a second, over {bench.arguments.seconds} s.\n\n"
            + table(at_rest.HEAD, rows))
