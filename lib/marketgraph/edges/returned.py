"""returned_product and returned_merchant: buyer to what the buyer sent back, and to who lists it."""

from __future__ import annotations

from pyspark.sql import DataFrame

from marketgraph.edges.activity import facts
from marketgraph.edges.seen import Seen
from marketgraph.edges.viewed import acts_on_products, with_merchant

RETURN = "return"


def returned_product_facts(seen: Seen) -> DataFrame:
    """Facts of (buyer, product): one per return."""
    acts = acts_on_products(seen, RETURN)
    return facts("returned_product", acts, src="actor", dst="object", time="occurred_at")


def returned_merchant_facts(seen: Seen) -> DataFrame:
    """Facts of (buyer, merchant): one per return of a product of one merchant."""
    acts = with_merchant(acts_on_products(seen, RETURN), seen)
    return facts("returned_merchant", acts, src="actor", dst="merchant", time="occurred_at")
