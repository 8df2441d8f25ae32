"""Measures of the whole graph: PageRank, core number, triangles, clustering; and of its communities. One task.

The graph is the one that communities are found in: the chosen relations, undirected, a pair joined once, its weight the
sum over the relations that join it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame
from pyspark.sql.types import DoubleType, LongType

from marketgraph.communities.csr import volumes
from marketgraph.communities.packing import Answers, Batches
from marketgraph.communities.votes import UNITS
from marketgraph.errors import BudgetError
from marketgraph.features import graph_community
from marketgraph.features.graph_cores import core_numbers
from marketgraph.features.graph_groups import groups
from marketgraph.features.graph_packed import Arrays, packed, received, table_rows
from marketgraph.features.graph_pagerank import DAMPING, TOLERANCE, page_rank
from marketgraph.features.graph_rows import simple_rows
from marketgraph.features.graph_triangles import clustering, triangles
from marketgraph.tables.contract import Column
from marketgraph.tables.sources import ENTITY_KINDS

LONG, DOUBLE = LongType(), DoubleType()
MOST_EDGES = 20_000_000  # some 3 GB of the one task's Python and 1 GB of its JVM
ROWS_AT_ONCE = 100_000  # of the answer
_GRAPH = "the graph of communities.relations"


def columns(_: str = "") -> tuple[Column, ...]:
    """The same for every kind."""
    return (
        Column("graph_neighbours", LONG, f"distinct neighbours in {_GRAPH}", "vertices", minimum=0),
        Column("graph_weight", DOUBLE, f"sum of the weights of its edges in {_GRAPH}", minimum=0),
        Column("pagerank", DOUBLE, f"PageRank in {_GRAPH}, damping 0.85; 1 is the mean", minimum=0),
        Column("core_number", LONG, f"largest k such that it is in a k-core of {_GRAPH}", minimum=0),
        Column("triangles", LONG, f"pairs of its neighbours in {_GRAPH} that are neighbours", minimum=0),
        Column(
            "clustering",
            DOUBLE,
            "its triangles, of all pairs of its neighbours; null: fewer than two neighbours",
            nullable=True,
            minimum=0,
            maximum=1,
        ),
    )


def whole_graph(
    chosen: DataFrame, members: DataFrame, *, weighted: bool, most_edges: int = MOST_EDGES
) -> DataFrame:
    """One row per member: (vertex_id, the columns of this file and of graph_community.py).

    chosen: (src, dst, weight), from `relation_edges`; a weight counts in whole units of 2^-20. weighted: else each pair
    weighs 1. members: (vertex_id, label, kind: place in ENTITY_KINDS, age: seconds or UNKNOWN_AGE, risky: boolean), one
    row per vertex of the run. An end of an edge that is no member stands for a value with many holders: it is a vertex
    of the graph and in nobody's community.
    Raises BudgetError, before anything is moved, above `most_edges` edge rows.
    All edges and members go to one task, packed, in one shuffle: by the arrays' sizes its Python holds at its peak
    some 140 bytes an edge row and 150 a vertex, its JVM a third of that; the driver holds none of it.
    """
    rows = chosen.count()
    if rows > most_edges:
        raise BudgetError(
            f"the graph of communities.relations has {rows:,} edges; its measures are made in one task, of up to"
            f" {most_edges:,}",
            fix="leave out a relation that joins nearly everybody, such as trade, or raise the limit on a machine"
            " that has 200 bytes an edge to spare",
        )
    answer = [Column("vertex_id", LONG, "the vertex"), *columns(), *graph_community.columns()]
    schema = ", ".join(f"{column.name} {column.type.simpleString()}" for column in answer)
    return packed(chosen, members, weighted=weighted).repartition(1).mapInArrow(_task, schema)


def _task(batches: Batches) -> Answers:
    arrays = received(batches)
    if arrays.own.size:
        told = measured(arrays)
        yield from table_rows({name: values[arrays.own] for name, values in told.items()}, ROWS_AT_ONCE)


def measured(arrays: Arrays) -> dict[str, npt.NDArray[Any]]:
    """The id and the columns of each vertex of the graph, in the order of the answer; NaN where there is no value."""
    rows = simple_rows(arrays.ids, arrays.src, arrays.dst, arrays.votes)
    heard, degrees = volumes(rows), np.diff(rows.indptr)
    found = triangles(rows)
    of_graph = (
        degrees,
        heard / UNITS,
        page_rank(rows, heard, DAMPING, TOLERANCE),
        core_numbers(rows),
        found,
        clustering(found, degrees),
    )
    of_community = groups(rows, heard, arrays.members, len(ENTITY_KINDS))
    names = [column.name for column in (*columns(), *graph_community.columns())]
    return {"vertex_id": arrays.ids, **dict(zip(names, (*of_graph, *of_community), strict=True))}
