"""Splits by time and by group: tests are of the last moment, and nobody who belongs together is in two splits."""

from __future__ import annotations

from datetime import datetime

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.training.negatives import draw
from marketgraph.training.rules import TrainingConfig

TRAIN, VALIDATION, TEST = "train", "validation", "test"
SPLITS = (TRAIN, VALIDATION, TEST)
_HUNDRED = 100


def groups_of(labels: DataFrame, components: DataFrame, rule: TrainingConfig) -> DataFrame:
    """One row per vertex: (vertex_id, community, part).

    community: its label. part: what is never in two splits: its component, everybody it is joined with by shared
    identifiers over however many steps; of a component of more than the rule's largest_group of all vertices, which
    would be a split of its own, its community. A community lies within one component, so it is in one split both ways.
    """
    told = labels.select("vertex_id", F.col("label").alias("community"))
    if rule.groups == "community":
        return told.withColumn("part", F.col("community"))
    sizes = components.groupBy("component").agg(F.count(F.lit(1)).alias("size"))
    total = components.agg(F.count(F.lit(1)).alias("total"))
    # one size to each component, one total to all
    sized = components.join(sizes, "component", "inner").crossJoin(F.broadcast(total))
    is_large = F.col("size") > F.col("total") * F.lit(rule.largest_group)
    # one component to each vertex
    joined = told.join(sized, "vertex_id", "inner")
    part = F.when(is_large, F.col("community")).otherwise(F.col("component"))
    return joined.select("vertex_id", "community", part.alias("part"))


def with_splits(
    examples: DataFrame, groups: DataFrame, *, last: datetime, only: bool, rule: TrainingConfig
) -> DataFrame:
    """`examples` with community and split; split is null for one that its group leaves no place for.

    Examples of the moment `last` are for tests, earlier ones for training and validation. A group whose examples lie
    on one side goes there. One with examples on both goes to one of them by draw(seed, "side", part), and its examples
    on the other side are dropped. only: `last` is the only moment, and every group goes to a side by its draw.
    """
    # one group to each vertex
    told = examples.join(groups, "vertex_id", "inner")
    is_last = F.col("moment") == F.lit(last)
    own = Window.partitionBy("part")
    told = told.withColumns({"late": F.max(is_last).over(own), "early": F.max(~is_last).over(own)})
    to_test = _percent(rule.seed, "side") < rule.test_percent
    goes_late = to_test if only else F.when(F.col("late") & F.col("early"), to_test).otherwise(F.col("late"))
    is_late = goes_late if only else is_last
    validates = _percent(rule.seed, "validation") < rule.validation_percent
    early = F.when(validates, F.lit(VALIDATION)).otherwise(F.lit(TRAIN))
    split = F.when(goes_late == is_late, F.when(is_late, F.lit(TEST)).otherwise(early))
    return told.withColumn("split", split).drop("late", "early", "part")


def _percent(seed: int, what: str) -> Column:
    return draw(seed, F.lit(what), F.col("part")) % F.lit(_HUNDRED)
