"""The weight of an edge: evidence x recency x rarity, each a column beside it."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.rules import Rule
from marketgraph.sources.visibility import midnight

# Rarities are summed, and factors rounded, in integers of this many to 1: no order of summing changes a bit of them.
UNITS = 1 << 20
SECONDS_A_DAY = 86_400


def weighted(edges: DataFrame, rule: Rule, *, as_of: date) -> DataFrame:
    """`edges` with evidence, recency, rarity and their product, weight.

    edges: evidence_count (1..n), rarity_units (sum over the evidence of 1/log2(1 + holders) in 1/UNITS), last_seen,
    and, where pairs were compared, similarity (0..1), which is then what the evidence counts for.
    Source: rarity after Adamic and Adar (2003), "Friends and neighbors on the web": with evidence `count` and no
    half-life the weight is their sum of 1/log over what two have in common.
    """
    factors = edges.withColumns(
        {
            "evidence": _evidence(rule, "similarity" in edges.columns),
            "recency": recency(rule.half_life_days, as_of=as_of),
            "rarity": F.col("rarity_units") / (F.col("evidence_count") * UNITS),
        }
    )
    return factors.withColumn("weight", F.col("evidence") * F.col("recency") * F.col("rarity"))


def rarity_units(holders: Column) -> Column:
    """1/log2(1 + holders) in whole UNITS: 1 for one holder, 0.63 for two, 0.15 for a hundred."""
    return F.rint(UNITS / F.log2(holders + 1)).cast("long")


def recency(half_life_days: float | None, *, as_of: date) -> Column:
    """2^(-days since last_seen / half-life), 0..1; 1 without a half-life, and for facts from before the data."""
    if half_life_days is None:
        return F.lit(1.0)
    days = (F.unix_seconds(midnight(as_of)) - F.unix_seconds("last_seen")) / SECONDS_A_DAY
    halved = F.rint(F.pow(F.lit(2.0), -days / half_life_days) * UNITS) / UNITS
    return F.coalesce(halved, F.lit(1.0))


def _evidence(rule: Rule, compared: bool) -> Column:
    counted = F.col("evidence_count").cast("double")
    told = F.log2(counted + 1) if rule.evidence == "log" else counted
    return F.coalesce("similarity", told) if compared else told
