"""viewed_product and viewed_merchant: buyer to what the buyer looked at, and to who lists it."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.activity import facts
from marketgraph.edges.seen import Seen
from marketgraph.edges.vertices import CODE

VIEW = "view"


def viewed_product_facts(seen: Seen) -> DataFrame:
    """Facts of (buyer, product): one per view."""
    return facts(
        "viewed_product", acts_on_products(seen, VIEW), src="actor", dst="object", time="occurred_at"
    )


def viewed_merchant_facts(seen: Seen) -> DataFrame:
    """Facts of (buyer, merchant): one per view of a product of one merchant; of a shared listing nobody knows whose."""
    acts = with_merchant(acts_on_products(seen, VIEW), seen)
    return facts("viewed_merchant", acts, src="actor", dst="merchant", time="occurred_at")


def acts_on_products(seen: Seen, verb: str) -> DataFrame:
    """Events of one verb by buyers on products."""
    of_buyers = (F.col("actor_kind") == CODE["buyer"]) & (F.col("object_kind") == CODE["product"])
    return seen.events.where((F.col("verb") == verb) & of_buyers)


def with_merchant(acts: DataFrame, seen: Seen) -> DataFrame:
    """Adds the merchant who lists the product that is the object. Many acts to one listing."""
    listed = seen.listings.select(F.col("product").alias("object"), "merchant")
    return acts.join(listed, "object", "inner")
