"""Our own engine: blocks of compressed rows, compiled votes, one label per vertex on the driver between rounds.

The frames that it gives are made of its cached blocks; they live until `left_tidy` ends.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from pyspark import Broadcast
from pyspark.sql import DataFrame

from marketgraph.communities.blocks import Answers, Batches, Packed, pack, rows_of
from marketgraph.communities.propagation import Propagation, propagate
from marketgraph.communities.union_find import components
from marketgraph.communities.votes import Ints, Longs


def label_propagation(graph: DataFrame | Packed, settings: Propagation) -> DataFrame:
    """One row per vertex that has an edge: (vertex_id, label), the label the id of the vertex that gave it.

    graph: edges from `undirected_edges`, with one vote each, or a packed graph.
    """
    packed = _packed(graph)
    labels, _ = propagate(packed, settings)
    return of_vertices(packed, labels, "label")


def connected_components(graph: DataFrame | Packed) -> DataFrame:
    """One row per vertex that has an edge: (vertex_id, component), the component the smallest vertex id in it."""
    packed = _packed(graph)
    return of_vertices(packed, components(packed), "component")


def _packed(graph: DataFrame | Packed) -> Packed:
    return graph if isinstance(graph, Packed) else pack(graph, weighted=False)


def of_vertices(packed: Packed, numbers: Ints, column: str) -> DataFrame:
    """One row per packed vertex: (vertex_id, `column`), for each vertex the id of the vertex it is told.

    numbers: dense numbers, one per vertex. The rows are made where the blocks are.
    """
    context = packed.frame.sparkSession.sparkContext
    sent = context.broadcast((packed.ids, packed.ids[numbers]))
    told = _teller(sent, packed.blocks, column)
    return packed.frame.select("block").mapInArrow(told, f"vertex_id long, {column} long")


def _teller(sent: Broadcast[tuple[Longs, Longs]], blocks: int, column: str) -> Callable[[Batches], Answers]:
    def tell(batches: Batches) -> Answers:
        ids, found = sent.value
        for row in rows_of(batches):
            own = slice(row["block"], None, blocks)
            columns = {"vertex_id": np.ascontiguousarray(ids[own]), column: np.ascontiguousarray(found[own])}
            yield pa.RecordBatch.from_pydict({name: pa.array(array) for name, array in columns.items()})

    return tell
