"""The instances of one motif.

Only the edges that a motif asks for go into its graph, one row for each pair and edge of the pattern, so that each
set of vertices is one instance. An edge between two of one kind is laid both ways, since it has no direction.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from itertools import combinations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.communities import graphframes_engine
from marketgraph.communities.graph import between_kinds
from marketgraph.communities.holding import held
from marketgraph.communities.votes import UNITS
from marketgraph.motifs.finding import by_graphframes, by_joins
from marketgraph.motifs.settings import Motif
from marketgraph.tables.motifs import INSTANCES


def motif_instances(motif: Motif, edges: Mapping[str, DataFrame]) -> DataFrame:
    """One row per instance: the vertex of each role, `relations`, and `units`, the sum of its weights in 1/UNITS.

    edges: by relation, at the contracts of the edge tables. The frames that are held, by GraphFrames too, live until
    `left_tidy` ends.
    """
    asked_for = held(graph_edges(motif, edges))  # each edge of the pattern reads it, and so do the vertices
    find = by_graphframes if graphframes_engine.is_here(asked_for.sparkSession) else by_joins
    found = find(motif, asked_for).where(_distinct(motif))
    names = [step.edge for step in motif.steps]
    relations = F.array_sort(F.array_distinct(F.flatten(F.array(*[f"{name}.relations" for name in names]))))
    units = reduce(Column.__add__, [F.col(f"{name}.units") for name in names])
    return found.select(
        *motif.roles,
        relations.alias("relations"),
        units.alias("units"),
    )


def graph_edges(motif: Motif, edges: Mapping[str, DataFrame]) -> DataFrame:
    """The edges that the motif asks for: (src, dst, edge, relations, units), a row per pair and edge of the pattern."""
    rows = [_laid(edges, step.edge, told) for step in motif.steps for told in motif.edges[step.edge]]
    return (
        reduce(DataFrame.unionByName, rows)
        .groupBy("src", "dst", "edge")
        .agg(F.array_sort(F.collect_set("relation")).alias("relations"), F.sum("units").alias("units"))
    )


def _laid(edges: Mapping[str, DataFrame], edge: str, told: str) -> DataFrame:
    name, _, pair = told.partition(":")
    there = between_kinds(edges[name], pair).select(
        "src",
        "dst",
        F.lit(edge).alias("edge"),
        "relation",
        F.rint(F.col("weight") * UNITS).cast("long").alias("units"),
        (F.col("src_kind") == F.col("dst_kind")).alias("mutual"),
    )
    back = there.where("mutual").select(
        F.col("dst").alias("src"), F.col("src").alias("dst"), *there.columns[2:]
    )
    return there.unionByName(back).drop("mutual")


def _distinct(motif: Motif) -> Column:
    """No vertex has two roles; of two that are alike the smaller id has the first."""
    apart = [F.col(a) != F.col(b) for a, b in combinations(motif.roles, 2)]
    order = [F.col(motif.alike[0]) < F.col(motif.alike[1])] if motif.alike else []
    return reduce(Column.__and__, [*apart, *order])


def strongest(name: str, motif: Motif, instances: DataFrame, *, most: int) -> DataFrame:
    """The `most` strongest instances at INSTANCES; of equal ones those of smaller vertices, role by role."""
    first = instances.orderBy(F.desc("units"), *motif.roles).limit(most)
    rank = F.row_number().over(Window.orderBy(F.desc("units"), *motif.roles))
    return INSTANCES.conform(
        first.select(
            F.lit(name).alias("motif"),
            rank.cast("long").alias("rank"),
            F.array(*[F.lit(role) for role in motif.roles]).alias("roles"),
            F.array(*motif.roles).alias("vertices"),
            "relations",
            (F.col("units") / UNITS).alias("strength"),
        )
    )
