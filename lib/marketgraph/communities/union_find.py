"""Connected components of a packed graph: a union-find forest per task, then one forest of these on the driver."""

from __future__ import annotations

from functools import partial

import numpy as np
from pyspark import Broadcast

from marketgraph.communities.blocks import Packed, rows_in
from marketgraph.communities.csr import Layout
from marketgraph.communities.packing import Answers, Batches, ints, packed_row, rows_of
from marketgraph.communities.votes import Ints, Labels, Rows, compiled, inlined

EVERYWHERE = np.empty(0, np.int32)  # as labels: any edge joins


def components(packed: Packed, within: Ints = EVERYWHERE) -> Ints:
    """For each vertex the smallest dense number of its component.

    within: labels of all vertices; an edge between two labels does not join. A task joins the ends of its blocks'
    edges and sends one tree edge for each vertex that is not a root: at most 8 bytes a vertex and task, whatever the
    number of edges.
    Source: union-find with path halving (Tarjan and van Leeuwen 1984), roots by smallest number.
    """
    context = packed.frame.sparkSession.sparkContext
    sent = context.broadcast((packed.layout, within))
    told = packed.frame.coalesce(context.defaultParallelism).mapInArrow(
        partial(_grow, sent), "children binary, parents binary"
    )
    forest = np.arange(packed.layout.vertices, dtype=np.int32)
    for row in told.collect():
        join_pairs(forest, ints(row["children"]), ints(row["parents"]))
    return roots_of(forest)


def _grow(sent: Broadcast[tuple[Layout, Ints]], batches: Batches) -> Answers:
    layout, within = sent.value
    forest = np.arange(layout.vertices, dtype=np.int32)
    for row in rows_of(batches):
        join_rows(forest, rows_in(row), layout.vertices_of(row["block"]), within)
    roots = roots_of(forest)
    children = np.flatnonzero(roots != np.arange(layout.vertices, dtype=np.int32)).astype(np.int32)
    yield packed_row(children=children, parents=roots[children])


@inlined
def _root(forest: Ints, vertex: int) -> int:
    while forest[vertex] != vertex:
        forest[vertex] = forest[forest[vertex]]
        vertex = forest[vertex]
    return vertex


@compiled
def join_rows(forest: Ints, rows: Rows, vertices: Ints, within: Labels) -> None:
    """Join each row's vertex with its neighbours, of the same label where labels are given."""
    indptr, neighbours = rows.indptr, rows.neighbours
    for row in range(indptr.size - 1):
        for at in range(indptr[row], indptr[row + 1]):
            one, other = vertices[row], neighbours[at]
            if within.size and within[one] != within[other]:
                continue
            a, b = _root(forest, one), _root(forest, other)
            forest[max(a, b)] = min(a, b)


@compiled
def join_pairs(forest: Ints, ones: Ints, others: Ints) -> None:
    """Join the vertices of each pair."""
    for at in range(ones.size):
        a, b = _root(forest, ones[at]), _root(forest, others[at])
        forest[max(a, b)] = min(a, b)


@compiled
def roots_of(forest: Ints) -> Ints:
    """For each vertex the smallest number that it is joined with."""
    roots = np.empty(forest.size, np.int32)
    for vertex in range(forest.size):
        roots[vertex] = _root(forest, vertex)
    return roots
