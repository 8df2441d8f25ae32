"""features: content to product."""

from __future__ import annotations

from pyspark.sql import DataFrame

from marketgraph.edges.pairs import activity_edges, facts


def features_edges(content_products: DataFrame, *, vertex_ids: DataFrame) -> DataFrame:
    """One row per (content, product) that the content features. evidence_count and weight: 1."""
    featured = facts(content_products, src="content_id", dst="product_id", time="featured_at")
    return activity_edges("features", featured, vertex_ids)
