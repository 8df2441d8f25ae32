"""reviewed_product and reviewed_merchant: buyer to what the buyer judged, and to who sold it."""

from __future__ import annotations

from pyspark.sql import DataFrame

from marketgraph.edges.activity import facts
from marketgraph.edges.seen import Seen


def reviewed_product_facts(seen: Seen) -> DataFrame:
    """Facts of (buyer, product): one per review and product that it is of.

    A review without a product is of the whole order: it counts once for each distinct product of the order.
    """
    once = seen.reviews.dropDuplicates(["review_id", "order_id", "product"])
    return facts("reviewed_product", once, src="buyer", dst="product", time="reviewed_at")


def reviewed_merchant_facts(seen: Seen) -> DataFrame:
    """Facts of (buyer, merchant): one per review and merchant who sold what it is of, by the order's lines."""
    once = seen.reviews.dropDuplicates(["review_id", "order_id", "merchant"])
    return facts("reviewed_merchant", once, src="buyer", dst="merchant", time="reviewed_at")
