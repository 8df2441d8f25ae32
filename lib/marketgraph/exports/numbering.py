"""Rows numbered from 0 within groups, in a total order, without any of them coming to the driver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.graphs.ranks import ranked

# Names that no column of a table has.
GROUP, ROW, _KEY = "_group", "_row", "_key"


@dataclass(frozen=True)
class Numbered:
    """frame: the rows with their number, ROW, from 0 in their group; held in Spark's cache until `release` is called.

    counts: rows of each group, by its number.
    """

    frame: DataFrame
    counts: tuple[int, ...]
    release: Callable[[], object]


def numbered(frame: DataFrame, by: Sequence[str], *, groups: int) -> Numbered:
    """Number the rows of each GROUP (int, below `groups`) by the columns `by`, which are unique in their group.

    One sort by ranges of (group, by); partition sizes and group sizes, a number each, come to the driver.
    """
    order = ranked(frame.withColumn(_KEY, F.struct(GROUP, *by)), by=_KEY)
    found = {row[GROUP]: row["count"] for row in order.frame.groupBy(GROUP).count().collect()}
    counts = tuple(found.get(group, 0) for group in range(groups))
    row = (F.col("rank") - before(counts)[F.col(GROUP)]).alias(ROW)
    return Numbered(order.frame.select(*frame.columns, row), counts, order.release)


def before(counts: Sequence[int]) -> Column:
    """How many come before each group, as an array that the group's number indexes."""
    begins = list(accumulate(counts, initial=0))
    return F.array(*[F.lit(begin).cast("long") for begin in begins])
