"""Rows that share a key: of exact copies one is kept; of rows that differ none is, since none is known right."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import MapType

from marketgraph.sources.faults import (
    FAULT,
    FILE,
    MERGED,
    OUTCOME,
    PART,
    RAW,
    VALUE,
    Outcome,
    Reason,
    fault_code,
    first_fault,
)
from marketgraph.sources.judge import ASIDE, GONE, LATER
from marketgraph.sources.visibility import without_the_future
from marketgraph.tables.contract import Table

ALONE = "__alone"


def repeated_keys(rows: DataFrame, table: Table) -> DataFrame:
    """One row, `rows`: how many keys more than one of the accepted rows have. Null is a value of a key."""
    accepted = rows.where(F.col(OUTCOME) == Outcome.ACCEPTED.value)
    per_key = accepted.groupBy(*table.key).agg(F.count("*").alias("holders"))
    return per_key.where(F.col("holders") > 1).agg(F.count("*").alias("rows"))


def with_duplicates(rows: DataFrame, table: Table, as_of: date) -> DataFrame:
    """Adds faults among the rows without one: copies beyond the first, every row of a key with two contents.

    Contents are compared as they are known at `as_of`: rows that only a later time tells apart are copies until then.

    rows: with references (LATER, GONE, ASIDE, MERGED, FAULT …). Which copy is kept shows only in the quarantine: the
    order is by file and raw text.
    """
    sound = F.col(FAULT).isNull() & ~F.col(LATER) & ~F.col(GONE) & ~F.col(ASIDE) & ~F.col(MERGED)
    # the others stand by themselves, and are spread over all tasks
    marked = rows.select("*", F.when(~sound, F.xxhash64(RAW, FILE)).alias(ALONE))
    same_key = Window.partitionBy(*table.key, ALONE)
    known = zip(table.schema.names, without_the_future(table, as_of), strict=True)
    content = F.struct(*[_comparable(table, name, value) for name, value in known])
    differ = F.min(content).over(same_key) != F.max(content).over(same_key)
    copy = F.row_number().over(same_key.orderBy(FILE, RAW)) > 1
    place = len(table.columns) + 1
    duplicate = [
        (F.col(ALONE).isNull() & differ, fault_code(place, Reason.DUPLICATE_KEY)),
        (F.col(ALONE).isNull() & copy, fault_code(place, Reason.DUPLICATE_ROW)),
    ]
    key = F.concat_ws(", ", *[F.col(name).cast("string") for name in table.key])
    return marked.select(
        *table.schema.names,
        first_fault(duplicate, otherwise=F.col(FAULT)).alias(FAULT),
        F.when(F.col(ALONE).isNull(), key).otherwise(F.col(VALUE)).alias(VALUE),
        *(LATER, GONE, ASIDE, MERGED, FILE, PART, RAW),
    )


def _comparable(table: Table, name: str, value: Column) -> Column:
    if isinstance(table.column(name).type, MapType):
        return F.array_sort(F.map_entries(name)).alias(name)
    return value
