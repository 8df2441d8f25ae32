"""same_buyers: two merchants who sold to one buyer."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.members import members
from marketgraph.edges.seen import Seen


def same_buyers_members(seen: Seen) -> DataFrame:
    """Merchants of each buyer; what they have in common is the buyer's vertex id."""
    key = F.col("buyer")
    return members(
        "same_buyers", seen.lines, key=key, vertex="merchant", kind="merchant", first_seen="ordered_at"
    )
