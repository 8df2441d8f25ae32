"""features: content to product."""

from __future__ import annotations

from pyspark.sql import DataFrame

from marketgraph.edges.activity import facts
from marketgraph.edges.seen import Seen


def features_facts(seen: Seen) -> DataFrame:
    """Facts of (content, product): one per product featured in a content."""
    return facts("features", seen.featured, src="content", dst="product", time="featured_at")
