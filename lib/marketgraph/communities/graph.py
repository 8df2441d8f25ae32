"""The graph that communities are found in: chosen relations as undirected edges, and the vertices around them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def undirected_edges(relations: Iterable[DataFrame]) -> DataFrame:
    """Each edge of the relations once: (src, dst, weight) with src < dst; self-loops left out.

    A pair that several relations join stays there once per relation: parallel edges vote once each.
    """
    edges = reduce(DataFrame.unionByName, [r.select("src", "dst", "weight") for r in relations])
    return edges.where("src <> dst").select(
        F.least("src", "dst").alias("src"), F.greatest("src", "dst").alias("dst"), "weight"
    )


def symmetrised(edges: DataFrame) -> DataFrame:
    """Each edge in both directions, so that a neighbour at either end is heard."""
    back = edges.select(F.col("dst").alias("src"), F.col("src").alias("dst"), "weight")
    return edges.select("src", "dst", "weight").unionByName(back)


def joined_vertices(edges: DataFrame) -> DataFrame:
    """One row per vertex that has an edge: (vertex_id)."""
    ends = F.explode(F.array("src", "dst")).alias("vertex_id")
    return edges.select(ends).distinct()
