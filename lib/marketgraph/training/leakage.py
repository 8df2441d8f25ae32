"""The leakage report of a training set: what it was made of, and what makes it look better than it is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.tables.training import LEAKAGE
from marketgraph.training.auc import single_feature_auc
from marketgraph.training.labels import NEGATIVE, POSITIVE
from marketgraph.training.rules import LeakageRule


def leakage(kind: str, *findings: DataFrame) -> DataFrame:
    """The findings on the training set of one kind, at LEAKAGE."""
    return LEAKAGE.conform(reduce(DataFrame.unionAll, findings).withColumn("kind", F.lit(kind)))


def counted(examples: DataFrame, judged: DataFrame, absent: DataFrame) -> DataFrame:
    """How many examples there are, and how many entities were left out at a moment and why.

    examples: split and label; a null split is one that its group left no place for. judged: every entity and moment.
    absent: those who would be positive and were not there yet.
    """
    said = F.concat_ws("/", "split", F.when(F.col("label") == 1, POSITIVE).otherwise(NEGATIVE))
    kept = _count(examples.where("split is not null"), "examples", said)
    dropped = _count(examples.where("split is null"), "left_out", F.lit("group_in_another_split"))
    others = judged.where(~F.col("status").isin(POSITIVE, NEGATIVE))
    left = _count(others, "left_out", F.col("status"))
    return reduce(
        DataFrame.unionAll, [kept, dropped, left, _count(absent, "left_out", F.lit("not_there_yet"))]
    )


def _count(rows: DataFrame, finding: str, subject: Column) -> DataFrame:
    counts = rows.groupBy(subject.alias("subject")).agg(F.count(F.lit(1)).cast("double").alias("value"))
    return counts.select(*_named(finding, F.lit(None).cast("double"), F.lit("info")))


def shared_identifiers(examples: DataFrame, identifiers: DataFrame, rule: LeakageRule) -> DataFrame:
    """Values of each kind of identifier that entities of two splits hold: their number, never a value.

    examples: vertex_id and split. identifiers: (vertex_id, kind, value).
    """
    held = identifiers.join(examples.select("vertex_id", "split").distinct(), "vertex_id", "inner")
    splits = held.groupBy("kind", "value").agg(F.count_distinct("split").alias("splits"))
    shared = F.sum((F.col("splits") > 1).cast("long")).cast("double").alias("value")
    told = splits.groupBy(F.col("kind").alias("subject")).agg(shared)
    is_bad = F.col("subject").isin(*rule.strong) & (F.col("value") > 0)
    limit = F.when(F.col("subject").isin(*rule.strong), F.lit(0.0))
    return told.select(*_named("shared_identifier", limit, _severity(is_bad)))


def telling_features(examples: DataFrame, features: Sequence[str], rule: LeakageRule) -> DataFrame:
    """Each feature's AUC by itself, with a warning above the limit; and the features that are constant."""
    told = single_feature_auc(examples, features).withColumnRenamed("feature", "subject")
    is_constant = F.col("distinct_values") == 1
    auc = told.where(~is_constant & F.col("auc").isNotNull()).withColumn("value", F.col("auc"))
    limit = F.lit(rule.max_auc)
    good = auc.select(*_named("single_feature_auc", limit, _severity(F.col("value") > limit)))
    constant = told.where(is_constant).withColumn("value", F.lit(1.0))
    return good.unionAll(constant.select(*_named("constant_feature", F.lit(1.0), F.lit("warning"))))


def _severity(is_bad: Column) -> Column:
    return F.when(is_bad, F.lit("warning")).otherwise(F.lit("info"))


def _named(finding: str, limit: Column, severity: Column) -> list[Column]:
    return [
        F.lit(finding).alias("finding"),
        F.col("subject"),
        F.col("value"),
        limit.alias("limit"),
        severity.alias("severity"),
    ]
