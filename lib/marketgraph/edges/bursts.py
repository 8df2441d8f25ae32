"""bursts: two actors who act on the same objects within seconds of each other, several times."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.members import members
from marketgraph.edges.nearness import in_buckets
from marketgraph.edges.rules import NearRule
from marketgraph.edges.seen import Seen


def bursts_members(seen: Seen, rule: NearRule) -> DataFrame:
    """Actors on each object, in buckets of the rule's seconds (nearness.py)."""
    acts = in_buckets(seen.events, time="occurred_at", seconds=rule.within_seconds)
    return members(
        "bursts",
        acts,
        key=F.concat_ws(":", "object", "bucket"),
        vertex="actor",
        kind=F.col("actor_kind"),
        first_seen="occurred_at",
        echo=F.col("echo"),
    )
