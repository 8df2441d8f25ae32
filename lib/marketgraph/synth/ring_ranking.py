"""How many of the planted groups stand at the top of the ranked communities, and what else stands there."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.synth.recovery import LEAST_JACCARD
from marketgraph.synth.world import GROUP_KINDS, GUILTY_KINDS
from marketgraph.tables.quality import RING_RANKING

TOP = 100
RINGS = ("merchant_ring", "review_ring", "collusion")
# By which of its members a guilty group is told: those whom a tie holds together. Buyers of a collusion have nothing in
# common but what they buy, and shops of a review ring nothing but their crowd.
CORE: Mapping[str, tuple[str, ...]] = {
    "merchant_ring": ("merchant",),
    "review_ring": ("buyer",),
    "collusion": ("merchant", "creator"),
    "copied_listings": ("product",),
}
LOOK_ALIKES = tuple(kind for kind in GROUP_KINDS if kind not in GUILTY_KINDS)


def ring_ranking(ranked: DataFrame, members: DataFrame, truth: DataFrame, vertex_ids: DataFrame) -> DataFrame:
    """One row per kind of planted group, at RING_RANKING.

    ranked: (community_id, rank), rank 1 for the riskiest. members: (vertex_id, community_id). truth: see TRUTH.
    vertex_ids: (entity_kind, entity_id, vertex_id) of the entities that the run knows, each once.

    A guilty group is its members of the kinds in CORE, of copied listings the original too; it is planted when the run
    knows two of them. It is found when a community of the top has a Jaccard index of LEAST_JACCARD or more with it,
    counting members of these kinds on either side. A community of the top counts for the guilty kind of its best match.
    One without a guilty member counts for a kind of look-alike when half its members are of one such group.
    """
    top = ranked.where(F.col("rank") <= TOP).select("community_id")
    # one community to a member
    known = truth.join(vertex_ids, ["entity_kind", "entity_id"], "inner")
    told = members.join(F.broadcast(top), "community_id", "inner").join(
        vertex_ids.select("vertex_id", "entity_kind"), "vertex_id", "inner"
    )
    matches = _matches(_guilty(known), told)
    counts = top.agg(F.count("*").alias("top"))
    kinds = truth.sparkSession.createDataFrame(
        [(k, k in GUILTY_KINDS) for k in GROUP_KINDS], "group_kind string, guilty boolean"
    )
    found = matches.groupBy("group_kind").agg(F.count_distinct("group_id").alias("found"))
    of_kind = (
        _best(matches)
        .unionByName(_look_alikes(known, told))
        .groupBy("group_kind")
        .agg(F.count("*").alias("communities"))
    )
    # one row a kind on every side
    rows = kinds.coalesce(1)
    for side in (_planted(known), found, of_kind):
        rows = rows.join(F.broadcast(side), "group_kind", "left")
    filled = rows.fillna(0, ["planted", "found", "communities"]).crossJoin(F.broadcast(counts))
    is_sought = F.col("guilty") & (F.col("planted") > 0)
    return RING_RANKING.conform(
        filled.withColumn("recall", F.when(is_sought, F.col("found") / F.col("planted")))
    )


def _guilty(known: DataFrame) -> DataFrame:
    """Members of guilty groups by which they are told."""
    is_core = [
        (F.col("group_kind") == kind) & F.col("entity_kind").isin(*kinds) for kind, kinds in CORE.items()
    ]
    core = is_core[0]
    for one in is_core[1:]:
        core = core | one
    takes_part = F.col("guilty") | (F.col("group_kind") == "copied_listings")
    groups = known.where(core & takes_part).select("group_kind", "group_id", "vertex_id", "entity_kind")
    sizes = groups.groupBy("group_id").agg(F.count("*").alias("size"))
    return groups.join(sizes.where("size >= 2"), "group_id", "inner")  # one size to a group


def _planted(known: DataFrame) -> DataFrame:
    guilty = _guilty(known).select("group_kind", "group_id")
    innocent = known.where(F.col("group_kind").isin(*LOOK_ALIKES)).select("group_kind", "group_id")
    return (
        guilty.unionByName(innocent).groupBy("group_kind").agg(F.count_distinct("group_id").alias("planted"))
    )


def _matches(guilty: DataFrame, told: DataFrame) -> DataFrame:
    """One row per guilty group and community that match: (group_kind, group_id, community_id, jaccard)."""
    cores = told.sparkSession.createDataFrame(
        [(group, kind) for group, kinds in CORE.items() for kind in kinds],
        "group_kind string, entity_kind string",
    )
    # a member counts on the community's side for each group kind that its own kind is of
    sides = told.join(F.broadcast(cores), "entity_kind", "inner")
    sizes = sides.groupBy("community_id", "group_kind").agg(F.count("*").alias("members"))
    shared = (
        guilty.join(
            told.select("vertex_id", "community_id"), "vertex_id", "inner"
        )  # one community to a member
        .groupBy("group_kind", "group_id", "size", "community_id")
        .agg(F.count("*").alias("shared"))
    )
    jaccard = F.col("shared") / (F.col("size") + F.col("members") - F.col("shared"))
    found = shared.join(sizes, ["community_id", "group_kind"], "inner").withColumn("jaccard", jaccard)
    return found.where(F.col("jaccard") >= LEAST_JACCARD).select(
        "group_kind", "group_id", "community_id", "jaccard"
    )


def _best(matches: DataFrame) -> DataFrame:
    """One row per community that matches: the kind of its best match, the first by name of equal ones."""
    best = F.min(F.struct((-F.col("jaccard")).alias("less"), "group_kind", "group_id")).alias("best")
    return matches.groupBy("community_id").agg(best).select("community_id", "best.group_kind")


def _look_alikes(known: DataFrame, told: DataFrame) -> DataFrame:
    """One row per community without a guilty member of which half are of one innocent group: the kind of that group."""
    groups = known.select("vertex_id", "group_kind", "group_id", "guilty")
    # a member may be of several groups, or of none
    placed = told.join(groups, "vertex_id", "left")
    sizes = told.groupBy("community_id").agg(F.count("*").alias("members"))
    is_guilty = F.coalesce("guilty", F.lit(False)) | (F.col("group_kind") == "copied_listings")
    tainted = placed.where(is_guilty).select("community_id").distinct()
    shares = (
        placed.where(F.col("group_kind").isin(*LOOK_ALIKES))
        .groupBy("community_id", "group_kind", "group_id")
        .agg(F.count("*").alias("own"))
        .join(sizes, "community_id", "inner")  # one size to a community
        .where(F.col("own") * 2 >= F.col("members"))
        .join(tainted, "community_id", "left_anti")
    )
    best = F.min(F.struct((-F.col("own")).alias("less"), "group_kind", "group_id")).alias("best")
    return shares.groupBy("community_id").agg(best).select("community_id", "best.group_kind")
