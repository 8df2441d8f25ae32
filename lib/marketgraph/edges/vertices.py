"""Source rows with vertex ids in place of the marketplace's ids."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.tables.sources import ENTITY_KINDS

# A kind's place in ENTITY_KINDS: what stands for it where rows are many.
CODE = {kind: place for place, kind in enumerate(ENTITY_KINDS)}


def in_vertices(frame: DataFrame, vertex_ids: DataFrame, **ends: str) -> DataFrame:
    """`frame` with a column of vertex ids for each of `ends`, kind=column of source ids: `buyer="buyer_id"`.

    The source ids are left out. An end whose id is null is null. One join with the id map per end, many to one.
    """
    told = frame
    for kind, column in ends.items():
        own = vertex_ids.where(F.col("entity_kind") == F.lit(kind))
        ids = own.select(F.col("entity_id").alias(column), F.col("vertex_id").alias(kind))
        told = told.join(ids, column, "left").drop(column)
    return told


def any_in_vertices(frame: DataFrame, vertex_ids: DataFrame, *, end: str) -> DataFrame:
    """`frame` with (`end`, `end`_kind: code) in place of (`end`_kind, `end`_id), for ends of any kind."""
    ids = vertex_ids.select(
        F.col("entity_kind").alias(f"{end}_kind"),
        F.col("entity_id").alias(f"{end}_id"),
        F.col("vertex_id").alias(end),
    )
    # many rows to one entity
    joined = frame.join(ids, [f"{end}_kind", f"{end}_id"], "inner").drop(f"{end}_id")
    return joined.withColumn(f"{end}_kind", code_of(F.col(f"{end}_kind")))


def code_of(kind: Column) -> Column:
    """The code of a kind's name."""
    return F.create_map(*[F.lit(part) for pair in CODE.items() for part in pair])[kind]


def name_of(code: Column) -> Column:
    """The name of a kind's code."""
    return F.array(*[F.lit(name) for name in ENTITY_KINDS])[code]
