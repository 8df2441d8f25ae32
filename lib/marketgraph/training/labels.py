"""Labels with delay: what was decided about each entity around each moment, and what of it was known when."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.training.rules import TrainingConfig

# Why an entity is no example of a moment, in the order in which it is asked.
REASONS = ("known_before", "decided_before_entity", "too_young", "hidden", "violation_outside_window")
POSITIVE, NEGATIVE = "positive", "negative"


def judged(seen: DataFrame, decisions: DataFrame, *, as_of: Column, rule: TrainingConfig) -> DataFrame:
    """One row per (vertex_id, moment) of `seen`: (vertex_id, moment, status, label_kind).

    seen: (vertex_id, moment, born) of the entities that were there at each moment; born is null for one that has been
    since before the data. decisions: (vertex_id, kind, decided_at, known_at); those not known before `as_of` are none.
    status: positive, negative (no violation known before as_of), or one of REASONS. label_kind: of positives what was
    decided first, by date and then by name.
    """
    known = decisions.where((F.col("known_at") < as_of) & (F.col("decided_at") < as_of))
    # many decisions to one entity, an entity to few moments
    met = seen.select("vertex_id", "moment", "born").join(known, "vertex_id", "inner")
    told = met.groupBy("vertex_id", "moment").agg(*_facts(rule))
    joined = seen.join(told, ["vertex_id", "moment"], "left")
    status = _status(rule)
    label_kind = F.when(status == POSITIVE, F.col("first.kind"))
    return joined.select("vertex_id", "moment", status.alias("status"), label_kind.alias("label_kind"))


def _facts(rule: TrainingConfig) -> list[Column]:
    decided, known, moment = F.col("decided_at"), F.col("known_at"), F.col("moment")
    until = moment + F.expr(f"interval {rule.horizon_days} days")
    is_hidden = (decided < moment) & (known >= moment)
    counts = (decided >= moment) & (decided < until)
    if rule.hidden == "positive":
        counts = counts | is_hidden
    return [
        F.max(known < moment).alias("was_known"),
        F.max(F.coalesce(decided < F.col("born"), F.lit(False))).alias("too_early"),
        F.max(is_hidden).alias("was_hidden"),
        F.min(F.when(counts, F.struct(decided.alias("at"), F.col("kind").alias("kind")))).alias("first"),
    ]


def _status(rule: TrainingConfig) -> Column:
    asked = [
        (F.col("was_known") if rule.known == "leave_out" else F.lit(False), "known_before"),
        (F.col("too_early"), "decided_before_entity"),
        (_is_young(rule), "too_young"),
        (F.col("was_hidden") if rule.hidden == "leave_out" else F.lit(False), "hidden"),
        (F.col("first").isNotNull(), POSITIVE),
        # a violation is known before as_of: the entity is no negative either
        (F.col("was_known").isNotNull(), "violation_outside_window"),
    ]
    told = F.when(*_case(asked[0]))
    for case in asked[1:]:
        told = told.when(*_case(case))
    return told.otherwise(F.lit(NEGATIVE))


def _case(told: tuple[Column, str]) -> tuple[Column, Column]:
    return told[0], F.lit(told[1])


def _is_young(rule: TrainingConfig) -> Column:
    oldest = F.col("moment") - F.expr(f"interval {rule.min_age_days} days")
    return F.coalesce(F.col("born") > oldest, F.lit(False)) if rule.min_age_days else F.lit(False)


def not_there_yet(
    decisions: DataFrame, seen: DataFrame, moments: DataFrame, *, rule: TrainingConfig
) -> DataFrame:
    """One row per (vertex_id, moment) that would be positive, had the entity been there at the moment.

    decisions: those known before as_of. moments: (moment), few. Such an entity has no features at the moment.
    """
    until = F.col("moment") + F.expr(f"interval {rule.horizon_days} days")
    # few moments, each to all decisions
    would = (
        decisions.crossJoin(F.broadcast(moments))
        .where("decided_at >= moment")
        .where(F.col("decided_at") < until)
    )
    return would.select("vertex_id", "moment").distinct().join(seen, ["vertex_id", "moment"], "left_anti")
