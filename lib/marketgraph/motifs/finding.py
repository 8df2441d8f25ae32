"""All ways to lay a motif's pattern into its edges: by GraphFrames' `find`, or by the same joins where it is not here.

Both give the same rows, and join from left to right: what stands between are rows of the pattern's first edges.
Source: Dave et al. (2016), "GraphFrames: an integrated API for mixing graph and relational queries".
"""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.graphs.graph import ends_of
from marketgraph.motifs.settings import Motif, Step


def by_graphframes(motif: Motif, edges: DataFrame) -> DataFrame:
    """One row per way: the vertex of each role, and each edge as a struct, by its name in the pattern.

    edges: (src, dst, edge …), `edge` the name that a row may have in the pattern.
    """
    from graphframes import GraphFrame  # brings pyspark.ml, which the other stages need not pay

    graph = GraphFrame(ends_of(edges).withColumnRenamed("vertex_id", "id"), edges)
    asked = reduce(Column.__and__, [F.col(f"{edge}.edge") == edge for _, edge, _ in motif.steps])
    roles = [F.col(f"{role}.id").alias(role) for role in motif.roles]
    found: DataFrame = (
        graph.find(motif.pattern).where(asked).select(*roles, *[step.edge for step in motif.steps])
    )
    return found


def by_joins(motif: Motif, edges: DataFrame) -> DataFrame:
    """The same rows as `by_graphframes` gives."""
    found = _laid(motif.steps[0], edges)
    for step in motif.steps[1:]:
        laid = _laid(step, edges)
        shared = [role for role in dict.fromkeys((step.src, step.dst)) if role in found.columns]
        # many ways so far to many edges; two parts of a pattern that share no vertex are each with each
        found = found.join(laid, shared, "inner") if shared else found.crossJoin(laid)
    return found.select(*motif.roles, *[step.edge for step in motif.steps])


def _laid(step: Step, edges: DataFrame) -> DataFrame:
    """The edges that one edge of the pattern may be: its vertices by their roles, and itself."""
    may_be = edges.where(F.col("edge") == step.edge)
    if step.src == step.dst:
        may_be = may_be.where("src = dst")
    ends = {step.src: F.col("src"), step.dst: F.col("dst")}
    return may_be.select(*[end.alias(role) for role, end in ends.items()], F.struct("*").alias(step.edge))
