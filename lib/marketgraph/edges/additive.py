"""Merging a day's changes into the edges of the day before: of relations whose evidence adds up.

A fact, or a meeting of two in a group, that is new adds to its pair; one that is gone takes away. Evidence and rarity
are sums of integers, so that both are exact. The first and the last time are no sums: where something is gone or has
moved inwards, they can't be told from the edge alone, and the relation is built whole (`unmergeable`).
"""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.activity import earliest
from marketgraph.edges.rules import GroupRule, Rule
from marketgraph.edges.weights import UNITS, rarity_units, weighted
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.relations import RELATIONS

FACT = ["relation", "src", "dst"]
MEETING = ("relation", "key", "src", "dst", "src_code", "dst_code")
PAIR, KINDS, SPAN = ["src", "dst"], ("src_kind", "dst_kind"), ("first_seen", "last_seen")


def is_additive(name: str, rule: Rule) -> bool:
    """Whether a relation's edges can be merged: none is left out for little evidence, age, or a comparison.

    A share of all entities grows or shrinks with the marketplace: it must not decide which pairs are made.
    """
    if rule.window_days is not None or rule.min_evidence > 1 or RELATIONS[name].confirmed:
        return False
    if not isinstance(rule, GroupRule):
        return True
    return rule.policy == "drop" or (rule.policy in ("cap", "inverse") and rule.max_share is None)


def changed(now: DataFrame, before: DataFrame) -> DataFrame:
    """Rows that are not equally many in both, with `sign`: how many more there are now, below 0 for fewer.

    One shuffle of both, summed up before it.
    """
    both = now.withColumn("sign", F.lit(1)).unionByName(before.withColumn("sign", F.lit(-1)))
    return both.groupBy(*now.columns).agg(F.sum("sign").alias("sign")).where("sign <> 0")


def unmergeable_facts(change: DataFrame) -> set[str]:
    """The relations of which a fact is gone. change: facts from `changed`."""
    gone = change.where("sign < 0").select("relation").distinct()
    return {row["relation"] for row in gone.collect()}


def unmergeable_meetings(change: DataFrame) -> set[str]:
    """The relations of which two no longer meet in a group, or met there sooner or longer than they do now."""
    came, went = F.col("sign") > 0, F.col("sign") < 0
    # before the data is the earliest of all
    first = F.coalesce(F.unix_micros("first_seen"), F.lit(-(1 << 62)))
    last = F.coalesce(F.unix_micros("last_seen"), F.lit(-(1 << 62)))
    each = change.groupBy(*MEETING).agg(
        F.min(F.when(came, first)).alias("first_now"),
        F.min(F.when(went, first)).alias("first_then"),
        F.max(F.when(came, last)).alias("last_now"),
        F.max(F.when(went, last)).alias("last_then"),
    )
    kept = F.expr("first_now <= first_then and last_now >= last_then")
    lost = each.where(F.col("first_then").isNotNull() & ~F.coalesce(kept, F.lit(False)))
    return {row["relation"] for row in lost.select("relation").distinct().collect()}


def facts_by_pair(change: DataFrame) -> DataFrame:
    """One row per relation and pair with new facts: (relation, src, dst, more, first, last)."""
    return change.groupBy(*FACT).agg(
        F.sum("sign").alias("more"), earliest(F.col("time")).alias("first"), F.max("time").alias("last")
    )


def meetings_by_pair(change: DataFrame) -> DataFrame:
    """One row per relation and pair that meet otherwise than before: also more_rarity, src_code and dst_code."""
    came = F.col("sign") > 0
    counted = F.col("sign") * F.col("counts")
    before_the_data = F.max(came & F.col("first_seen").isNull())
    return change.groupBy("relation", "src", "dst", "src_code", "dst_code").agg(
        F.sum(counted).alias("more"),
        F.sum(counted * F.col("rarity")).alias("more_rarity"),
        F.when(~before_the_data, F.min(F.when(came, F.col("first_seen")))).alias("first"),
        F.max(F.when(came, F.col("last_seen"))).alias("last"),
    )


def activity_state(name: str, base: DataFrame) -> DataFrame:
    """An activity relation's edges as what is summed up.

    Columns: relation, src, dst, evidence_count, unit (rarity in 1/UNITS), first_seen, last_seen.
    """
    unit = F.rint(F.col("rarity") * UNITS).cast("long").alias("unit")
    return base.select(F.lit(name).alias("relation"), *PAIR, "evidence_count", unit, *SPAN)


def group_state(name: str, base: DataFrame) -> DataFrame:
    """A grouped relation's edges as what is summed up: also src_kind, dst_kind, and rarity_units in place of unit."""
    units = F.rint(F.col("rarity") * F.col("evidence_count") * UNITS).cast("long").alias("rarity_units")
    return base.select(F.lit(name).alias("relation"), *PAIR, *KINDS, "evidence_count", units, *SPAN)


def updated_activity(states: DataFrame, by_pair: DataFrame) -> DataFrame:
    """The pairs of `facts_by_pair` as they are now, with the columns of `activity_state`, unit null for a new pair.

    states: of all relations. by_pair: small; it is sent to the edges.
    """
    met = states.join(F.broadcast(by_pair), FACT, "inner")
    now = met.select(*FACT, _more("evidence_count", "more"), "unit", *_span())
    return now.unionByName(
        _fresh(by_pair, met).select(
            *FACT,
            F.col("more").alias("evidence_count"),
            F.lit(None).cast("long").alias("unit"),
            F.col("first").alias("first_seen"),
            F.col("last").alias("last_seen"),
        )
    )


def updated_group(states: DataFrame, by_pair: DataFrame) -> DataFrame:
    """The pairs of `meetings_by_pair` as they are now, with the columns of `group_state`.

    by_pair: with src_kind and dst_kind for codes (`pairs.named`); small, it is sent to the edges.
    """
    met = states.join(F.broadcast(by_pair.drop(*KINDS)), FACT, "inner")
    now = met.select(
        *FACT, *KINDS, _more("evidence_count", "more"), _more("rarity_units", "more_rarity"), *_span()
    )
    return now.unionByName(
        _fresh(by_pair, met).select(
            *FACT,
            *KINDS,
            F.col("more").alias("evidence_count"),
            F.col("more_rarity").alias("rarity_units"),
            F.col("first").alias("first_seen"),
            F.col("last").alias("last_seen"),
        )
    )


def holders_now(states: DataFrame, updated: DataFrame) -> DataFrame:
    """(relation, dst, holders) of each dst with a new src: how many it has now. updated: from `updated_activity`."""
    came = updated.where("unit is null").groupBy("relation", "dst").agg(F.count(F.lit(1)).alias("came"))
    met = states.join(F.broadcast(came), ["relation", "dst"], "inner")
    there = met.groupBy("relation", "dst").agg(F.count(F.lit(1)).alias("there"))
    both = came.join(there, ["relation", "dst"], "left")
    return both.select("relation", "dst", (F.col("came") + F.coalesce("there", F.lit(0))).alias("holders"))


def merged_activity(
    name: str, base: DataFrame, updated: DataFrame, holders: DataFrame, rule: Rule, *, as_of: date
) -> DataFrame:
    """The edges of an activity relation: those of the day before (`base`), but for the updated pairs.

    The rarity changes of all edges of a dst with a new src. No shuffle: what is new is small, and sent to the edges.
    """
    ((src_kind, dst_kind),) = RELATIONS[name].pairs
    is_own = F.col("relation") == name
    every = _replaced(activity_state(name, base), updated.where(is_own))
    # at most one count to one dst
    known = every.join(F.broadcast(holders.where(is_own).drop("relation")), "dst", "left")
    unit = F.coalesce(rarity_units(F.col("holders")), F.col("unit"))
    edges = known.withColumns(
        {
            "rarity_units": F.col("evidence_count") * unit,
            "src_kind": F.lit(src_kind),
            "dst_kind": F.lit(dst_kind),
        }
    )
    return EDGE_TABLES[name].conform(weighted(edges, rule, as_of=as_of))


def merged_group(name: str, base: DataFrame, updated: DataFrame, rule: Rule, *, as_of: date) -> DataFrame:
    """The edges of a grouped relation: those of the day before (`base`), but for the updated pairs. No shuffle."""
    every = _replaced(group_state(name, base), updated.where(F.col("relation") == name))
    return EDGE_TABLES[name].conform(weighted(every, rule, as_of=as_of))


def _replaced(state: DataFrame, updated: DataFrame) -> DataFrame:
    return state.join(F.broadcast(updated.select(*PAIR)), PAIR, "left_anti").unionByName(updated)


def _fresh(by_pair: DataFrame, met: DataFrame) -> DataFrame:
    """Changes of pairs that had no edge."""
    return by_pair.join(met.select(*FACT), FACT, "left_anti")


def _more(column: str, more: str) -> Column:
    return (F.col(column) + F.col(more)).alias(column)


def _span() -> tuple[Column, Column]:
    """first_seen stays before the data where either says so."""
    first = F.when(
        F.col("first_seen").isNotNull() & F.col("first").isNotNull(), F.least("first_seen", "first")
    )
    return first.alias("first_seen"), F.greatest("last_seen", "last").alias("last_seen")
