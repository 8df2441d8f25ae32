"""Whose turn it is: all vertices at once, or one half of them and then the other, by a hash of the vertex id."""

from __future__ import annotations

import numpy as np

from marketgraph.communities.ids import mixed
from marketgraph.communities.settings import Schedule
from marketgraph.communities.votes import ALL, Flags, Longs


def turns_of(ids: Longs, schedule: Schedule) -> tuple[Flags, ...]:
    """For each turn of an iteration 1 for the vertices that may change in it; ALL where every vertex may."""
    if schedule == "synchronous":
        return (ALL,)
    first: Flags = (mixed(ids) >> np.uint64(63)).astype(np.uint8)
    return first, 1 - first
