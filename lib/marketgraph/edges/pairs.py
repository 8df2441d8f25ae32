"""Pairs of the members of groups, by an inverted index: sorted lists against their own tails, never a self-join."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.activity import earliest
from marketgraph.edges.groups import Rules, by_relation
from marketgraph.edges.rules import GroupRule, NearRule
from marketgraph.edges.vertices import CODE, name_of
from marketgraph.edges.weights import rarity_units, weighted
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.relations import HUB

# Ids of hubs are hashes in the upper half of the longs; ids of entities are counted from 0.
HUB_IDS = 1 << 62


def pairs(members: DataFrame, rules: Rules) -> DataFrame:
    """One row per relation and pair of members.

    Columns: relation, src, dst, src_kind, dst_kind, evidence_count, rarity_units, first_seen, last_seen.

    members: from `groups.joined`. evidence_count: groups that both are in, or near acts. rarity_units: over these.
    first_seen: when the later of the two was first there, of the first group; last_seen: when either was last.
    Shuffles: none to list the members of a group, which lie together; one by pair, summed up before it.
    """
    summed = (
        meetings(members, rules)
        .groupBy("relation", "src", "dst", "src_code", "dst_code")
        .agg(
            F.sum("counts").alias("evidence_count"),
            F.sum(F.col("rarity") * F.col("counts")).alias("rarity_units"),
            earliest(F.col("first_seen")).alias("first_seen"),
            F.max("last_seen").alias("last_seen"),
        )
    )
    return named(summed)


def meetings(members: DataFrame, rules: Rules) -> DataFrame:
    """One row per group and pair of its members that the relation joins; of acts one per two acts.

    Columns: relation, key, src, dst, src_code, dst_code, counts, rarity (in 1/UNITS), first_seen, last_seen.
    members: from `groups.joined`. Nothing is shuffled: the members of a group lie together.
    """
    listed = members.groupBy("relation", "key", "holders").agg(
        F.sort_array(F.collect_list(_member())).alias("list")
    )
    firsts = listed.select("relation", "key", "holders", "list", F.posexplode("list").alias("place", "a"))
    tails = F.slice(F.col("list"), F.col("place") + 2, F.size("list"))
    met = firsts.select("relation", "key", "holders", "a", F.explode(tails).alias("b")).where(_is_pair(rules))
    return met.select(
        "relation",
        "key",
        F.col("a.vertex").alias("src"),
        F.col("b.vertex").alias("dst"),
        F.col("a.kind").alias("src_code"),
        F.col("b.kind").alias("dst_code"),
        F.least("a.counts", "b.counts").cast("long").alias("counts"),
        rarity_units(F.col("holders")).alias("rarity"),
        F.greatest("a.first_seen", "b.first_seen").alias("first_seen"),
        F.greatest("a.last_seen", "b.last_seen").alias("last_seen"),
    )


def hub_edges(groups: DataFrame, rules: Rules) -> DataFrame:
    """One row per member of a group that a virtual vertex stands for, with the columns of `pairs`.

    groups: the rows of `groups.held` whose treatment is virtual. dst: a hash of relation and key above 2^62. Members
    whose kind the relation joins with none are left out.
    """
    hub = F.xxhash64("relation", "key").bitwiseAND(HUB_IDS - 1) + F.lit(HUB_IDS)
    return groups.where(_is_joined(rules)).select(
        "relation",
        F.col("vertex").alias("src"),
        hub.alias("dst"),
        name_of(F.col("kind")).alias("src_kind"),
        F.lit(HUB).alias("dst_kind"),
        F.lit(1).cast("long").alias("evidence_count"),
        rarity_units(F.col("holders")).alias("rarity_units"),
        "first_seen",
        "last_seen",
    )


def group_edges(relation: str, found: DataFrame, rule: GroupRule, *, as_of: date) -> DataFrame:
    """The edges of one grouped relation, at its contract. found: rows of `pairs` and `hub_edges`, confirmed."""
    enough = (F.col("evidence_count") >= rule.min_evidence) | (F.col("dst_kind") == HUB)
    own = found.where((F.col("relation") == relation) & enough)
    return EDGE_TABLES[relation].conform(weighted(own, rule, as_of=as_of))


def _member() -> Column:
    """Sorted by it: the kind that comes first in ENTITY_KINDS, then the smaller vertex, then the earlier act."""
    return F.struct("kind", "vertex", "last_seen", "echo", "first_seen", "owner", "counts")


def _is_pair(rules: Rules) -> Column:
    owned = F.col("a.owner") == F.col("b.owner")
    return (
        (F.col("a.vertex") != F.col("b.vertex"))
        & ~F.coalesce(owned, F.lit(False))
        & _between(rules)
        & _near(rules)
    )


def _between(rules: Rules) -> Column:
    """Whether the relation joins these two kinds."""
    codes = by_relation(rules, lambda rule: [CODE[a] * 10 + CODE[b] for a, b in _kinds(rule)])
    return F.array_contains(codes, F.col("a.kind") * 10 + F.col("b.kind"))


def _is_joined(rules: Rules) -> Column:
    """Whether the relation joins this kind with any."""
    codes = by_relation(rules, lambda rule: sorted({CODE[kind] for pair in _kinds(rule) for kind in pair}))
    return F.array_contains(codes, F.col("kind"))


def _kinds(rule: GroupRule) -> list[list[str]]:
    return [pair.split("-") for pair in rule.between]


def _near(rules: Rules) -> Column:
    """Whether two acts are near enough, and met in the bucket of the later one (not both as echoes)."""
    near: Mapping[str, GroupRule] = {n: r for n, r in rules.items() if isinstance(r, NearRule)}
    if not near:
        return F.lit(True)
    limit = by_relation(near, lambda rule: rule.within_seconds if isinstance(rule, NearRule) else 0)
    apart = F.abs(F.unix_micros(F.col("a.last_seen")) - F.unix_micros(F.col("b.last_seen")))
    both_echo = F.col("a.echo") & F.col("b.echo")
    return limit.isNull() | ((apart <= limit.cast("long") * 1_000_000) & ~both_echo)


def named(found: DataFrame) -> DataFrame:
    """Names of kinds in place of their codes."""
    kinds = {f"{end}_kind": name_of(F.col(f"{end}_code")) for end in ("src", "dst")}
    return found.withColumns(kinds).drop("src_code", "dst_code")
