"""reviewed_together: two buyers who review the same products within days of each other, as review rings do."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.activity import earliest
from marketgraph.edges.members import members
from marketgraph.edges.nearness import in_buckets
from marketgraph.edges.rules import ReviewRule
from marketgraph.edges.rush import in_a_rush
from marketgraph.edges.seen import Seen


def reviewed_together_members(seen: Seen, rule: ReviewRule) -> DataFrame:
    """Reviewers of each product, in buckets of the rule's seconds: reviews of its ratings, in a rush.

    A buyer counts once for a product, with the first such review: evidence is products, not reviews.
    """
    told = seen.reviews.where(F.col("rating").isin(list(rule.ratings)) & F.col("product").isNotNull())
    once = told.groupBy("product", "buyer").agg(earliest(F.col("reviewed_at")).alias("reviewed_at"))
    rushed = in_a_rush(once, seconds=rule.within_seconds, least=rule.rush_least, times=rule.rush_times)
    acts = in_buckets(rushed, time="reviewed_at", seconds=rule.within_seconds)
    return members(
        "reviewed_together",
        acts,
        key=F.concat_ws(":", "product", "bucket"),
        vertex="buyer",
        kind="buyer",
        first_seen="reviewed_at",
        echo=F.col("echo"),
    )
