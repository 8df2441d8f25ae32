"""The money that went through a community: what its merchants sold, and what of it its own buyers bought."""

from __future__ import annotations

from datetime import date, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.sources.visibility import midnight

DAYS = 30


def money_through(members: DataFrame, orders: DataFrame, order_items: DataFrame, *, as_of: date) -> DataFrame:
    """One row per community whose merchants sold anything: community_id, money_30d, money_within_30d.

    members: from `entities_of_members`. Lines of orders with as_of - 30 days <= ordered_at < as_of, at midnight UTC,
    whatever became of them; quantity times unit price, without shipping, summed as decimals and given as a double. Of
    several currencies the amounts are added as they are. Shuffles: lines by order, merchant, buyer and community; the
    members' side is mostly small and is then sent to where the lines are.
    """
    begin, end = midnight(as_of - timedelta(days=DAYS)), midnight(as_of)
    recent = (F.col("ordered_at") >= begin) & (F.col("ordered_at") < end)
    amount = (F.col("quantity") * F.col("unit_price")).alias("amount")
    # many lines to one order
    lines = order_items.select("order_id", "merchant_id", amount).join(
        orders.where(recent).select("order_id", "buyer_id"), "order_id", "inner"
    )
    # many lines to one merchant and one buyer
    sold = lines.join(_of(members, "merchant", "community_id"), "merchant_id", "inner")
    traded = sold.join(_of(members, "buyer", "buyers_community"), "buyer_id", "left")
    within = F.when(F.col("buyers_community") == F.col("community_id"), F.col("amount"))
    return traded.groupBy("community_id").agg(
        F.sum("amount").cast("double").alias("money_30d"),
        F.coalesce(F.sum(within).cast("double"), F.lit(0.0)).alias("money_within_30d"),
    )


def _of(members: DataFrame, kind: str, name: str) -> DataFrame:
    own = members.where(F.col("kind") == kind)
    return own.select(F.col("entity_id").alias(f"{kind}_id"), F.col("community_id").alias(name))
