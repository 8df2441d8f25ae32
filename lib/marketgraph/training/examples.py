"""Examples: what is asked of each moment put beside its label, its split and its features."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timezone
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.sources.visibility import midnight
from marketgraph.tables import Table

# When an entity of each kind began; null: before the data does.
BEGAN = {
    "merchant": "registered_at",
    "product": "listed_at",
    "creator": "joined_at",
    "content": "started_at",
    "buyer": "registered_at",
}


def seen_at(features: Mapping[date, DataFrame], entities: DataFrame, kind: str) -> DataFrame:
    """One row per entity and date that it has features of: (vertex_id, moment, born).

    features: slices by their dates. entities: the entity table of the run's date, which knows all of the earlier ones.
    born: when it registered or was first seen to do anything, whichever is earlier; null: before the data begins.
    """
    began = F.col(BEGAN[kind])
    born = F.when(began.isNotNull(), F.least(began, "first_activity")).alias("born")
    each = [frame.select("vertex_id", midnight(day).alias("moment")) for day, frame in features.items()]
    # one entity to its moments
    return reduce(DataFrame.unionAll, each).join(entities.select("vertex_id", born), "vertex_id", "left")


def decisions_on(kind: str, violations: DataFrame, vertex_ids: DataFrame) -> DataFrame:
    """The decisions against entities of the kind: (vertex_id, kind, decided_at, known_at)."""
    ids = vertex_ids.where(F.col("entity_kind") == kind).select("entity_id", "vertex_id")
    against = violations.where(F.col("entity_kind") == kind)
    # many decisions to one entity
    return against.join(ids, "entity_id", "inner").select("vertex_id", "kind", "decided_at", "known_at")


def with_features(chosen: DataFrame, features: Mapping[date, DataFrame], table: Table) -> DataFrame:
    """`chosen` (vertex_id, moment, label …) at the contract of its training set.

    features: what is known of each entity as of each date, by vertex_id. Every one of chosen has a row there.
    """
    each = [
        # one entity to its one example of the date
        chosen.where(F.col("moment") == midnight(day)).join(frame, "vertex_id", "inner")
        for day, frame in features.items()
    ]
    return table.conform(reduce(DataFrame.unionByName, each))


def with_statistics(features: DataFrame, statistics: DataFrame) -> DataFrame:
    """Features with the statistics of the entity's sequence; of one that has none the counts are 0, the rest null."""
    counts = [name for name, kind in statistics.dtypes if kind == "bigint" and name != "vertex_id"]
    # at most one sequence to one entity
    return features.join(statistics, "vertex_id", "left").fillna(0, subset=counts)


def moment_of(day: date) -> datetime:
    """The midnight (UTC) that a date begins with."""
    return datetime(day.year, day.month, day.day, tzinfo=timezone.utc)


def moments_frame(some: DataFrame, days: list[date]) -> DataFrame:
    """(moment), one row per date."""
    rows = [(moment_of(day),) for day in days]
    return some.sparkSession.createDataFrame(rows, "moment timestamp")
