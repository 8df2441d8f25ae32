"""How well each feature alone tells positives from negatives: the area under its ROC curve, exactly.

AUC is the share of pairs of a positive and a negative in which the positive has the larger value, equal values counting
half (Mann and Whitney, 1947; Hanley and McNeil, 1982). A null is smaller than any value.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F


def single_feature_auc(examples: DataFrame, features: Sequence[str]) -> DataFrame:
    """One row per feature: (feature, distinct_values, auc).

    examples: label (0 or 1) and the features. auc: max(a, 1 - a), 0.5 to 1, for a feature that falls with the label
    tells it as well; null when there are only positives or only negatives. distinct_values: a null is a value. Pairs
    are counted in whole numbers, so that no order changes a bit. Two shuffles, whatever the number of features.
    """
    numbers = [F.col(name).cast("double").alias(name) for name in features]
    long = examples.select("label", *numbers).unpivot("label", list(features), "feature", "value")
    by_value = long.groupBy("feature", "value").agg(
        F.sum("label").alias("positives"), F.sum(1 - F.col("label")).alias("negatives")
    )
    lower = Window.partitionBy("feature").orderBy(F.asc_nulls_first("value"))
    below = F.sum("negatives").over(lower.rowsBetween(Window.unboundedPreceding, Window.currentRow))
    # twice the pairs that a value wins: negatives below it, and those with the value itself counted once
    twice = F.col("positives") * (2 * F.col("below") - F.col("negatives"))
    summed = (
        by_value.withColumn("below", below)
        .groupBy("feature")
        .agg(
            F.count(F.lit(1)).alias("distinct_values"),
            F.sum(twice.cast("decimal(38,0)")).alias("won"),
            F.sum("positives").alias("positives"),
            F.sum("negatives").alias("negatives"),
        )
    )
    pairs = 2 * F.col("positives").cast("double") * F.col("negatives").cast("double")
    area = F.when(pairs > 0, F.col("won").cast("double") / pairs)
    return summed.select("feature", "distinct_values", F.greatest(area, 1 - area).alias("auc"))
