"""Connected components of a packed graph: a union-find forest per task, then one forest of these on the driver."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from marketgraph.communities.blocks import Answers, Batches, Packed, ints, longs, rows_of
from marketgraph.communities.votes import Ints, Longs, compiled


def components(packed: Packed) -> Ints:
    """For each vertex the smallest dense number of its component.

    A task joins the ends of its blocks' edges and sends one tree edge for each vertex that is not a root: at most
    8 bytes a vertex and task, whatever the number of edges.
    Source: union-find with path halving (Tarjan and van Leeuwen 1984), roots by smallest number.
    """
    tasks = packed.frame.sparkSession.sparkContext.defaultParallelism
    told = packed.frame.coalesce(tasks).mapInArrow(
        _grower(packed.ids.size, packed.blocks), "children binary, parents binary"
    )
    forest = np.arange(packed.ids.size, dtype=np.int32)
    for row in told.collect():
        _join_pairs(forest, ints(row["children"]), ints(row["parents"]))
    return _roots(forest)


def _grower(vertices: int, blocks: int) -> Callable[[Batches], Answers]:
    def grow(batches: Batches) -> Answers:
        forest = np.arange(vertices, dtype=np.int32)
        for row in rows_of(batches):
            _join_rows(forest, longs(row["indptr"]), ints(row["neighbours"]), row["block"], blocks)
        roots = _roots(forest)
        children = np.flatnonzero(roots != np.arange(vertices, dtype=np.int32)).astype(np.int32)
        yield pa.RecordBatch.from_pydict(
            {"children": [children.tobytes()], "parents": [roots[children].tobytes()]}
        )

    return grow


@compiled
def _root(forest: Ints, vertex: int) -> int:
    while forest[vertex] != vertex:
        forest[vertex] = forest[forest[vertex]]
        vertex = forest[vertex]
    return vertex


@compiled
def _join(forest: Ints, one: int, other: int) -> None:
    a, b = _root(forest, one), _root(forest, other)
    if a < b:
        forest[b] = a
    elif b < a:
        forest[a] = b


@compiled
def _join_rows(forest: Ints, indptr: Longs, neighbours: Ints, block: int, stride: int) -> None:
    for row in range(indptr.size - 1):
        for at in range(indptr[row], indptr[row + 1]):
            _join(forest, row * stride + block, neighbours[at])


@compiled
def _join_pairs(forest: Ints, ones: Ints, others: Ints) -> None:
    for at in range(ones.size):
        _join(forest, ones[at], others[at])


@compiled
def _roots(forest: Ints) -> Ints:
    roots = np.empty(forest.size, np.int32)
    for vertex in range(forest.size):
        roots[vertex] = _root(forest, vertex)
    return roots
