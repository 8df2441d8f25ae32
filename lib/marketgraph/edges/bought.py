"""bought_product and bought_merchant: buyer to what and to whom the buyer's money went."""

from __future__ import annotations

from pyspark.sql import DataFrame

from marketgraph.edges.pairs import activity_edges, facts


def bought_product_edges(lines: DataFrame, *, vertex_ids: DataFrame) -> DataFrame:
    """One row per (buyer, product) with an order line. evidence_count: lines. weight: log2(1 + evidence).

    lines: from `order_lines`.
    """
    bought = facts(lines, src="buyer_id", dst="product_id", time="ordered_at")
    return activity_edges("bought_product", bought, vertex_ids)


def bought_merchant_edges(lines: DataFrame, *, vertex_ids: DataFrame) -> DataFrame:
    """One row per (buyer, merchant) with an order line. evidence_count: lines. weight: log2(1 + evidence).

    lines: from `order_lines`.
    """
    bought = facts(lines, src="buyer_id", dst="merchant_id", time="ordered_at")
    return activity_edges("bought_merchant", bought, vertex_ids)
