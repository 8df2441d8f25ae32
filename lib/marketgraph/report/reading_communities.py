"""What the pages of the top communities tell, read from a release: members, ties among them, evidence."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from pyspark.sql import DataFrame, Row, SparkSession

from marketgraph.communities.holding import held, left_tidy
from marketgraph.config import Config
from marketgraph.evidence.reasons import reasons_of
from marketgraph.report.caps import Caps
from marketgraph.report.community_facts import Community, Held, Listed, Member, Tie
from marketgraph.report.reading_evidence import Edge, paths, reasons, scores_without
from marketgraph.report.reading_list import lineage
from marketgraph.report.reading_members import described, shown_members
from marketgraph.report.reading_ties import held_by, joins_of, shared_values, strongest, ties_within
from marketgraph.report.shelf import Shelf

SHOWN_SCHEMA = "vertex_id long, community_id long, score double"
MEMBER_SCHEMA = "vertex_id long, community_id long, kind string, entity_id string"
MOST_LINEAGE = 8
# Small queries are bound by the latency of their jobs: some are asked beside the others.
BESIDE = 2


def communities(
    spark: SparkSession,
    shelf: Shelf,
    before: Shelf | None,
    config: Config,
    top: Sequence[Listed],
    *,
    caps: Caps,
) -> tuple[Community, ...]:
    """What the pages of these communities tell. Two passes: the members of all, then what is between those shown."""
    ids = [one.community_id for one in top]
    if not ids:
        return ()
    texts = {reason.code: reason.text for reason in reasons_of(config.motifs)}
    with ThreadPoolExecutor(BESIDE) as pool, left_tidy(spark):
        came_of = pool.submit(lineage, shelf, ids, MOST_LINEAGE)
        why = pool.submit(reasons, shelf, ids, texts)
        ways = pool.submit(paths, shelf, ids, caps.paths)
        without = pool.submit(scores_without, shelf, ids)
        rows, named = _members_of(spark, shelf, before, ids, caps)
        shared = pool.submit(shared_values, shelf, named, caps.identifiers)
        ties = held(ties_within(shelf, named, config.communities.relations))
        strong = _by_community(strongest(ties, caps.ties).collect())
        relations = _by_community(held_by(ties).collect())
        joins = {r["vertex_id"]: r for r in joins_of(ties).collect()}
        members = _by_community(rows)
        return tuple(
            Community(
                listed=one,
                members=_members(members.get(one.community_id, []), joins),
                ties=tuple(_tie(r, without.result()) for r in strong.get(one.community_id, [])),
                held=tuple(_held(r) for r in relations.get(one.community_id, [])),
                shared=shared.result().get(one.community_id, ()),
                lineage=came_of.result().get(one.community_id, ()),
                reasons=why.result().get(one.community_id, ()),
                paths=ways.result().get(one.community_id, ()),
            )
            for one in top
        )


def _members_of(
    spark: SparkSession, shelf: Shelf, before: Shelf | None, ids: list[int], caps: Caps
) -> tuple[list[Row], DataFrame]:
    """The members that are shown, as rows and as a small frame that others are joined with."""
    shown = spark.createDataFrame(shown_members(shelf, ids, caps.members).collect(), SHOWN_SCHEMA)
    rows = described(shelf, before, shown).collect()
    told = [(r["vertex_id"], r["community_id"], r["kind"], r["entity_id"]) for r in rows]
    return rows, held(spark.createDataFrame(told, MEMBER_SCHEMA))


def _held(row: Row) -> Held:
    return Held(row["relation"], row["ties"], row["weight"], row["holds"])


def _by_community(rows: Sequence[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row["community_id"], []).append(row)
    return found


def _members(rows: Sequence[Row], joins: dict[int, Row]) -> tuple[Member, ...]:
    """The highest score first, then the strongest, then the smallest vertex."""
    members = [_member(row, joins.get(row["vertex_id"])) for row in rows]
    return tuple(sorted(members, key=_riskiest_first))


def _riskiest_first(member: Member) -> tuple[float, float, int]:
    return (-(member.score or 0), -member.strength, member.vertex_id)


def _member(row: Row, join: Row | None) -> Member:
    return Member(
        vertex_id=row["vertex_id"],
        kind=row["kind"],
        entity_id=row["entity_id"],
        title=row["title"],
        score=row["score"],
        first_activity=row["first_activity"],
        joined=join["joined"] if join else None,
        ties=join["ties"] if join else 0,
        strength=join["strength"] if join else 0.0,
        known=tuple((one["violation"], one["day"]) for one in row["known"] or ()),
        is_new=row["is_new"],
    )


def _tie(row: Row, without: dict[Edge, float]) -> Tie:
    low, high = sorted((row["src"], row["dst"]))
    return Tie(
        src=row["src"],
        dst=row["dst"],
        relation=row["relation"],
        weight=row["weight"],
        holds=row["holds"],
        count=row["evidence_count"],
        evidence=row["evidence"],
        recency=row["recency"],
        rarity=row["rarity"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        without=without.get((row["community_id"], low, high, row["relation"])),
    )
