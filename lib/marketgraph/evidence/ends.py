"""Edges seen from their ends, and only those of some vertices."""

from __future__ import annotations

import numpy as np
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.communities.votes import Longs

# Of so few ids Parquet is told itself, and leaves out what can't have them; more are sent to where the edges are.
FEW = 10
_FACTS = (
    "relation",
    "weight",
    "evidence_count",
    "evidence",
    "recency",
    "rarity",
    "first_seen",
    "last_seen",
)


def id_frame(edges: DataFrame, ids: Longs) -> DataFrame:
    """The ids as a small frame: (vertex_id)."""
    import pandas as pd

    return edges.sparkSession.createDataFrame(pd.DataFrame({"vertex_id": ids}), "vertex_id long")


def among(column: str, ids: Longs) -> Column:
    """Whether the column has one of a few ids. As a text, since each literal by itself is a call to the JVM."""
    return F.expr(f"{column} in ({', '.join(map(str, ids.tolist()))})") if ids.size else F.lit(False)


def edges_at(edges: DataFrame, ids: Longs) -> DataFrame:
    """The edges that one of the vertices `ids` is an end of, a row for each such end.

    edges: at the contract of the edge tables, of any relations. Rows: vertex_id, kind, neighbour, neighbour_kind, and
    what the edge says. An edge of a vertex with itself is left out. One pass over the edges, no shuffle.
    """
    few = edges.where("src <> dst")
    if ids.size <= FEW:
        few = few.where(among("src", ids) | among("dst", ids))
    ends = F.explode(
        F.array(
            F.struct(*_renamed("src", "dst")),
            F.struct(*_renamed("dst", "src")),
        )
    )
    seen = few.select(ends.alias("end"), *_FACTS).select("end.*", *_FACTS)
    if ids.size <= FEW:
        return seen.where(among("vertex_id", ids))
    return seen.join(F.broadcast(id_frame(edges, ids)), "vertex_id", "left_semi")


def _renamed(own: str, other: str) -> list[Column]:
    return [
        F.col(own).alias("vertex_id"),
        F.col(f"{own}_kind").alias("kind"),
        F.col(other).alias("neighbour"),
        F.col(f"{other}_kind").alias("neighbour_kind"),
    ]


def ids_in(frame: DataFrame, column: str) -> Longs:
    """The distinct values of a column, ascending, on the driver: 8 bytes each."""
    found: Longs = np.sort(frame.select(column).distinct().toPandas()[column].to_numpy(np.int64))
    return found
