"""What became of refused rows when their sources were conformed anew: row by row where rows can be told again."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

GROUP = ("table", "reason", "column")
FILE = ("table", "source_file")
COUNTS = ("refused_before", "no_longer_refused", "still_refused", "newly_refused", "refused_now")
# What the raw row of a record that can't be told apart into columns has in place of them.
UNREAD = "record"


def compared(before: DataFrame, after: DataFrame, *, same_key: bool) -> DataFrame:
    """One row per table, reason and column that either quarantine has: GROUP and COUNTS, in rows.

    before, after: of one date, in the contract of QUARANTINE. same_key: both hash personal values by one key.
    Rows are the same where table, file and raw row are; n copies of a row are n rows. A file of which other columns
    are read than before, or whose values are hashed by another key, has no row that can be told again: of such rows as
    many as there are on both sides, of one reason and column, count as still refused.
    A row that is refused for another reason than before is told as still refused under the reason that it had.
    """
    by_count = _read_otherwise(before, after)
    old, new = (_numbered(side, by_count, same_key=same_key) for side in (before, after))
    keys = [F.col(f"old.{name}") == F.col(f"new.{name}") for name in (*FILE, "mark", "number")]
    pairs = old.alias("old").join(new.alias("new"), keys, "full")  # one to one
    was, is_ = F.col("old.table").isNotNull(), F.col("new.table").isNotNull()
    told_before = pairs.where(was).select(
        *_group("old"), _one(F.lit(True)), _one(~is_), _one(is_), _one(F.lit(False)), _one(F.lit(False))
    )
    told_after = pairs.where(is_).select(
        *_group("new"),
        _one(F.lit(False)),
        _one(F.lit(False)),
        _one(F.lit(False)),
        _one(~was),
        _one(F.lit(True)),
    )
    every = told_before.toDF(*GROUP, *COUNTS).unionByName(told_after.toDF(*GROUP, *COUNTS))
    return every.groupBy(*GROUP).agg(*[F.sum(name).alias(name) for name in COUNTS]).orderBy(*GROUP)


def _group(side: str) -> list[Column]:
    return [F.col(f"{side}.{name}") for name in GROUP]


def _one(condition: Column) -> Column:
    return condition.cast("long")


def _numbered(side: DataFrame, by_count: DataFrame, *, same_key: bool) -> DataFrame:
    """The rows with `mark`, what they are told again by within their file, and `number` among those of one mark."""
    counted = F.lit(True) if not same_key else F.coalesce(F.col("by_count"), F.lit(False))
    of_reason = F.concat_ws(" ", "reason", "column")
    marked = side.join(F.broadcast(by_count), [*FILE], "left").withColumn(
        "mark", F.when(counted, of_reason).otherwise(F.col("raw_row"))
    )
    among = Window.partitionBy(*FILE, "mark").orderBy("reason", "column", "bad_value", "raw_row")
    return marked.withColumn("number", F.row_number().over(among)).drop("by_count")


def _read_otherwise(before: DataFrame, after: DataFrame) -> DataFrame:
    """The files of which both quarantines have rows, yet no two with the same raw columns."""
    old, new = _shapes(before).alias("old"), _shapes(after).alias("new")
    both = old.join(new, [*FILE])  # one row per file on either side
    apart = ~F.arrays_overlap("old.shapes", "new.shapes")
    return both.where(apart).select(*FILE, F.lit(True).alias("by_count"))


def _shapes(side: DataFrame) -> DataFrame:
    columns = F.array_join(F.array_sort(F.expr("json_object_keys(raw_row)")), "\n")
    told = side.select(*FILE, columns.alias("shape")).where(F.col("shape") != UNREAD)
    return told.groupBy(*FILE).agg(F.collect_set("shape").alias("shapes"))
