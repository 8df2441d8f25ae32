"""sells: merchant to product."""

from __future__ import annotations

from pyspark.sql import DataFrame

from marketgraph.edges.activity import facts
from marketgraph.edges.seen import Seen


def sells_facts(seen: Seen) -> DataFrame:
    """Facts of (merchant, product): each order line, and the listing, which counts only where nothing was sold."""
    listed = facts("sells", seen.listings, src="merchant", dst="product", time="listed_at", evidence=0)
    sold = facts("sells", seen.lines, src="merchant", dst="product", time="ordered_at")
    return listed.unionByName(sold)
