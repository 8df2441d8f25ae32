"""Activity relations: facts that name both ends, summed up to one edge per pair, all relations together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.edges.rules import Rule
from marketgraph.edges.weights import rarity_units, weighted
from marketgraph.sources.visibility import midnight
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.relations import RELATIONS


def facts(relation: str, frame: DataFrame, *, src: str, dst: str, time: str) -> DataFrame:
    """Rows as facts about pairs: (relation, src, dst, time). A row with a null end says nothing.

    src, dst: columns of vertex ids.
    """
    return frame.where(F.col(src).isNotNull() & F.col(dst).isNotNull()).select(
        F.lit(relation).alias("relation"),
        F.col(src).alias("src"),
        F.col(dst).alias("dst"),
        F.col(time).alias("time"),
    )


def summed_facts(told: Mapping[str, DataFrame], rules: Mapping[str, Rule], *, as_of: date) -> DataFrame:
    """One row per relation and pair: (relation, src, dst, evidence_count, first_seen, last_seen, rarity_units).

    told: facts by relation. rules: of these relations; facts before a relation's window are left out. rarity_units:
    of how many src the dst has, times the evidence. first_seen: null where a fact stands since before the data.
    Shuffles: one by pair (summed up before it), one by dst.
    """
    every = reduce(
        DataFrame.unionByName,
        [within_window(f, "time", rules[name], as_of=as_of) for name, f in told.items()],
    )
    pairs = every.groupBy("relation", "src", "dst").agg(
        F.count(F.lit(1)).alias("evidence_count"),
        earliest(F.col("time")).alias("first_seen"),
        F.max("time").alias("last_seen"),
    )
    holders = F.count(F.lit(1)).over(Window.partitionBy("relation", "dst"))
    return pairs.withColumn("rarity_units", F.col("evidence_count") * rarity_units(holders))


def activity_edges(relation: str, summed: DataFrame, rule: Rule, *, as_of: date) -> DataFrame:
    """The edges of one activity relation, at its contract. summed: from `summed_facts`."""
    ((src_kind, dst_kind),) = RELATIONS[relation].pairs
    own = summed.where((F.col("relation") == relation) & (F.col("evidence_count") >= rule.min_evidence))
    kinds = {"src_kind": F.lit(src_kind), "dst_kind": F.lit(dst_kind)}
    return EDGE_TABLES[relation].conform(weighted(own.withColumns(kinds), rule, as_of=as_of))


def earliest(time: Column) -> Column:
    """The first of a group's times; null, before the data, where one of them is."""
    return F.when(~F.max(time.isNull()), F.min(time))


def within_window(frame: DataFrame, time: str, rule: Rule, *, as_of: date) -> DataFrame:
    """The rows whose time is not before the relation's window; all rows without one."""
    if rule.window_days is None:
        return frame
    return frame.where(F.col(time) >= midnight(as_of - timedelta(days=rule.window_days)))
