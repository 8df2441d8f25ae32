"""sells: merchant to product."""

from __future__ import annotations

from pyspark.sql import DataFrame

from marketgraph.edges.activity import facts
from marketgraph.edges.seen import Seen


def sells_facts(seen: Seen) -> DataFrame:
    """Facts of (merchant, product): the listing, and each order line."""
    listings = seen.listings.where("listed")
    listed = facts("sells", listings, src="merchant", dst="product", time="listed_at")
    sold = facts("sells", seen.lines, src="merchant", dst="product", time="ordered_at")
    return listed.unionByName(sold)
