"""A propagation's report as frames of the community tables."""

from __future__ import annotations

from dataclasses import astuple

from pyspark.sql import DataFrame, SparkSession

from marketgraph.communities.report import Report
from marketgraph.tables.communities import ITERATIONS, PARTITION


def iterations_table(spark: SparkSession, report: Report) -> DataFrame:
    """One row per iteration: (iteration, changed, share, seconds)."""
    rows = [astuple(step) for step in report.steps]
    return ITERATIONS.conform(spark.createDataFrame(rows, ITERATIONS.schema))


def partition_table(spark: SparkSession, report: Report) -> DataFrame:
    """One row: why it ended, and what the communities are like."""
    found = report.partition
    row = (
        f"{report.digest:016x}",
        report.stopped,
        len(report.steps),
        report.kept,
        found.vertices,
        found.communities,
        *found.sizes,
        found.modularity,
        found.coverage,
        found.conductance,
    )
    return PARTITION.conform(spark.createDataFrame([row], PARTITION.schema))
