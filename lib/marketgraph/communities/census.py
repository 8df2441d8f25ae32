"""Measures of a set of communities from a frame with a row for each: only sums come to the driver."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.communities.measures import PERCENTILES, Measure
from marketgraph.communities.report import Partition

_EXACT = "decimal(19,0)"  # the product of two has 38 digits: the sum of all squares is below 2^124


def measure_of_census(census: DataFrame) -> Measure:
    """Exact sums over a census: (label, size, volume, inner), one row per community.

    size: vertices; volume: the votes that they hear; inner: those from within the community. All long.
    """
    told = census.agg(*_sums()).collect()[0]
    return Measure(int(told["inner"] or 0), int(told["squares"] or 0), int(told["largest"] or 0))


def partition_of_census(census: DataFrame) -> Partition:
    """What the communities of a census are like."""
    total = int(census.agg(F.sum("volume").alias("total")).collect()[0]["total"] or 0)
    side = F.least("volume", F.lit(total) - F.col("volume"))
    leaving = F.when(side > 0, (F.col("volume") - F.col("inner")) / side).otherwise(F.lit(0.0))
    ranks = [
        F.expr(f"percentile_disc({p / 100}) within group (order by size)").alias(f"p{p}") for p in PERCENTILES
    ]
    told = census.agg(
        *_sums(),
        F.sum("size").alias("vertices"),
        F.count(F.lit(1)).alias("communities"),
        F.avg(F.when(F.col("volume") > 0, leaving)).alias("conductance"),
        *ranks,
    ).collect()[0]
    if not told["communities"]:
        return Partition(0, 0, (0, 0, 0, 0), 0.0, 0.0, 0.0)
    measure = Measure(int(told["inner"]), int(told["squares"]), int(told["largest"]))
    p50, p90, p99, p100 = (int(told[f"p{p}"]) for p in PERCENTILES)
    return Partition(
        vertices=told["vertices"],
        communities=told["communities"],
        sizes=(p50, p90, p99, p100),
        modularity=measure.modularity(total) / total**2 if total else 0.0,
        coverage=measure.inner / total if total else 0.0,
        conductance=told["conductance"] or 0.0,
    )


def _sums() -> list[Column]:
    exact = F.col("volume").cast(_EXACT)
    return [
        F.sum("inner").alias("inner"),
        F.sum(exact * exact).alias("squares"),
        F.max("size").alias("largest"),
    ]
