"""The whole of a report, read from a release and the one before it."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Row, SparkSession

from marketgraph.communities.holding import held, left_tidy
from marketgraph.config import Config
from marketgraph.evidence.reasons import reasons_of
from marketgraph.report import reading_overview as overview
from marketgraph.report.caps import Caps
from marketgraph.report.community_facts import Community, Held, Listed, Member, Tie
from marketgraph.report.facts import Facts, ReleaseFacts
from marketgraph.report.reading_evidence import Edge, motifs, paths, reasons, scores_without
from marketgraph.report.reading_list import lineage, listed
from marketgraph.report.reading_members import described, shown_members
from marketgraph.report.reading_relations import relations
from marketgraph.report.reading_ties import held_by, joins_of, shared_values, strongest, ties_within
from marketgraph.report.shelf import KNOWN, Shelf

OTHER_TABLES = {
    "communities.members": "vertices in a community",
    "communities.profiles": "communities of two or more",
    "sources.violations": "known violations",
    "edges.suppressed": "groups that a policy left out",
}
SHOWN_SCHEMA = "vertex_id long, community_id long, score double"
MEMBER_SCHEMA = "vertex_id long, community_id long, kind string, entity_id string"
MOST_LINEAGE = 8


def read_facts(
    spark: SparkSession, shelf: Shelf, before: Shelf | None, config: Config, *, caps: Caps
) -> Facts:
    """Read what the pages show. caps: how much of the communities and ties is collected."""
    ranked = listed(shelf, caps.listed)
    with left_tidy(spark):
        communities = _communities(spark, shelf, before, config, ranked[: caps.pages], caps)
    members = shelf.rows.get("communities.members")
    labels = shelf.rows.get("communities.labels")
    return Facts(
        release=_release(shelf, before, config),
        entities=overview.entities(shelf, before),
        tables=overview.changes(shelf, before, OTHER_TABLES),
        sizes=overview.sizes(shelf),
        alone=labels - members if labels is not None and members is not None else None,
        rounds=overview.rounds(shelf),
        partition=overview.partition(shelf),
        churn=overview.churn(shelf),
        warned=overview.warned(shelf),
        recovery=overview.recovery(shelf),
        ranking=overview.ranking(shelf),
        calibration=overview.calibration(shelf),
        listed=ranked,
        communities=communities,
        relations=relations(shelf, before, caps.groups),
        violations=shelf.rows.get("sources.violations", 0),
        absent=frozenset(KNOWN - set(shelf.rows)),
        motifs=motifs(shelf),
    )


def _release(shelf: Shelf, before: Shelf | None, config: Config) -> ReleaseFacts:
    return ReleaseFacts(
        shelf.id,
        shelf.as_of,
        shelf.published_at,
        shelf.code_version,
        shelf.checks_passed,
        shelf.checks_warned,
        (before.id, before.as_of) if before else None,
        shelf.config_hash in (config.hash, _of_own_data(config).hash),
    )


def _of_own_data(config: Config) -> Config:
    """The config as a run with --source has it: nothing is made up."""
    return config.model_copy(update={"sources": config.sources.model_copy(update={"synthetic": None})})


def _communities(
    spark: SparkSession,
    shelf: Shelf,
    before: Shelf | None,
    config: Config,
    top: Sequence[Listed],
    caps: Caps,
) -> tuple[Community, ...]:
    """What the pages of the top communities tell. Three passes: members, ties among them, identifiers."""
    ids = [one.community_id for one in top]
    if not ids:
        return ()
    shown = spark.createDataFrame(shown_members(shelf, ids, caps.members).collect(), SHOWN_SCHEMA)
    rows = described(shelf, before, shown).collect()
    told = [(r["vertex_id"], r["community_id"], r["kind"], r["entity_id"]) for r in rows]
    named = held(spark.createDataFrame(told, MEMBER_SCHEMA))
    ties = held(ties_within(shelf, named, config.communities.relations))
    by_community = _by_community(strongest(ties, caps.ties).collect())
    relations_of = _by_community(held_by(ties).collect())
    joins = {r["vertex_id"]: r for r in joins_of(ties).collect()}
    members = _by_community(rows)
    shared = shared_values(shelf, named, caps.identifiers)
    came_of = lineage(shelf, ids, MOST_LINEAGE)
    texts = {reason.code: reason.text for reason in reasons_of(config.motifs)}
    why, ways = reasons(shelf, ids, texts), paths(shelf, ids, caps.paths)
    without = scores_without(shelf, ids)
    return tuple(
        Community(
            listed=one,
            members=_members(members.get(one.community_id, []), joins),
            ties=tuple(_tie(r, without) for r in by_community.get(one.community_id, [])),
            held=tuple(
                Held(r["relation"], r["ties"], r["weight"], r["holds"])
                for r in relations_of.get(one.community_id, [])
            ),
            shared=shared.get(one.community_id, ()),
            lineage=came_of.get(one.community_id, ()),
            reasons=why.get(one.community_id, ()),
            paths=ways.get(one.community_id, ()),
        )
        for one in top
    )


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
