"""features_same_merchants: two creators who featured products of one merchant."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.members import members
from marketgraph.edges.seen import Seen


def features_same_merchants_members(seen: Seen) -> DataFrame:
    """Creators who featured what each merchant lists; what they have in common is the merchant's vertex id.

    A product that several merchants sell says nothing of whom the creator works for.
    """
    # many featured to one content, and to one listing
    featured = seen.featured.join(seen.contents.select("content", "creator"), "content", "inner").join(
        seen.listings.select("product", "merchant"), "product", "inner"
    )
    return members(
        "features_same_merchants",
        featured,
        key=F.col("merchant"),
        vertex="creator",
        kind="creator",
        first_seen="featured_at",
    )
