"""reviewed_together: two buyers who give the same products the same stars within days, as review rings do."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.activity import earliest
from marketgraph.edges.members import members
from marketgraph.edges.nearness import in_buckets
from marketgraph.edges.rules import ReviewRule
from marketgraph.edges.rush import with_rush
from marketgraph.edges.seen import Seen


def reviewed_together_members(seen: Seen, rule: ReviewRule) -> DataFrame:
    """Reviewers of each product and rating, in buckets of the rule's seconds, of the rule's ratings.

    A buyer counts once for a product, with the first such review: evidence is products, not reviews. In a rush of
    reviews a product counts for rush_counts.
    """
    told = seen.reviews.where(F.col("rating").isin(list(rule.ratings)) & F.col("product").isNotNull())
    once = told.groupBy("product", "rating", "buyer").agg(earliest(F.col("reviewed_at")).alias("reviewed_at"))
    rushed = with_rush(once, seconds=rule.within_seconds, least=rule.rush_least, times=rule.rush_times)
    acts = in_buckets(rushed, time="reviewed_at", seconds=rule.within_seconds)
    return members(
        "reviewed_together",
        acts,
        key=F.concat_ws(":", "product", "rating", "bucket"),
        vertex="buyer",
        kind="buyer",
        first_seen="reviewed_at",
        echo=F.col("echo"),
        counts=F.when(F.col("rush"), rule.rush_counts).otherwise(1),
    )
