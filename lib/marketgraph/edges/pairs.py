"""What every relation shares: facts about pairs summed up to one edge per pair, and ids turned into vertices."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.tables.edges import RELATIONS, edge_table

# Weights are summed as integers of this many to 1, so that the order of summing can't change a bit of them.
WEIGHT_UNITS = 1 << 20


def activity_edges(relation: str, facts: DataFrame, vertex_ids: DataFrame) -> DataFrame:
    """One row per pair that `facts` tell of, at the relation's contract.

    facts: (src_id, dst_id, evidence, time): source ids of the two ends, what the fact counts for (0 for one that
    only states the pair), when it was. A pair counts at least 1. weight: log2(1 + evidence), at least 1.
    Shuffles: one by pair; two joins with the id map, by src and by dst.
    """
    src_kind, dst_kind, _ = RELATIONS[relation]
    pairs = facts.groupBy("src_id", "dst_id").agg(
        F.greatest(F.sum("evidence"), F.lit(1)).cast("long").alias("evidence_count"),
        F.min("time").alias("first_seen"),
        F.max("time").alias("last_seen"),
    )
    # many pairs to one vertex, at each end
    edges = pairs.join(_ends(vertex_ids, src_kind, "src"), "src_id", "inner").join(
        _ends(vertex_ids, dst_kind, "dst"), "dst_id", "inner"
    )
    weighted = edges.withColumn("weight", F.log2(F.col("evidence_count") + 1))
    return edge_table(relation).conform(weighted.withColumn("relation", F.lit(relation)))


def facts(frame: DataFrame, *, src: str, dst: str, time: str, evidence: Column | None = None) -> DataFrame:
    """Rows of a source as facts about pairs; a row with a null end says nothing."""
    counted = F.lit(1) if evidence is None else evidence
    return frame.where(F.col(src).isNotNull() & F.col(dst).isNotNull()).select(
        F.col(src).alias("src_id"),
        F.col(dst).alias("dst_id"),
        counted.cast("long").alias("evidence"),
        F.col(time).alias("time"),
    )


def order_lines(orders: DataFrame, order_items: DataFrame) -> DataFrame:
    """One row per order line with its order's buyer and time. Many lines to one order."""
    return order_items.join(orders.select("order_id", "buyer_id", "ordered_at"), "order_id", "inner")


def _ends(vertex_ids: DataFrame, kind: str, end: str) -> DataFrame:
    own_kind = vertex_ids.where(F.col("entity_kind") == F.lit(kind))
    return own_kind.select(F.col("entity_id").alias(f"{end}_id"), F.col("vertex_id").alias(end))
