"""Triangles of an undirected simple graph and how its neighbourhoods close, compiled. numpy and numba, no Spark."""

from __future__ import annotations

import numpy as np

from marketgraph.communities.votes import Longs, Rows, compiled
from marketgraph.features.graph_pagerank import Doubles


@compiled
def triangles(rows: Rows) -> Longs:
    """For each vertex how many pairs of its neighbours are neighbours.

    Each edge points from the end of the lower degree to the other (ties: by number), so that no vertex, a hub least of
    all, has more than sqrt(2 x edges) edges out of it; each triangle is found once, from its lowest vertex. Exact; time
    grows with edges^1.5 at most.
    Source: Chiba and Nishizeki (1985); the algorithm `forward` of Schank and Wagner (2005).
    """
    indptr, neighbours = rows.indptr, rows.neighbours
    size = indptr.size - 1
    degrees = np.diff(indptr)
    begins = np.zeros(size + 1, np.int64)
    higher = np.empty(neighbours.size // 2, np.int32)
    filled = 0
    for row in range(size):
        for at in range(indptr[row], indptr[row + 1]):
            near = neighbours[at]
            if degrees[near] > degrees[row] or (degrees[near] == degrees[row] and near > row):
                higher[filled] = near
                filled += 1
        begins[row + 1] = filled
    found, marked = np.zeros(size, np.int64), np.full(size, -1, np.int32)
    for row in range(size):
        for at in range(begins[row], begins[row + 1]):
            marked[higher[at]] = row
        for at in range(begins[row], begins[row + 1]):
            near = higher[at]
            for further in range(begins[near], begins[near + 1]):
                if marked[higher[further]] == row:
                    found[row] += 1
                    found[near] += 1
                    found[higher[further]] += 1
    return found


def clustering(found: Longs, degrees: Longs) -> Doubles:
    """The share of the pairs of its neighbours that are neighbours, 0..1; NaN with fewer than two neighbours.

    Source: Watts and Strogatz (1998), the local clustering coefficient.
    """
    pairs = degrees * (degrees - 1) / 2
    shares: Doubles = np.divide(found, pairs, out=np.full(found.size, np.nan), where=pairs > 0)
    return shares
