"""reviewed: buyer to product."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.pairs import activity_edges, facts


def reviewed_edges(
    reviews: DataFrame, orders: DataFrame, order_items: DataFrame, *, vertex_ids: DataFrame
) -> DataFrame:
    """One row per (buyer, product) with a review by the order's buyer.

    A review without a product is of the whole order: it counts once for each distinct product of the order.
    evidence_count: reviews. weight: log2(1 + evidence).
    """
    # many reviews to one order
    written = reviews.join(orders.select("order_id", "buyer_id"), "order_id", "inner")
    bought = order_items.select("order_id", F.col("product_id").alias("ordered_product")).distinct()
    # one review of an order to its products; an order without lines leaves the product null
    of_orders = (
        written.where("product_id is null")
        .join(bought, "order_id", "left")
        .withColumn("product_id", F.col("ordered_product"))
    )
    every = written.where("product_id is not null").unionByName(of_orders.drop("ordered_product"))
    return activity_edges(
        "reviewed", facts(every, src="buyer_id", dst="product_id", time="reviewed_at"), vertex_ids
    )
