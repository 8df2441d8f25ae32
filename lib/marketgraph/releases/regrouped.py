"""How the communities of one release follow those of another: by ids, which communities keep from day to day."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


@dataclass(frozen=True)
class CommunityChange:
    """communities_kept: ids that both have. kept: vertices in a community of both; changed: of these, in another one.

    churn: changed, of kept, 0..1; None: nothing was kept. The same words as in `communities.churn`, which compares a
    date with the one that it is named after.
    """

    communities_before: int
    communities_after: int
    communities_kept: int
    kept: int
    changed: int

    @property
    def churn(self) -> float | None:
        return self.changed / self.kept if self.kept else None


def community_change(before: DataFrame, after: DataFrame) -> CommunityChange:
    """before, after: one row per vertex, with its community_id, as in `communities.members`."""
    old, new = (
        frame.select("vertex_id", F.col("community_id").alias(name))
        for name, frame in (("before", before), ("after", after))
    )
    # one row to one row
    found = (
        old.join(new, "vertex_id", "inner")
        .agg(F.count(F.lit(1)).alias("kept"), F.count_if(F.col("before") != F.col("after")).alias("changed"))
        .collect()[0]
    )
    ids = [
        frame.select(F.col(name).alias("id")).distinct() for name, frame in (("before", old), ("after", new))
    ]
    shared = ids[0].join(ids[1], "id", "inner").count()
    return CommunityChange(ids[0].count(), ids[1].count(), shared, found["kept"], found["changed"])
