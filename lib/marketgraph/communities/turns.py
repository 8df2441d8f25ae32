"""Whose turn it is: all vertices at once, or one half of them and then the other, by a hash of the vertex id.

The halves are others in each iteration. Were they the same, two vertices of one half that listen to each other alone
would swap their labels for ever; so they agree as soon as one iteration parts them.
"""

from __future__ import annotations

import numpy as np

from marketgraph.communities.ids import mixed
from marketgraph.communities.settings import Schedule
from marketgraph.communities.votes import ALL, Flags, Longs

HASH_BITS = 64  # after as many iterations the halves come again


def turns_in(schedule: Schedule) -> int:
    """How many turns an iteration has."""
    return 1 if schedule == "synchronous" else 2


def rounds_unheard(schedule: Schedule) -> int:
    """How many turns back, at most, a vertex had its last one: in the first of an iteration, then the second."""
    return 2 * turns_in(schedule) - 1


def turns_of(ids: Longs, schedule: Schedule, iteration: int) -> tuple[Flags, ...]:
    """For each turn of an iteration (from 0) 1 for the vertices that may change in it; ALL where every vertex may."""
    if schedule == "synchronous":
        return (ALL,)
    bit = np.uint64(HASH_BITS - 1 - iteration % HASH_BITS)
    first: Flags = ((mixed(ids) >> bit) & np.uint64(1)).astype(np.uint8)
    return first, 1 - first
