"""The ties of some vertices on the driver, as many of each as paths go along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.evidence.ends import edges_at
from marketgraph.evidence.paths import Tie, Ties
from marketgraph.evidence.ties import pull_of
from marketgraph.risk.settings import Domain


def ties_at(edges: DataFrame, vertices: Sequence[int], domain: Domain, *, degree: int) -> Mapping[int, Ties]:
    """The strongest ties of these vertices, `degree` of each at most, and how many each has.

    The pull of a tie is the sum over the edges between two, its relation that of the strongest. One pass over the
    edges, a shuffle by pair and one by vertex; the driver holds some 100 bytes a tie.
    """
    at = edges_at(edges, np.array(vertices, np.int64)).withColumn("pull", pull_of(domain)).where("pull > 0")
    pairs = at.groupBy("vertex_id", "neighbour").agg(
        F.sum("pull").alias("sum"), F.min(F.struct((-F.col("pull")).alias("less"), "relation")).alias("first")
    )
    strongest = Window.partitionBy("vertex_id").orderBy(F.desc("sum"), "neighbour")
    counted = pairs.withColumns(
        {
            "place": F.row_number().over(strongest),
            "count": F.count(F.lit(1)).over(Window.partitionBy("vertex_id")),
        }
    )
    told = counted.where(F.col("place") <= degree).select(
        "vertex_id", "neighbour", "sum", F.col("first.relation").alias("relation"), "count", "place"
    )
    rows = sorted(told.toPandas().itertuples(index=False), key=lambda row: (row.vertex_id, row.place))
    return {int(vertex): _ties(list(own)) for vertex, own in groupby(rows, key=lambda row: row.vertex_id)}


def _ties(rows: list) -> Ties:  # type: ignore[type-arg]
    return Ties(tuple(Tie(int(r.neighbour), int(r.sum), r.relation) for r in rows), int(rows[0].count))
