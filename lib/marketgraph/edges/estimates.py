"""Look before you join: how large the groups of each relation are, before a pair of them is made."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from marketgraph.edges.groups import Rules, by_relation, pairs_among, treatment
from marketgraph.errors import BudgetError
from marketgraph.tables.edges import ESTIMATES, VALUE_DIGITS

# Of a member and of a pair on its way through a shuffle: eight longs or so each, names of relations compressed.
BYTES_A_MEMBER, BYTES_A_PAIR = 64, 72
OFFENDERS = 3


def estimates(groups: DataFrame, rules: Rules, *, population: int) -> DataFrame:
    """One row per relation of `rules`, at the contract of edges.estimates.

    groups: from `groups.held`. Pairs are counted before those of other kinds, of one owner or too far apart in time are
    left out. Shuffles: one of a row per relation and size of group.
    """
    each = _sizes(groups).withColumns(
        {"pairs": pairs_among(F.col("holders")), "made": _made(rules, population)}
    )
    counted = each.groupBy("relation").agg(
        F.count(F.lit(1)).alias("groups"),
        *[F.expr(f"percentile_disc({p}) within group (order by holders)").alias(f"holders_p{p[2:]}")
          for p in ("0.50", "0.99")],
        F.max("holders").alias("holders_max"),
        F.sum("pairs").alias("pairs_before"),
        F.sum("made").alias("pairs_after"),
        F.sum("holders").alias("members"),
    )  # fmt: skip
    moved = F.col("members") * BYTES_A_MEMBER + F.col("pairs_after") * BYTES_A_PAIR
    names = groups.sparkSession.createDataFrame([(name,) for name in rules], "relation string")
    every = names.join(F.broadcast(counted.withColumn("bytes_shuffled", moved)), "relation", "left")
    numbers = [c.name for c in ESTIMATES.columns if c.name != "relation"]
    return ESTIMATES.conform(
        every.select("relation", *[F.coalesce(F.col(n), F.lit(0)).cast("long").alias(n) for n in numbers])
    )


def over_budget(found: Iterable[Row], rules: Rules) -> list[Row]:
    """The estimates of relations that would make more pairs than their max_pairs."""
    return [row for row in found if row["pairs_after"] > rules[row["relation"]].max_pairs]


def offenders(groups: DataFrame, relation: str) -> list[str]:
    """The largest groups of a relation, `value (holders)`; of a value its first digits."""
    own = _sizes(groups.where(F.col("relation") == relation))
    largest = own.orderBy(F.desc("holders"), "key").limit(OFFENDERS).collect()
    return [f"{row['key'][:VALUE_DIGITS]} ({row['holders']:,} holders)" for row in largest]


def refuse(over: Iterable[Row], groups: DataFrame, rules: Rules) -> None:
    """Raise BudgetError that names each relation over its budget and its largest groups; else nothing."""
    faults = [
        f"edges.{row['relation']}: {row['pairs_after']:,} pairs to make, max_pairs is"
        f" {rules[row['relation']].max_pairs:,}; the largest groups: {', '.join(offenders(groups, row['relation']))}"
        for row in over
    ]
    if faults:
        raise BudgetError(
            "\n  ".join(["pairs over the budget, no edges are made", *faults]),
            fix="in conf/edges.yml set a smaller max_holders, another policy (drop, cap, virtual) or a larger max_pairs"
            " for it, or name the value in the sentinels; `marketgraph estimate` shows all relations",
        )


def _sizes(groups: DataFrame) -> DataFrame:
    """One row per group. Its rows lie together already, so that nothing is shuffled."""
    return groups.groupBy("relation", "key").agg(F.max("holders").alias("holders"))


def _made(rules: Rules, population: int) -> Column:
    treated, every = treatment(rules, population), pairs_among(F.col("holders"))
    limit = by_relation(rules, lambda rule: rule.max_holders)
    return (
        F.when(treated.isNull(), every)
        .when(treated == "cap", pairs_among(limit))
        .when(treated == "virtual", F.col("holders"))
        .otherwise(0)
    )
