"""Memory and CPU of those who have nothing to do, in small and middling clusters. All run at the same time."""
from lab import at_rest
from lab.cluster import RESOURCES
from lab.markdown import table

TITLE = "At rest, nothing happening"
OBJECTS = (0, 1_000, 20_000)


def run(bench):
    rows = []
    for objects in OBJECTS:
        cluster = bench.cluster(objects // len(RESOURCES))
        rows += [(f"{objects}", *row) for row in at_rest.measure(bench, cluster, f"idle-{objects}")]
    return f"Over {bench.arguments.seconds} s.\n\n" + table(("objects", *at_rest.HEAD), rows)
