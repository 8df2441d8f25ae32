"""The place of each row in the order of a unique column, for frames that no one partition could sort."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

_PLACE = "place"
_IN_PARTITION = 33  # bits of monotonically_increasing_id that number the rows of a partition


@dataclass(frozen=True)
class Ranked:
    """frame: the rows with their `rank`, 0..rows-1, held in Spark's cache until `release` is called."""

    frame: DataFrame
    rows: int
    release: Callable[[], object]


def ranked(frame: DataFrame, by: str) -> Ranked:
    """Every row with its rank (long) by the column `by`, which is unique: strings in the order of their UTF-8 bytes.

    A sort by ranges, then the sizes of the partitions (one number each comes to the driver) say where each begins.
    """
    # Sorting by ranges samples: another run of it could put the bounds elsewhere. So it runs once, and its
    # outcome is kept, each row with its partition and its place therein.
    sorted_once = frame.orderBy(by).withColumn(_PLACE, F.monotonically_increasing_id()).persist()
    partition = F.shiftright(_PLACE, _IN_PARTITION).cast("int")
    sizes = {r["p"]: r["count"] for r in sorted_once.groupBy(partition.alias("p")).count().collect()}
    within = F.col(_PLACE).bitwiseAND(F.lit((1 << _IN_PARTITION) - 1))
    rank = (_begins(sizes)[partition] + within).alias("rank")
    return Ranked(sorted_once.select(*frame.columns, rank), sum(sizes.values()), sorted_once.unpersist)


def _begins(sizes: dict[int, int]) -> Column:
    """How many rows come before each partition, as an array that the partition indexes."""
    last = max(sizes, default=0)
    begins = accumulate((sizes.get(p, 0) for p in range(last)), initial=0)
    return F.array(*[F.lit(begin).cast("long") for begin in begins])
