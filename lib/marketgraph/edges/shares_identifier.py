"""shares_<kind>: two entities that were seen at one device, bank account, address …"""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.edges.pairs import WEIGHT_UNITS
from marketgraph.tables.edges import SUPPRESSED, edge_table

VALUE_PREFIX = 16


def holders_of(identifiers: DataFrame, kind: str, *, vertex_ids: DataFrame) -> DataFrame:
    """One row per (value, vertex) of one identifier kind, with the span seen and the value's holder count.

    Columns: value, vertex_id, first_seen (null: since before the data), last_seen, holders.
    Shuffles: one by value and vertex, one by value.
    """
    of_kind = identifiers.where(F.col("kind") == F.lit(kind))
    # many observations to one entity
    seen = of_kind.join(
        vertex_ids.select("entity_kind", "entity_id", "vertex_id"), ["entity_kind", "entity_id"], "inner"
    )
    since_before_the_data = F.max(F.col("first_seen").isNull())
    held = seen.groupBy("value", "vertex_id").agg(
        F.when(~since_before_the_data, F.min("first_seen")).alias("first_seen"),
        F.max(F.coalesce("last_seen", "first_seen")).alias("last_seen"),
    )
    return held.withColumn("holders", F.count(F.lit(1)).over(Window.partitionBy("value")))


def shares_identifier_edges(holders: DataFrame, kind: str, *, max_holders: int) -> DataFrame:
    """One row per pair of entities that share an identifier of this kind; src is the smaller vertex id.

    holders: from `holders_of`. A value with more than `max_holders` holders joins nobody (`suppressed_values`
    counts it). evidence_count: values shared. weight: sum over these of 1/log2(1 + holders), quantised.
    first_seen: when the later of the two was first there; last_seen: when either was last there.
    Source: inverse-frequency weighting after Adamic and Adar (2003).
    """
    pairs = _pairs(holders.where(F.col("holders").between(2, max_holders)))
    rarity = F.round(WEIGHT_UNITS / F.log2(F.col("holders") + 1)).cast("long")
    edges = pairs.groupBy("src", "dst").agg(
        (F.sum(rarity) / WEIGHT_UNITS).alias("weight"),
        F.count(F.lit(1)).alias("evidence_count"),
        F.min("first_seen").alias("first_seen"),
        F.max("last_seen").alias("last_seen"),
    )
    relation = f"shares_{kind}"
    return edge_table(relation).conform(edges.withColumn("relation", F.lit(relation)))


def suppressed_values(holders: DataFrame, kind: str, *, max_holders: int) -> DataFrame:
    """One row per value whose holders are too many, with the pairs that were not made."""
    too_many = holders.where(F.col("holders") > max_holders).select("value", "holders").distinct()
    return SUPPRESSED.conform(
        too_many.select(
            F.lit(f"shares_{kind}").alias("relation"),
            F.substring("value", 1, VALUE_PREFIX).alias("value"),
            "holders",
            (F.col("holders") * (F.col("holders") - 1) / 2).cast("long").alias("pairs_not_made"),
            F.lit("drop").alias("policy"),
        )
    )


def _pairs(holders: DataFrame) -> DataFrame:
    """Every pair of holders of each value, once, without a join: a sorted list against its own tail."""
    holder = F.struct("vertex_id", "first_seen", "last_seen")
    lists = holders.groupBy("value", "holders").agg(F.sort_array(F.collect_list(holder)).alias("list"))
    firsts = lists.select("holders", "list", F.posexplode("list").alias("place", "a"))
    tails = F.slice(F.col("list"), F.col("place") + 2, F.size("list"))
    pairs = firsts.select("holders", "a", F.explode(tails).alias("b"))
    return pairs.select(
        F.col("a.vertex_id").alias("src"),
        F.col("b.vertex_id").alias("dst"),
        "holders",
        F.greatest("a.first_seen", "b.first_seen").alias("first_seen"),
        F.greatest("a.last_seen", "b.last_seen").alias("last_seen"),
    )
