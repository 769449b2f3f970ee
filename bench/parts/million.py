"""A million objects, more than an API server beside could hold: the part memory, whatever --chains is."""
from . import memory

TITLE = "A million objects"
CHAINS = 250_000


def run(_bench):
    return memory.steps(CHAINS)
