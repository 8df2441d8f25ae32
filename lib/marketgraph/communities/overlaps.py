"""What the communities of two dates have in common: counted by pair, from their members."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.communities.graph import named_by_smallest
from marketgraph.communities.holding import settled
from marketgraph.graphs.graph import ends_of


@dataclass(frozen=True)
class Overlaps:
    """The communities of a date and of one before. Those of the date go by their smallest vertex until they are named.

    pairs: one row per two that share a vertex: first_vertex, previous_id, overlap, size, size_before.
    now: (first_vertex, size) of every community of the date. before: (previous_id, size_before) of the one before.
    """

    pairs: DataFrame
    now: DataFrame
    before: DataFrame


def communities_of(labels: DataFrame, edges: DataFrame) -> DataFrame:
    """One row per vertex that is an end of an edge: (vertex_id, first_vertex), the smallest vertex of its community.

    labels: (vertex_id, label). edges: (src, dst) of the graph that they were found in. Shuffles: edges' ends, labels.
    """
    return named_by_smallest(labels.join(ends_of(edges), "vertex_id", "left_semi"), min_size=1).select(
        "vertex_id", F.col("label").alias("first_vertex")
    )


def overlaps_of(now: DataFrame, before: DataFrame) -> Overlaps:
    """The overlaps of `now`, (vertex_id, first_vertex), and `before`, (vertex_id, community_id): each vertex once.

    Shuffles: both by vertex, where they meet, then one row per pair and task, to be counted; what follows is of pairs.
    A vertex that is on one side only counts for the size of its community there.
    """
    none = F.lit(None).cast("long")
    sides = now.select("vertex_id", "first_vertex", none.alias("previous_id")).unionByName(
        before.select("vertex_id", none.alias("first_vertex"), F.col("community_id").alias("previous_id"))
    )
    # at most one community to one vertex, on either side: a sum that needs no sorting, as a join of the two would
    both = sides.groupBy("vertex_id").agg(
        F.max("first_vertex").alias("first_vertex"), F.max("previous_id").alias("previous_id")
    )
    flows = settled(both.groupBy("first_vertex", "previous_id").agg(F.count(F.lit(1)).alias("overlap")))
    sizes, sizes_before = (
        settled(flows.where(f"{side} is not null").groupBy(side).agg(F.sum("overlap").alias(size)))
        for side, size in (("first_vertex", "size"), ("previous_id", "size_before"))
    )
    shared = flows.where("first_vertex is not null and previous_id is not null")
    # many pairs to one size, twice
    sized = shared.join(sizes, "first_vertex", "inner").join(sizes_before, "previous_id", "inner")
    pairs = sized.select("first_vertex", "previous_id", "overlap", "size", "size_before")
    return Overlaps(settled(pairs), sizes, sizes_before)
