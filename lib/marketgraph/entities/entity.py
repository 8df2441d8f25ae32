"""The entity tables, and the keys that they are numbered by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.tables import Table
from marketgraph.tables.entities import ENTITY_TABLES

SOURCE_OF = {kind: f"{kind}s" for kind in ENTITY_TABLES}


def entity_keys(sources: Mapping[str, DataFrame]) -> DataFrame:
    """One row per entity of the visible sources: (entity_kind, entity_id)."""
    keys = [
        sources[source].select(F.lit(kind).alias("entity_kind"), F.col(f"{kind}_id").alias("entity_id"))
        for kind, source in SOURCE_OF.items()
    ]
    return reduce(DataFrame.unionByName, keys)


def entities_of(kind: str, source: DataFrame, *, vertex_ids: DataFrame, spans: DataFrame) -> DataFrame:
    """One row per entity of one kind, at its table's contract.

    source: the visible source table. vertex_ids: the id map, which must hold every entity of the source.
    spans: from `activity_spans`; an entity that was never active has null times.
    """
    table: Table = ENTITY_TABLES[kind]
    ids = _of_kind(vertex_ids, kind).select("entity_id", "vertex_id")
    active = _of_kind(spans, kind).select("entity_id", "first_activity", "last_activity")
    keyed = source.withColumn("entity_id", F.col(f"{kind}_id"))
    # one id to one entity, at most one span to one entity
    return table.conform(keyed.join(ids, "entity_id", "inner").join(active, "entity_id", "left"))


def _of_kind(frame: DataFrame, kind: str) -> DataFrame:
    return frame.where(F.col("entity_kind") == F.lit(kind))
