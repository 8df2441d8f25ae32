"""Edges as their ends see them: who has whom for a neighbour, by which relation, with what weight."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.communities.votes import UNITS
from marketgraph.tables.relations import GROUPED, RELATIONS

# What stands for a relation where rows are many: its place in the catalogue.
CODE = {name: place for place, name in enumerate(RELATIONS)}
# Neighbours by shared identifiers, co-behaviour or look-alike listings: all that is told of pairs in a group.
PEERS = tuple(GROUPED)


def edge_ends(edges: DataFrame) -> DataFrame:
    """One row per edge and end: (vertex_id, neighbour, relation: int, units: the weight in 2^-20), by vertex_id.

    edges: (src, dst, relation, weight), of all edge tables. One shuffle. All further sums by vertex_id, and by it and
    more, need no other.
    """
    both = F.explode(
        F.array(
            F.struct(F.col("src").alias("vertex_id"), F.col("dst").alias("neighbour")),
            F.struct(F.col("dst").alias("vertex_id"), F.col("src").alias("neighbour")),
        )
    )
    code = F.coalesce(*[F.when(F.col("relation") == name, place) for name, place in CODE.items()])
    told = edges.select(
        both.alias("end"),
        code.alias("relation"),
        F.rint(F.col("weight") * UNITS).cast("long").alias("units"),
    )
    return told.select("end.*", "relation", "units").repartition("vertex_id")


def neighbour_pairs(ends: DataFrame) -> DataFrame:
    """One row per vertex and distinct neighbour: (vertex_id, neighbour, peer), each pair both ways, nobody with itself.

    ends: from `edge_ends`. peer: some relation of PEERS joins them. No shuffle beyond that of the ends.
    """
    peer = F.max(F.col("relation").isin([CODE[name] for name in PEERS]))
    others = ends.where("vertex_id <> neighbour")
    return others.groupBy("vertex_id", "neighbour").agg(peer.alias("peer"))


def heard_from(pairs: DataFrame, facts: DataFrame) -> DataFrame:
    """What each vertex hears of its neighbours: (vertex_id, peer, the facts of one neighbour), a row per neighbour.

    facts: one row per vertex, by vertex_id; neighbours without facts are left out. Since pairs stand both ways, a
    vertex's facts are put beside its own pairs, where they lie already, and are then those of the other's neighbour:
    only what is summed up by the other end moves, and a vertex with many neighbours is nobody's burden.
    """
    # many pairs to one row of facts
    return (
        pairs.join(facts, "vertex_id", "inner").drop("vertex_id").withColumnRenamed("neighbour", "vertex_id")
    )
