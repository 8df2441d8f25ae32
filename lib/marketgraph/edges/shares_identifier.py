"""shares_<kind>: two entities that were seen at one device, bank account, address …"""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.edges.pairs import WEIGHT_UNITS
from marketgraph.tables.edges import SUPPRESSED, edge_table

VALUE_PREFIX = 16


def holders_of(identifiers: DataFrame, *, vertex_ids: DataFrame) -> DataFrame:
    """One row per (kind, value, vertex), with the span seen and the value's holder count.

    Columns: kind, value, vertex_id, first_seen (null: since before the data), last_seen, holders.
    Shuffles: one by kind, value and vertex, one by kind and value, for all kinds together.
    """
    # many observations to one entity
    seen = identifiers.join(
        vertex_ids.select("entity_kind", "entity_id", "vertex_id"), ["entity_kind", "entity_id"], "inner"
    )
    since_before_the_data = F.max(F.col("first_seen").isNull())
    held = seen.groupBy("kind", "value", "vertex_id").agg(
        F.when(~since_before_the_data, F.min("first_seen")).alias("first_seen"),
        F.max(F.coalesce("last_seen", "first_seen")).alias("last_seen"),
    )
    return held.withColumn("holders", F.count(F.lit(1)).over(Window.partitionBy("kind", "value")))


def shares_identifier_edges(holders: DataFrame, *, max_holders: Mapping[str, int]) -> DataFrame:
    """One row per relation and pair of entities that share an identifier of its kind; src is the smaller id.

    holders: from `holders_of`. max_holders: by kind; a value with more holders joins nobody (`suppressed_values`
    counts it), nor does one of a kind that is not named. evidence_count: values shared. weight: sum over these
    of 1/log2(1 + holders), quantised. first_seen: when the later of the two was first there; last_seen: when
    either was last there. Of one relation: `edges_of`.
    Source: inverse-frequency weighting after Adamic and Adar (2003).
    """
    pairs = _pairs(holders.where(F.col("holders").between(2, _limit(max_holders))))
    rarity = F.round(WEIGHT_UNITS / F.log2(F.col("holders") + 1)).cast("long")
    return pairs.groupBy(_relation().alias("relation"), "src", "dst").agg(
        (F.sum(rarity) / WEIGHT_UNITS).alias("weight"),
        F.count(F.lit(1)).alias("evidence_count"),
        F.min("first_seen").alias("first_seen"),
        F.max("last_seen").alias("last_seen"),
    )


def edges_of(relation: str, edges: DataFrame) -> DataFrame:
    """The edges of one relation, at its contract."""
    return edge_table(relation).conform(edges.where(F.col("relation") == F.lit(relation)))


def suppressed_values(holders: DataFrame, *, max_holders: Mapping[str, int]) -> DataFrame:
    """One row per relation and value whose holders are too many, with the pairs that were not made."""
    too_many = holders.where(F.col("holders") > _limit(max_holders)).select("kind", "value", "holders")
    return SUPPRESSED.conform(
        too_many.distinct().select(
            _relation().alias("relation"),
            F.substring("value", 1, VALUE_PREFIX).alias("value"),
            "holders",
            (F.col("holders") * (F.col("holders") - 1) / 2).cast("long").alias("pairs_not_made"),
            F.lit("drop").alias("policy"),
        )
    )


def _relation() -> Column:
    return F.concat(F.lit("shares_"), F.col("kind"))


def _limit(max_holders: Mapping[str, int]) -> Column:
    """The most holders of a value of the row's kind; null for a kind that is not named."""
    return F.create_map(*[F.lit(part) for pair in max_holders.items() for part in pair])[F.col("kind")]


def _pairs(holders: DataFrame) -> DataFrame:
    """Every pair of holders of each value, once, without a join: a sorted list against its own tail."""
    holder = F.struct("vertex_id", "first_seen", "last_seen")
    lists = holders.groupBy("kind", "value", "holders").agg(
        F.sort_array(F.collect_list(holder)).alias("list")
    )
    firsts = lists.select("kind", "holders", "list", F.posexplode("list").alias("place", "a"))
    tails = F.slice(F.col("list"), F.col("place") + 2, F.size("list"))
    pairs = firsts.select("kind", "holders", "a", F.explode(tails).alias("b"))
    return pairs.select(
        "kind",
        F.col("a.vertex_id").alias("src"),
        F.col("b.vertex_id").alias("dst"),
        "holders",
        F.greatest("a.first_seen", "b.first_seen").alias("first_seen"),
        F.greatest("a.last_seen", "b.last_seen").alias("last_seen"),
    )
