"""Negatives: a sample by a hash of seed, vertex and moment, so that no order of rows and no partition changes it."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.training.labels import NEGATIVE, POSITIVE

# Hashes are told apart in so many steps; times the most entities there are, it still fits 63 bits.
STEPS = 1 << 30


def draw(seed: int, *columns: Column) -> Column:
    """A number from 0 to STEPS - 1, the same for the same values: xxhash64 of the seed and the columns."""
    return F.pmod(F.xxhash64(F.lit(seed).cast("long"), *columns), F.lit(STEPS).cast("long"))


def sampled(judged: DataFrame, *, per_positive: int, seed: int) -> DataFrame:
    """The positives of `judged`, and of each moment's negatives about `per_positive` for each of its positives.

    A negative is kept when draw(seed, vertex, moment in ms) x negatives < per_positive x positives x STEPS, in whole
    numbers. A moment without positives has no negatives either.
    """
    counts = judged.groupBy("moment").agg(
        F.sum((F.col("status") == POSITIVE).cast("long")).alias("positives"),
        F.sum((F.col("status") == NEGATIVE).cast("long")).alias("negatives"),
    )
    # one row of counts to each moment, and few moments
    told = judged.where(F.col("status").isin(POSITIVE, NEGATIVE)).join(F.broadcast(counts), "moment", "inner")
    number = draw(seed, F.col("vertex_id"), F.unix_millis("moment"))
    wanted = F.least(F.lit(per_positive) * F.col("positives"), F.col("negatives"))
    is_in = number * F.col("negatives") < wanted * F.lit(STEPS).cast("long")
    kept = told.where((F.col("status") == POSITIVE) | is_in)
    label = (F.col("status") == POSITIVE).cast("int").alias("label")
    return kept.select("vertex_id", "moment", label, "label_kind")
