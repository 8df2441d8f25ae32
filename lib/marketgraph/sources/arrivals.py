"""What has come since an earlier date: which rows a run of that date did not see, and what it saw in place of others.

A run of the earlier date is not repeated for it: a row was not there when its own times, or a parent's, lie at or after
that date; and of a row that was there, a time that was not known yet was null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import MapType

from marketgraph.sources.visibility import lies_later, masked_times, midnight, without_the_future
from marketgraph.tables.contract import ENTITY, Reference, Table
from marketgraph.tables.sources import ENTITY_KINDS, SOURCE_TABLES

# Names that no source table has: whether a row is new since the date, and whether one that was there has changed.
NEW, CHANGED = "__new", "__changed"
Hold = Callable[[DataFrame], DataFrame]
_PARENTS = {*(f"{kind}s" for kind in ENTITY_KINDS), "orders"}


def with_arrivals(sources: Mapping[str, DataFrame], since: date, hold: Hold) -> dict[str, DataFrame]:
    """Each source table with NEW and CHANGED; both are never null.

    sources: visible rows as of a later date, by table name. hold: keeps a small frame in memory, so that Spark knows
    how small it is and sends it to the rows. Joins: one per reference, with the ids of new parents.
    """
    told: dict[str, DataFrame] = {}
    ids: dict[str, DataFrame] = {}
    for table in SOURCE_TABLES:
        new: Column = lies_later(table, since)
        frame = sources[table.name]
        for number, reference in enumerate(table.references):
            frame = frame.join(_new_ids(ids, reference, number), list(reference.columns), "left")
            new = new | F.col(f"__parent{number}").isNotNull()
        changed = ~new & _has_later_time(table, since)
        told[table.name] = frame.select(*table.schema.names, new.alias(NEW), changed.alias(CHANGED))
        if table.name in _PARENTS:
            ids[table.name] = hold(told[table.name].where(NEW).select(F.col(table.key[0]).alias("id")))
    return told


def as_seen_before(told: DataFrame, table: Table, since: date) -> DataFrame:
    """The rows that a run of `since` saw, as it saw them. told: from `with_arrivals`."""
    return told.where(~F.col(NEW)).select(*without_the_future(table, since))


def unlike(
    now: Mapping[str, DataFrame], stored: Mapping[str, DataFrame], tables: Iterable[Table]
) -> list[str]:
    """Names of the tables whose rows differ between two sets of frames, by count and by a hash of all values.

    A feed that was delivered late, mended or withdrawn shows in it. One pass over each frame, one row each comes back.
    """
    sides = [
        _hashes(frames[table.name], table).select(
            F.lit(table.name).alias("table"), F.lit(side).alias("side"), "h"
        )
        for table in tables
        for side, frames in (("now", now), ("stored", stored))
    ]
    summed = reduce(DataFrame.unionByName, sides).groupBy("table", "side")
    rows = summed.agg(F.count(F.lit(1)).alias("rows"), F.expr("bit_xor(h)").alias("hash")).collect()
    found = {(row["table"], row["side"]): (row["rows"], row["hash"]) for row in rows}
    return [t.name for t in tables if found.get((t.name, "now")) != found.get((t.name, "stored"))]


def _new_ids(ids: Mapping[str, DataFrame], reference: Reference, number: int) -> DataFrame:
    """Ids of the parents that are new, under the names of the reference's columns, each once."""
    mark = F.lit(True).alias(f"__parent{number}")
    if reference.table != ENTITY:
        return ids[reference.table].select(F.col("id").alias(reference.columns[0]), mark)
    kind, entity = reference.columns
    each = [
        ids[f"{name}s"].select(F.lit(name).alias(kind), F.col("id").alias(entity), mark)
        for name in ENTITY_KINDS
    ]
    return reduce(DataFrame.unionByName, each)


def _has_later_time(table: Table, since: date) -> Column:
    later = [F.coalesce(F.col(name) >= midnight(since), F.lit(False)) for name in masked_times(table)]
    return reduce(lambda one, other: one | other, later, F.lit(False))


def _hashes(frame: DataFrame, table: Table) -> DataFrame:
    # a map has no hash in Spark; no edge is made of one
    names = [c.name for c in table.columns if not isinstance(c.type, MapType)]
    return frame.select(F.xxhash64(*names).alias("h"))
