"""What each vertex's community is like, from arrays over all vertices. numpy and numba, no Spark."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from marketgraph.communities.measures import inner_votes, summed
from marketgraph.communities.votes import NO_VOTES, UNITS, Flags, Ints, Longs, Rows, compiled
from marketgraph.features.graph_pagerank import Doubles

SECONDS_A_DAY = 86_400
UNKNOWN_AGE = -1
NO_KIND = -1  # of a vertex that stands for a value: it is no member of any community


class Members(NamedTuple):
    """The vertices as members of communities, one entry each.

    labels: the community, as numbers 0..n-1. kinds: code of the kind, or NO_KIND. ages: seconds, or UNKNOWN_AGE.
    risky: 1 where a violation of it is known.
    """

    labels: Ints
    kinds: Longs
    ages: Longs
    risky: Flags


class Groups(NamedTuple):
    """For each vertex what its community is like; NaN where there is no value.

    sizes: members. density: of the pairs of members, how many are joined. mean_age: days, of members whose age is
    known. risky_share: of its other members, those with a known violation. entropy: of the kinds of its members, in
    bits. inside: the share of the vertex's own weight that goes to members.
    """

    sizes: Longs
    density: Doubles
    mean_age: Doubles
    risky_share: Doubles
    entropy: Doubles
    inside: Doubles


def groups(rows: Rows, volumes: Longs, members: Members, kinds: int) -> Groups:
    """Each vertex's community. kinds: how many there are. Sums are of integers: exact in any order.

    A vertex that stands for a value with many holders is in nobody's community and counts for nothing here.
    """
    labels, count = members.labels, members.labels.max() + 1 if members.labels.size else 0
    real = members.kinds != NO_KIND
    sizes = summed(labels, real.astype(np.int64), count)
    neighbours = inner_votes(rows._replace(votes=NO_VOTES), labels, labels) // UNITS
    joined = summed(labels, neighbours, count)
    known = (members.ages != UNKNOWN_AGE) & real
    ages = summed(labels, np.where(known, members.ages, 0), count)
    with_age = summed(labels, known.astype(np.int64), count)
    risky = summed(labels, members.risky.astype(np.int64), count)
    mixed = np.stack([summed(labels, (members.kinds == k).astype(np.int64), count) for k in range(kinds)])
    pairs = sizes * (sizes - 1)
    return Groups(
        sizes=sizes[labels],
        density=share(joined, pairs)[labels],
        mean_age=(share(ages, with_age) / SECONDS_A_DAY)[labels],
        risky_share=share(risky[labels] - members.risky, sizes[labels] - 1),
        entropy=_entropies(mixed)[labels],
        inside=share(inner_votes(rows, labels, labels), volumes),
    )


def share(part: Longs, whole: Longs) -> Doubles:
    """part / whole; NaN where there is no whole."""
    shares: Doubles = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)
    return shares


@compiled
def _entropies(counts: Longs) -> Doubles:
    """Of each column of counts, in bits, terms added in the order of rows."""
    found = np.zeros(counts.shape[1])
    for column in range(counts.shape[1]):
        total = counts[:, column].sum()
        for row in range(counts.shape[0]):
            if counts[row, column]:
                part = counts[row, column] / total
                found[column] -= part * math.log2(part)
    return found
