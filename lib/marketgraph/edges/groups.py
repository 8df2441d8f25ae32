"""Groups: who has something in common, how many they are, and what the hub policy makes of groups too large."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.edges.activity import earliest, within_window
from marketgraph.edges.rules import GroupRule, NearRule
from marketgraph.tables.edges import SUPPRESSED, VALUE_DIGITS
from marketgraph.tables.relations import SHARING

Rules = Mapping[str, GroupRule]


def held(every: Mapping[str, DataFrame], rules: Rules, *, as_of: date) -> DataFrame:
    """One row per member of a group of two or more.

    Columns: relation, key, vertex, kind, owner, echo, first_seen, last_seen, counts, holders.
    every: members by relation (members.py). rules: of these relations. A member that comes several times in a group
    is one, except where acts must be near in time: there each act is one. holders: members of the group.
    Shuffles: one by group; what follows by group (policies, pairs) needs no other.
    """
    within = [within_window(frame, "last_seen", rules[name], as_of=as_of) for name, frame in every.items()]
    spread = reduce(DataFrame.unionByName, within).repartition("relation", "key")
    near = [name for name, rule in rules.items() if isinstance(rule, NearRule)]
    act = F.when(F.col("relation").isin(near), F.col("last_seen"))
    once = spread.groupBy("relation", "key", "vertex", "kind", "owner", "echo", act.alias("act")).agg(
        earliest(F.col("first_seen")).alias("first_seen"),
        F.max("last_seen").alias("last_seen"),
        F.max("counts").alias("counts"),
    )
    group = Window.partitionBy("relation", "key")
    return once.drop("act").withColumn("holders", F.count(F.lit(1)).over(group)).where("holders > 1")


def is_hub(rules: Rules) -> Column:
    """Whether a row's group has more members than its relation's max_holders."""
    return F.col("holders") > by_relation(rules, lambda rule: rule.max_holders)


def treatment(rules: Rules, population: int) -> Column:
    """What becomes of a row's group: null: pairs of all; else the policy, or `sentinel` above max_share of all.

    population: how many entities could hold a value. A value of few holders is never a sentinel, however small the
    marketplace: it must be a hub too.
    """
    most = by_relation(rules, lambda rule: int((rule.max_share or 1) * population))
    policy = by_relation(rules, lambda rule: rule.policy)
    return F.when(is_hub(rules) & (F.col("holders") > most), "sentinel").when(
        is_hub(rules) & (policy != "inverse"), policy
    )


def joined(groups: DataFrame, rules: Rules, *, population: int) -> DataFrame:
    """The members that are joined in pairs: of small groups all, of capped ones the most recent.

    groups: from `held`. Of members seen last at the same time the smaller vertex is taken.
    """
    treated = groups.withColumn("treatment", treatment(rules, population))
    if not any(rule.policy == "cap" for rule in rules.values()):
        return treated.where("treatment is null").drop("treatment")
    # ranked all together: a union of the capped with the others would forget that groups lie together
    recent = Window.partitionBy("relation", "key").orderBy(F.desc_nulls_last("last_seen"), "vertex", "echo")
    ranked = treated.withColumn("rank", F.row_number().over(recent))
    most = by_relation(rules, lambda rule: rule.max_holders)
    kept = F.col("treatment").isNull() | ((F.col("treatment") == "cap") & (F.col("rank") <= most))
    return ranked.where(kept).drop("treatment", "rank")


def suppressed(groups: DataFrame, rules: Rules, *, population: int) -> DataFrame:
    """One row per group that the hub policy did not join in pairs, at the contract of edges.suppressed.

    pairs_not_made: of all its members, less those that a cap still makes.
    """
    treated = groups.withColumn("policy", treatment(rules, population)).where("policy is not null")
    kept = by_relation(rules, lambda rule: rule.max_holders)
    made = F.when(F.col("policy") == "cap", pairs_among(kept)).otherwise(0)
    # the rows of a group lie together already
    each = treated.groupBy("relation", "key", "policy").agg(F.max("holders").alias("holders"))
    return SUPPRESSED.conform(
        each.select(
            "relation",
            shown_key().alias("value"),
            "holders",
            (pairs_among(F.col("holders")) - made).alias("pairs_not_made"),
            "policy",
        )
    )


def shown_key() -> Column:
    """What a group has in common, as it may be shown: of an identifier's hash, still personal data, a prefix."""
    prefix = F.substring("key", 1, VALUE_DIGITS)
    return F.when(F.col("relation").isin(list(SHARING)), prefix).otherwise(F.col("key"))


def pairs_among(members: Column) -> Column:
    """Pairs of so many."""
    return (members * (members - 1) / 2).cast("long")


def by_relation(rules: Rules, told: Callable[[GroupRule], Any]) -> Column:
    """What a row's relation's rule says; null for a relation without one."""
    pairs = [F.lit(part) for name, rule in rules.items() for part in (name, told(rule))]
    return F.create_map(*pairs)[F.col("relation")]
