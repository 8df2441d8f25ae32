"""How many of the planted pairs a relation joins, and how many of its edges are planted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.tables.quality import EDGE_RECOVERY


@dataclass(frozen=True)
class Target:
    """What a relation is to find: pairs of one kind of entity in groups of one kind."""

    group_kind: str
    entity_kind: str


# The shops of a ring pass for strangers, yet one hand runs them: from its devices, for its accounts, out of its yards.
# No two shops need to share all three, so that a recall of 1 is not to be had from one of these relations alone.
_ONE_HAND = Target("merchant_ring", "merchant")
# A copy repeats the title and the image of its original, if not to the letter. Two copies of one original differ twice
# as much, so that only original and copy are planted as a pair.
_COPIES = Target("copied_listings", "product")
# A hired crowd praises the same products within days.
_CROWD = Target("review_ring", "buyer")
TARGETS: Mapping[str, Target] = {
    "shares_device": _ONE_HAND,
    "shares_bank": _ONE_HAND,
    "shares_address": _ONE_HAND,
    "look_alike_titles": _COPIES,
    "look_alike_images": _COPIES,
    "reviewed_together": _CROWD,
}
_COUNTS = ("pairs_planted", "pairs_found", "edges", "edges_planted")


def edge_recovery(
    edges: Mapping[str, DataFrame], truth: DataFrame, vertex_ids: DataFrame, *, owners: DataFrame
) -> DataFrame:
    """One row per relation of `edges` that is in TARGETS, at the contract EDGE_RECOVERY.

    edges: by relation, one row per pair: src, dst (vertex ids), src_kind, dst_kind (names); a relation that the run
    did not make is left out. truth: see TRUTH. vertex_ids: entity_kind, entity_id, vertex_id of the entities that the
    run knows; each once. owners: product_id, merchant_id; each product once.

    A group is the guilty of a planted group; of copied listings the victim too, where the planted pairs are those of
    the original with each of its copies. What is shared in innocent groups counts for nothing. Two listings of one
    merchant are no planted pair: the look-alike relations join different merchants only.

    Shuffles: planted entities alone, by entity and by group; edges meet them by broadcast, which takes memory of the
    driver in proportion to the planted entities, under 1,000 per unit of the marketplace's scale.
    """
    targets = {relation: target for relation, target in TARGETS.items() if relation in edges}
    if not targets:
        return truth.sparkSession.createDataFrame([], EDGE_RECOVERY.schema)
    asked = [(relation, target.group_kind, target.entity_kind) for relation, target in targets.items()]
    columns = "relation string, group_kind string, entity_kind string"
    rows = truth.sparkSession.createDataFrame(asked, columns).coalesce(1)
    planted = _planted(truth, vertex_ids, owners)
    # both sides have a few rows: at most one for each of `rows`
    counted = rows.join(F.broadcast(_pairs_planted(planted)), ["group_kind", "entity_kind"], "left").join(
        F.broadcast(_edge_counts(edges, targets, planted)), "relation", "left"
    )
    return EDGE_RECOVERY.conform(_with_shares(counted.fillna(0, list(_COUNTS))))


def _planted(truth: DataFrame, vertex_ids: DataFrame, owners: DataFrame) -> DataFrame:
    """One row per planted entity that has a vertex: entity_kind, vertex_id, owner (null: none), groups it is of."""
    is_of_group = F.col("guilty") | (F.col("group_kind") == F.lit(_COPIES.group_kind))
    members = truth.where(is_of_group).select(
        "entity_kind", "entity_id", "guilty", F.struct("group_kind", "group_id").alias("group")
    )
    key = ["entity_kind", "entity_id"]
    # Both facts of an entity by one join: many facts to the few groups of an entity.
    numbered = vertex_ids.select(*key, "vertex_id", F.lit(None).cast("string").alias("owner"))
    owned = owners.select(
        F.lit("product"), "product_id", F.lit(None).cast("long"), F.col("merchant_id").cast("string")
    )
    facts = numbered.unionAll(owned).join(F.broadcast(members), key, "inner")
    told = facts.groupBy(*key).agg(
        F.max("vertex_id").alias("vertex_id"),
        F.collect_set(F.when(~F.col("guilty"), F.col("group.group_id"))).alias("victim_of"),
        F.max("owner").alias("owner"),
        F.collect_set("group").alias("groups"),
    )
    return told.where(F.col("vertex_id").isNotNull())


def _pairs_planted(planted: DataFrame) -> DataFrame:
    """How many pairs the groups of each kind have: group_kind, entity_kind, pairs_planted.

    A pair that is of two groups counts once. A group has tens of members, so that its pairs are made in one row.
    """
    is_victim = F.array_contains("victim_of", F.col("group.group_id")).alias("is_victim")
    member = F.struct("vertex_id", "owner", is_victim)
    groups = (
        planted.withColumn("group", F.explode("groups"))
        .groupBy("group", "entity_kind")
        .agg(F.collect_list(member).alias("members"))
    )
    pairs = groups.withColumn("src", F.explode("members")).withColumn("dst", F.explode("members"))
    is_pair = (
        (F.col("src.vertex_id") < F.col("dst.vertex_id"))
        & _differ(F.col("src.owner"), F.col("dst.owner"))
        & _is_asked(F.col("group.group_kind"), F.col("src.is_victim"), F.col("dst.is_victim"))
    )
    ends = (F.col("src.vertex_id").alias("src"), F.col("dst.vertex_id").alias("dst"))
    distinct = pairs.where(is_pair).select("group.group_kind", "entity_kind", *ends).distinct()
    return distinct.groupBy("group_kind", "entity_kind").agg(F.count("*").alias("pairs_planted"))


def _edge_counts(
    edges: Mapping[str, DataFrame], targets: Mapping[str, Target], planted: DataFrame
) -> DataFrame:
    """One row per relation that has edges of its target's kind: relation, pairs_found, edges, edges_planted."""
    told = reduce(DataFrame.unionAll, [_of_kind(edges[r], r, target) for r, target in targets.items()])
    # many edges to one planted entity, or none, at each end
    met = told.join(F.broadcast(_end(planted, "src")), "src", "left").join(
        F.broadcast(_end(planted, "dst")), "dst", "left"
    )
    shared = met.withColumn("shared", F.array_intersect("src_groups", "dst_groups"))
    is_found = F.exists("shared", _is_target)
    return shared.groupBy("relation").agg(
        F.count_if(is_found & _differ(F.col("src_owner"), F.col("dst_owner"))).alias("pairs_found"),
        F.count("*").alias("edges"),
        F.count_if(F.size("shared") > 0).alias("edges_planted"),
    )


def _of_kind(edges: DataFrame, relation: str, target: Target) -> DataFrame:
    is_of_kind = (F.col("src_kind") == target.entity_kind) & (F.col("dst_kind") == target.entity_kind)
    named = (F.lit(relation).alias("relation"), F.lit(target.group_kind).alias("group_kind"))
    return edges.where(is_of_kind).select(*named, "src", "dst")


def _end(planted: DataFrame, end: str) -> DataFrame:
    facts = [F.col(name).alias(f"{end}_{name}") for name in ("groups", "owner", "victim_of")]
    return planted.select(F.col("vertex_id").alias(end), *facts)


def _differ(left: Column, right: Column) -> Column:
    """Whether two owners are not known to be one."""
    return ~F.coalesce(left == right, F.lit(False))


def _is_target(group: Column) -> Column:
    """Whether both ends are a planted pair of this group, which they share, of the kind that the relation looks for."""
    victims = [F.array_contains(f"{end}_victim_of", group["group_id"]) for end in ("src", "dst")]
    return (group["group_kind"] == F.col("group_kind")) & _is_asked(group["group_kind"], *victims)


def _is_asked(group_kind: Column, left_is_victim: Column, right_is_victim: Column) -> Column:
    """Whether two members of a group of this kind are a planted pair: of copies only one with the original."""
    return (group_kind != _COPIES.group_kind) | (left_is_victim != right_is_victim)


def _with_shares(counted: DataFrame) -> DataFrame:
    return counted.select(
        "*",
        _share("pairs_found", "pairs_planted").alias("recall"),
        _share("edges_planted", "edges").alias("precision"),
    )


def _share(part: str, whole: str) -> Column:
    return F.when(F.col(whole) > 0, F.col(part) / F.col(whole))
