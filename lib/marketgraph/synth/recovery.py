"""How well communities recover what was planted: rings matched one by one, and pairs of members."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

MATCH = 0.5  # Jaccard of a ring's members and a community's from which on the one is the other
SMALLEST_CANDIDATE = 3  # members of the kind from which on a community is one to look at


@dataclass(frozen=True)
class Recovery:
    """The figures of one run. Shares are 0..1, and 1 where there was nothing to find or to get wrong."""

    planted: int
    recovered: int
    candidates: int
    matched: int

    @property
    def recall(self) -> float:
        """Planted rings that some community matches."""
        return self.recovered / self.planted if self.planted else 1.0

    @property
    def precision(self) -> float:
        """Candidate communities that match a guilty group of any kind."""
        return self.matched / self.candidates if self.candidates else 1.0


def ring_matches(communities: DataFrame, truth: DataFrame, *, entity_kind: str) -> DataFrame:
    """One row per guilty group and community with a member in common, among entities of one kind.

    communities: (entity_kind, entity_id, community), one row per entity. truth: see TRUTH.
    Columns: group_id, group_kind, community, common, ring_size, community_size, jaccard (0..1].
    """
    members = communities.where(F.col("entity_kind") == entity_kind).select("entity_id", "community")
    guilty = truth.where((F.col("entity_kind") == entity_kind) & F.col("guilty"))
    rings = guilty.groupBy("group_id").agg(F.count(F.lit(1)).alias("ring_size"))
    sizes = members.groupBy("community").agg(F.count(F.lit(1)).alias("community_size"))
    # one community to one entity, one size to one group or community
    common = guilty.join(members, "entity_id", "inner").groupBy("group_id", "group_kind", "community")
    pairs = common.agg(F.count(F.lit(1)).alias("common"))
    sized = pairs.join(rings, "group_id", "inner").join(sizes, "community", "inner")
    union = F.col("ring_size") + F.col("community_size") - F.col("common")
    return sized.withColumn("jaccard", F.col("common") / union)


def ring_recovery(
    communities: DataFrame, truth: DataFrame, *, group_kind: str, entity_kind: str
) -> DataFrame:
    """One row: (planted, recovered, candidates, matched), see Recovery.

    A planted ring of `group_kind` is recovered when a community's members of `entity_kind` have a Jaccard of at
    least MATCH with it. A candidate is a community with at least SMALLEST_CANDIDATE members of that kind; it is
    matched when a guilty group of any kind has such a Jaccard with it.
    """
    matches = ring_matches(communities, truth, entity_kind=entity_kind).where(F.col("jaccard") >= MATCH)
    wanted = (F.col("group_kind") == group_kind) & (F.col("entity_kind") == entity_kind) & F.col("guilty")
    planted = truth.where(wanted).agg(F.count_distinct("group_id").alias("planted"))
    recovered = matches.where(F.col("group_kind") == group_kind).agg(
        F.count_distinct("group_id").alias("recovered")
    )
    sizes = communities.where(F.col("entity_kind") == entity_kind).groupBy("community").count()
    candidates = sizes.where(F.col("count") >= SMALLEST_CANDIDATE).select("community")
    # at most one row to one candidate, after the distinct
    judged = candidates.join(
        matches.select("community", F.lit(1).alias("hit")).distinct(), "community", "left"
    )
    counted = judged.agg(F.count(F.lit(1)).alias("candidates"), F.count("hit").alias("matched"))
    # three frames of one row each
    return planted.crossJoin(recovered).crossJoin(counted)


def recovery_of(summary: DataFrame) -> Recovery:
    """The figures out of the one row of `ring_recovery`."""
    row = summary.collect()[0]
    return Recovery(**{name: int(row[name]) for name in ("planted", "recovered", "candidates", "matched")})
