"""bought_product and bought_merchant: buyer to what and to whom the buyer's money went."""

from __future__ import annotations

from pyspark.sql import DataFrame

from marketgraph.edges.activity import facts
from marketgraph.edges.seen import Seen


def bought_product_facts(seen: Seen) -> DataFrame:
    """Facts of (buyer, product): one per order line."""
    return facts("bought_product", seen.lines, src="buyer", dst="product", time="ordered_at")


def bought_merchant_facts(seen: Seen) -> DataFrame:
    """Facts of (buyer, merchant): one per order line."""
    return facts("bought_merchant", seen.lines, src="buyer", dst="merchant", time="ordered_at")
