"""shares_<kind>: two entities that were seen at one device, bank account, address …"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.members import members
from marketgraph.edges.seen import Seen


def shares_members(kind: str, seen: Seen) -> DataFrame:
    """Holders of each identifier of one kind; what they have in common is its value (a keyed hash)."""
    return members(
        f"shares_{kind}",
        seen.identifiers.where(F.col("kind") == kind),
        key=F.col("value"),
        vertex="entity",
        kind=F.col("entity_kind"),
        first_seen="first_seen",
        last_seen="last_seen",
    )
