"""Degree and weighted degree of each vertex in each relation."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType, LongType

from marketgraph.communities.votes import UNITS
from marketgraph.features.graph_ends import CODE
from marketgraph.tables.contract import Column
from marketgraph.tables.relations import relations_of


def columns(kind: str) -> tuple[Column, ...]:
    """degree_<relation> and weight_<relation> of each relation that a vertex of the kind can be an end of; 0: none."""
    return tuple(column for relation in relations_of(kind) for column in _pair(relation))


def _pair(relation: str) -> tuple[Column, Column]:
    return (
        Column(f"degree_{relation}", LongType(), f"edges of relation {relation} at it", "edges", minimum=0),
        Column(
            f"weight_{relation}", DoubleType(), f"sum of the weights of its edges of {relation}", minimum=0
        ),
    )


def degrees(ends: DataFrame, relations: Iterable[str]) -> DataFrame:
    """One row per vertex with an edge: (vertex_id, degree_<relation>, weight_<relation> …), null where it has none.

    ends: from `edge_ends`. A self-loop counts twice, as is usual. Weights are summed in whole units of 2^-20, exactly.
    No shuffle beyond that of the ends: an edge goes through none of its relations' sums but its own.
    """
    by_relation = ends.groupBy("vertex_id", "relation").agg(
        F.count(F.lit(1)).alias("edges"), F.sum("units").alias("units")
    )
    sums = []
    for relation in relations:
        own = F.col("relation") == CODE[relation]
        sums.append(F.max(F.when(own, F.col("edges"))).alias(f"degree_{relation}"))
        sums.append(F.max(F.when(own, F.col("units") / UNITS)).alias(f"weight_{relation}"))
    return by_relation.groupBy("vertex_id").agg(*sums)
