"""bought_together: two products in one order."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.members import members
from marketgraph.edges.seen import Seen


def bought_together_members(seen: Seen) -> DataFrame:
    """Products of each order."""
    key = F.col("order_id")
    return members(
        "bought_together", seen.lines, key=key, vertex="product", kind="product", first_seen="ordered_at"
    )
