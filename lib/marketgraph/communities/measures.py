"""Measures of a set of communities from arrays: exact sums, so that no order of adding can change a comparison."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from marketgraph.communities.ids import mix
from marketgraph.communities.report import Partition
from marketgraph.communities.votes import UNITS, Ints, Labels, Longs, Rows, compiled

PERCENTILES = (50, 90, 99, 100)


@dataclass(frozen=True)
class Measure:
    """What the stop rules ask of a state. inner: votes within communities, each edge twice.

    squares: the sum over communities of their volume squared. largest: vertices of the largest community.
    """

    inner: int
    squares: int
    largest: int

    def modularity(self, total: int) -> int:
        """Modularity times total squared, exactly. total: all votes, each edge twice."""
        return self.inner * total - self.squares


@compiled
def inner_votes(rows: Rows, own: Labels, labels: Labels) -> Longs:
    """For each row the votes of neighbours that have the row's own label."""
    indptr, neighbours, votes = rows
    inner = np.zeros(indptr.size - 1, np.int64)
    for row in range(inner.size):
        for at in range(indptr[row], indptr[row + 1]):
            if labels[neighbours[at]] == own[row]:
                inner[row] += votes[at] if votes.size else UNITS
    return inner


@compiled
def summed(labels: Labels, values: Longs, size: int) -> Longs:
    """The sum of the values of each label 0..size-1."""
    sums = np.zeros(size, np.int64)
    for at in range(labels.size):
        sums[labels[at]] += values[at]
    return sums


@compiled
def smallest_of(labels: Ints) -> Ints:
    """For each vertex the smallest vertex that has its label."""
    first = np.full(labels.max() + 1 if labels.size else 0, -1, np.int32)
    found = np.empty(labels.size, np.int32)
    for at in range(labels.size):
        if first[labels[at]] < 0:
            first[labels[at]] = at
        found[at] = first[labels[at]]
    return found


def sum_of_squares(values: Longs) -> int:
    """Exactly, of values from 0 to 2^62."""
    high, low = values >> 31, values & (2**31 - 1)
    return (_products(high, high) << 62) + (_products(high, low) << 32) + _products(low, low)


def _products(ones: Longs, others: Longs) -> int:
    """The sum of products of numbers below 2^31, four of which fit into 64 bits."""
    total = 0
    products = (ones * others).view(np.uint64)
    for half in (products >> np.uint64(32), products & np.uint64(0xFFFFFFFF)):
        total = (total << 32) + int(half.sum())
    return total


@compiled
def digest(ids: Longs, labels: Longs) -> np.uint64:
    """A hash of who has which label, the same in any order: hashes of the pairs, added up in 64 bits."""
    total: np.uint64 = np.uint64(0)
    for at in range(ids.size):
        total += mix(np.int64(mix(ids[at])) ^ labels[at])
    return total


def partition_of(sizes: Longs, volumes: Longs, inner: Longs) -> Partition:
    """What communities are like, from one entry for each: its vertices, its votes, those of them that stay inside."""
    total, count = int(volumes.sum()), int(sizes.size)
    if not count:
        return Partition(0, 0, (0, 0, 0, 0), 0.0, 0.0, 0.0)
    measure = Measure(int(inner.sum()), sum_of_squares(volumes), int(sizes.max()))
    rank = np.percentile(sizes, PERCENTILES, method="inverted_cdf")
    smaller_side = np.minimum(volumes, total - volumes)
    leaving = np.divide(volumes - inner, smaller_side, out=np.zeros(count), where=smaller_side > 0)
    with_edges = volumes > 0
    return Partition(
        vertices=int(sizes.sum()),
        communities=count,
        sizes=(int(rank[0]), int(rank[1]), int(rank[2]), int(rank[3])),
        modularity=measure.modularity(total) / total**2 if total else 0.0,
        coverage=measure.inner / total if total else 0.0,
        conductance=float(np.sort(leaving[with_edges]).mean()) if with_edges.any() else 0.0,
    )
