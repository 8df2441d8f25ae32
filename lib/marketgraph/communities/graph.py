"""The graph that communities are found in: chosen relations as edges, and what each vertex hears."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.communities.settings import Propagation
from marketgraph.communities.votes import UNITS


def relation_edges(relations: Iterable[tuple[DataFrame, float]]) -> DataFrame:
    """All edges of the relations, (src, dst, weight): a pair that several relations join has a row for each.

    relations: edges, and the factor that multiplies their weights.
    """
    weighed = [
        edges.select("src", "dst", (F.col("weight") * factor).alias("weight")) for edges, factor in relations
    ]
    return reduce(DataFrame.unionByName, weighed)


def between_kinds(edges: DataFrame, pair: str) -> DataFrame:
    """The edges between two kinds, `src_kind-dst_kind`; all where the pair is empty."""
    if not pair:
        return edges
    src_kind, dst_kind = pair.split("-")
    return edges.where((F.col("src_kind") == src_kind) & (F.col("dst_kind") == dst_kind))


def heard_votes(edges: DataFrame, settings: Propagation) -> DataFrame:
    """Whom each vertex hears, and with how many votes: (vertex_id, neighbour, votes: long, in units of 2^-20).

    One row per edge row and end, or, where the orientation is undirected, per vertex and neighbour.
    """
    votes = F.rint(F.col("weight") * UNITS).cast("long") if settings.weighted else F.lit(UNITS).cast("long")
    there = edges.where("src <> dst").select(
        F.col("src").alias("vertex_id"), F.col("dst").alias("neighbour"), votes.alias("votes")
    )
    back = there.select(F.col("neighbour").alias("vertex_id"), F.col("vertex_id").alias("neighbour"), "votes")
    both = there.unionByName(back)
    if settings.orientation == "directed":
        return both
    if not settings.weighted:
        return both.distinct()
    return both.groupBy("vertex_id", "neighbour").agg(F.sum("votes").alias("votes"))


def named_by_smallest(labels: DataFrame, *, min_size: int) -> DataFrame:
    """One row per vertex, (vertex_id, label): each community named by its smallest vertex.

    labels: (vertex_id, label). min_size: the vertices of smaller communities stand alone, each with its own id.
    """
    label = Window.partitionBy("label")
    small = F.count(F.lit(1)).over(label) < min_size
    named = F.when(small, F.col("vertex_id")).otherwise(F.min("vertex_id").over(label))
    return labels.select("vertex_id", named.alias("label"))
