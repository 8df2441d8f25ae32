"""sells: merchant to product."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.pairs import activity_edges, facts


def sells_edges(products: DataFrame, lines: DataFrame, *, vertex_ids: DataFrame) -> DataFrame:
    """One row per (merchant, product) that the merchant lists or sold.

    lines: from `order_lines`. evidence_count: lines sold, at least 1 for a listing without sales. weight:
    log2(1 + evidence).
    """
    listed = facts(products, src="merchant_id", dst="product_id", time="listed_at", evidence=F.lit(0))
    sold = facts(lines, src="merchant_id", dst="product_id", time="ordered_at")
    return activity_edges("sells", listed.unionByName(sold), vertex_ids)
