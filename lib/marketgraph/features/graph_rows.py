"""The undirected simple weighted graph as compressed rows, neighbours ascending. numpy and numba, no Spark."""

from __future__ import annotations

import numpy as np

from marketgraph.communities.csr import Edges, Layout, compressed, sorted_by_block
from marketgraph.communities.ids import Numbering
from marketgraph.communities.votes import UNITS, Ints, Longs, Rows, compiled

_NO_HUBS = np.empty(0, np.int32)


def simple_rows(ids: Longs, src: Longs, dst: Longs, votes: Longs) -> Rows:
    """The rows of the vertices `ids` (ascending, all ends among them); row i is the vertex ids[i].

    A pair that several edges join, in either direction, is joined once, with the sum of their votes; votes, in units of
    2^-20, may be none (NO_VOTES): then every pair has one unit weight. Self-loops are left out. The rows do not
    depend on the order of the edges: who adds up floats along them gets the same bits.
    """
    numbering, layout = Numbering(ids), Layout(ids.size, 1, _NO_HUBS)
    edges = Edges(numbering.of(src), numbering.of(dst), votes)
    chunks = [chunk for _, chunk in sorted_by_block(edges, layout, _NO_HUBS)]
    rows = compressed(chunks, ids.size, known=ids.size, once=True)
    if not rows.votes.size:
        rows = rows._replace(votes=np.full(rows.neighbours.size, UNITS, np.int64))
    return _ascending(rows)


@compiled
def row_numbers(indptr: Longs) -> Ints:
    """For each entry the row that it stands in."""
    found = np.empty(indptr[-1], np.int32)
    for row in range(indptr.size - 1):
        found[indptr[row] : indptr[row + 1]] = row
    return found


@compiled
def _ascending(rows: Rows) -> Rows:
    """The transpose, which is the same graph: going through the rows in order fills each row in order."""
    indptr, neighbours, votes = rows
    free = indptr[:-1].copy()
    told, told_votes = np.empty_like(neighbours), np.empty_like(votes)
    for row in range(indptr.size - 1):
        for at in range(indptr[row], indptr[row + 1]):
            place = free[neighbours[at]]
            free[neighbours[at]] += 1
            told[place] = row
            told_votes[place] = votes[at]
    return Rows(indptr, told, told_votes)
