"""Core numbers of an undirected simple graph, compiled. numpy and numba, no Spark."""

from __future__ import annotations

import numpy as np

from marketgraph.communities.votes import Longs, Rows, compiled


@compiled
def core_numbers(rows: Rows) -> Longs:
    """For each vertex the largest k such that it is in a subgraph in which all have k neighbours or more.

    Vertices are taken away in the order of their degrees among those that are left, kept sorted in buckets: time
    grows with the number of edges. 0 for a vertex without neighbours.
    Source: Batagelj and Zaversnik (2003), "An O(m) algorithm for cores decomposition of networks".
    """
    indptr, neighbours = rows.indptr, rows.neighbours
    size = indptr.size - 1
    left = np.diff(indptr)
    begins = np.zeros(left.max() + 2 if size else 1, np.int64)
    for row in range(size):
        begins[left[row] + 1] += 1
    begins = np.cumsum(begins)
    order, place = np.empty(size, np.int64), np.empty(size, np.int64)
    free = begins.copy()
    for row in range(size):
        place[row] = free[left[row]]
        order[place[row]] = row
        free[left[row]] += 1
    for taken in range(size):
        vertex = order[taken]
        for at in range(indptr[vertex], indptr[vertex + 1]):
            near = neighbours[at]
            if left[near] > left[vertex]:
                # to the front of its bucket, whose begin moves past it: it is then in the bucket below
                first = begins[left[near]]
                other = order[first]
                order[first], order[place[near]] = near, other
                place[other], place[near] = place[near], first
                begins[left[near]] = first + 1
                left[near] -= 1
    return left
