"""PageRank of an undirected weighted graph, compiled. numpy and numba, no Spark."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from marketgraph.communities.votes import Longs, Rows, compiled

Doubles = npt.NDArray[np.float64]

DAMPING = 0.85
TOLERANCE = (
    1e-10  # mean change of a rank at which it ends: some 140 rounds, since each leaves at most 0.85 of it
)
MOST_ROUNDS = 1000


@compiled
def page_rank(rows: Rows, volumes: Longs, damping: float, tolerance: float) -> Doubles:
    """The rank of each row's vertex, as a multiple of the mean: all of them add up to the number of vertices.

    volumes: the votes of each row in all. A surfer goes on along an edge with probability `damping`, by the edges'
    weights, and else to any vertex; one who is at a vertex without edges goes to any vertex. Since nobody comes to such
    a vertex along an edge, its rank is known at once, and so is what it gives to all: no round has to spread it.
    Exact to some six times the tolerance. Terms are added up along the rows, so equal rows give equal bits.
    Source: Page, Brin, Motwani and Winograd (1999), "The PageRank citation ranking"; power iteration.
    """
    indptr, neighbours, votes = rows
    size = indptr.size - 1
    dangling = 0
    for row in range(size):
        dangling += volumes[row] == 0
    base = (1 - damping) / (1 - damping * dangling / size) if size else 1.0
    ranks, given = np.ones(size), np.zeros(size)
    for _ in range(MOST_ROUNDS):
        for row in range(size):
            if volumes[row]:
                given[row] = ranks[row] / volumes[row]
        change = 0.0
        for row in range(size):
            heard = 0.0
            for at in range(indptr[row], indptr[row + 1]):
                heard += votes[at] * given[neighbours[at]]
            rank = base + damping * heard
            change += abs(rank - ranks[row])
            ranks[row] = rank
        if change <= tolerance * size:
            break
    return ranks
