"""Rows: a data frame whose columns are made of terms, step by step.

Each step sees the columns of the step before. Spark keeps the steps apart where a column is used more than
once, so a formula that several others use is worked out once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame, SparkSession

from marketgraph.synth.terms import Term, Value, call, col, named

# Fewer rows than this are one task's work.
_ROWS_OF_A_TASK = 20_000
_MORE_THAN_ALL = 1_000_000


@dataclass(frozen=True)
class Rows:
    """A lazy frame. `extend` and `select` name new columns; their terms see those of the rows, not each other."""

    frame: DataFrame

    @classmethod
    def range(cls, spark: SparkSession, first: int, end: int, *, name: str, partitions: int | None) -> Rows:
        """One row for each number from first to end - 1. partitions: None for Spark's default."""
        tasks = 1 if end - first < _ROWS_OF_A_TASK and partitions is None else partitions
        return cls(spark.range(first, end, 1, tasks).toDF(name))

    def extend(self, **columns: Value) -> Rows:
        """More columns."""
        return Rows(self.frame.selectExpr("*", *named(columns)))

    def select(self, *kept: str, **columns: Value) -> Rows:
        """The kept columns, then new ones under their names."""
        return Rows(self.frame.selectExpr(*[col(name).text for name in kept], *named(columns)))

    def where(self, condition: Term) -> Rows:
        """The rows for which the condition holds."""
        return Rows(self.frame.where(condition.text))

    def for_each(self, name: str, numbers: Term) -> Rows:
        """A row for each item of an array, which becomes the column `name`."""
        return self.extend(**{name: call("explode", numbers)})

    def apart(self) -> Rows:
        """The same rows. What came before is compiled apart from what comes after.

        Java does not optimise a method above 8,000 bytes, and Spark makes one method of a chain of
        projections; it makes a new one after a coalesce, which here has nothing to join.
        """
        return Rows(self.frame.coalesce(_MORE_THAN_ALL))

    def settled(self, *columns: str) -> Rows:
        """The same rows with these columns only. What comes later is worked out after what they compute.

        Spark moves a filter below projections by repeating their expressions in it; with expressions built on
        one another that multiplies the work. A generator is where it stops.
        """
        row = call("struct", *[col(name) for name in columns])
        return Rows(self.frame.selectExpr(call("inline", call("array", row)).text))


def union(columns: tuple[str, ...], *parts: Rows) -> Rows:
    """The rows of all parts, with these columns."""
    return Rows(reduce(DataFrame.union, [part.frame.select(*columns) for part in parts]))
