"""How many of the planted rings a partition into communities recovers, and how many finds are rings."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

# A ring and a community are a match when they share at least half of what they hold together.
LEAST_JACCARD = 0.5


@dataclass(frozen=True)
class RingRecovery:
    """What `ring_recovery` finds, as lazy frames.

    rings: one row per planted ring: group_id, members, community (its best match; the smallest at a tie; null
    when no member is in a community), jaccard (0..1), recovered.
    candidates: one row per community of at least min_size members: community, members, group_id (its best
    match among all guilty groups; null when it has no guilty member), jaccard, matched.
    summary: one row: planted, recovered, recall; candidates, matched, precision; ring_pairs,
    ring_pairs_together, pair_recall; candidate_pairs, candidate_pairs_planted, pair_precision. A share of
    nothing is null.
    """

    rings: DataFrame
    candidates: DataFrame
    summary: DataFrame


def ring_recovery(
    communities: DataFrame, truth: DataFrame, *, group_kind: str, entity_kind: str, min_size: int = 3
) -> RingRecovery:
    """Planted rings of one kind against communities, by their members of one entity kind.

    communities: entity_kind, entity_id, community; an entity is in one community at most. truth: see TRUTH;
    an entity is in one guilty group at most (else its pairs count once for each).

    A ring is the guilty members of a group, at least two. It is recovered when a community's members have a
    Jaccard index of LEAST_JACCARD or more with it; recall is the share of recovered rings. A candidate is a
    community of at least min_size members; precision is the share of candidates that match a guilty group of
    any kind. Pairs: of each ring, how many are in one community; of each candidate, how many are in one group.
    """
    of_kind = F.col("entity_kind") == entity_kind
    found = communities.where(of_kind).select("entity_id", "community")
    guilty = truth.where(of_kind & F.col("guilty")).select("group_id", "group_kind", "entity_id")
    groups = guilty.groupBy("group_id", "group_kind").agg(F.count("*").alias("group_members"))
    sizes = found.groupBy("community").agg(F.count("*").alias("community_members"))
    overlaps = _overlaps(guilty, found, groups, sizes)
    rings = _rings(groups, overlaps, group_kind)
    candidates = _candidates(sizes, overlaps, min_size)
    pairs = overlaps.agg(
        _total(F.when(F.col("group_kind") == group_kind, _pairs("shared"))).alias("ring_pairs_together"),
        _total(F.when(F.col("community_members") >= min_size, _pairs("shared"))).alias(
            "candidate_pairs_planted"
        ),
    )
    return RingRecovery(rings, candidates, _summary(rings, candidates, pairs))


def _overlaps(guilty: DataFrame, found: DataFrame, groups: DataFrame, sizes: DataFrame) -> DataFrame:
    """One row per group and community that share members: how many, and their Jaccard index."""
    shared = (
        guilty.join(found, "entity_id", how="inner")  # a member is in one community at most
        .groupBy("group_id", "community")
        .agg(F.count("*").alias("shared"))
    )
    sized = shared.join(groups, "group_id", how="inner").join(sizes, "community", how="inner")  # one each
    together = F.col("group_members") + F.col("community_members") - F.col("shared")
    return sized.withColumn("jaccard", F.col("shared") / together)


def _rings(groups: DataFrame, overlaps: DataFrame, group_kind: str) -> DataFrame:
    best = overlaps.groupBy("group_id").agg(_best("community").alias("best"))
    planted = groups.where((F.col("group_kind") == group_kind) & (F.col("group_members") >= 2))
    matched = planted.join(best, "group_id", how="left")  # at most one best each
    return matched.select(
        "group_id", F.col("group_members").alias("members"), *_match("community", "recovered")
    )


def _candidates(sizes: DataFrame, overlaps: DataFrame, min_size: int) -> DataFrame:
    best = overlaps.groupBy("community").agg(_best("group_id").alias("best"))
    large = sizes.where(F.col("community_members") >= min_size)
    matched = large.join(best, "community", how="left")  # at most one best each
    return matched.select(
        "community", F.col("community_members").alias("members"), *_match("group_id", "matched")
    )


def _best(name: str) -> Column:
    """The highest Jaccard index, and the smallest name at a tie."""
    return F.min(F.struct((-F.col("jaccard")).alias("less"), F.col(name)))


def _match(name: str, verdict: str) -> list[Column]:
    jaccard = F.coalesce(-F.col("best.less"), F.lit(0.0))
    return [
        F.col(f"best.{name}").alias(name),
        jaccard.alias("jaccard"),
        (jaccard >= F.lit(LEAST_JACCARD)).alias(verdict),
    ]


def _pairs(size: str) -> Column:
    return (F.col(size) * (F.col(size) - 1) / 2).cast("bigint")


def _total(number: Column) -> Column:
    return F.coalesce(F.sum(number), F.lit(0)).cast("bigint")


def _summary(rings: DataFrame, candidates: DataFrame, pairs: DataFrame) -> DataFrame:
    of_rings = rings.agg(
        F.count("*").alias("planted"),
        F.count_if("recovered").alias("recovered"),
        _total(_pairs("members")).alias("ring_pairs"),
    )
    of_candidates = candidates.agg(
        F.count("*").alias("candidates"),
        F.count_if("matched").alias("matched"),
        _total(_pairs("members")).alias("candidate_pairs"),
    )
    counts = of_rings.crossJoin(of_candidates).crossJoin(pairs)  # one row each
    return counts.select(
        *("planted", "recovered", _share("recovered", "planted", "recall")),
        *("candidates", "matched", _share("matched", "candidates", "precision")),
        *("ring_pairs", "ring_pairs_together", _share("ring_pairs_together", "ring_pairs", "pair_recall")),
        *("candidate_pairs", "candidate_pairs_planted"),
        _share("candidate_pairs_planted", "candidate_pairs", "pair_precision"),
    )


def _share(part: str, whole: str, name: str) -> Column:
    return F.when(F.col(whole) > 0, F.col(part) / F.col(whole)).alias(name)
