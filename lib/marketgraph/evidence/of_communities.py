"""The evidence of communities: what ties their members, what they share, whom of the known they are near."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from pyspark.sql import DataFrame, Row, Window
from pyspark.sql import functions as F

from marketgraph.communities.holding import held
from marketgraph.communities.votes import Longs
from marketgraph.evidence.asked import Asked
from marketgraph.evidence.ends import edges_at, ids_in
from marketgraph.evidence.facts import community_facts
from marketgraph.evidence.found import Found
from marketgraph.evidence.identifiers import shared_identifiers
from marketgraph.evidence.leave_out import community_score
from marketgraph.evidence.nearby import paths_from
from marketgraph.evidence.reasons import reasons_of
from marketgraph.evidence.sources import Sources, Told, ids_of, of_vertices
from marketgraph.evidence.ties import pull_of
from marketgraph.evidence.vertices import Behind, EdgeKey, behind, rows_by_key
from marketgraph.risk.ties import Floats

Side = tuple[float | None, float]  # what an edge brings to one end, and hints at


class Spreads(NamedTuple):
    """Of the members of one community: vertices ascending, and the spread of each."""

    vertices: Longs
    spreads: Floats

    def highest(self) -> int:
        """The member of the highest spread, of equal ones the smallest."""
        return int(self.vertices[np.argmax(self.spreads)])

    def with_others(self, changed: Mapping[int, float]) -> Floats:
        """The spreads where some members have another."""
        told: Floats = self.spreads.copy()
        told[np.searchsorted(self.vertices, list(changed))] = list(changed.values())
        return told


def communities_told(asked: Asked, sources: Sources, told: Told, found: Found) -> None:
    """Put into `found` what is known of the communities that are asked for.

    The driver holds id and spread of each of their members, as arrays. Frames that are held live until `left_tidy`
    ends.
    """
    if not asked.communities:
        return
    ids = ids_of(one.id for one in asked.communities)
    members = held(of_vertices(sources.members, ids, "community_id"))
    within = held(_within(members, sources, told, asked.domain))
    spreads = _spreads_of(members, sources, asked.domain)
    for one in asked.communities:
        found.subject(
            "community", one.id, rank=one.rank, score=one.score, visits=None, own=None, received=None
        )
    _edges(within, spreads, asked.domain, sources, told, found)
    _identifiers(members, sources, told, found)
    _paths(spreads, asked.domain, sources, told, found)
    known = reasons_of(told.motifs)
    facts = community_facts(members, within, known, sources, asked.domain)
    for one in asked.communities:
        found.reasons("community", one.id, facts[one.id], known)


def _within(members: DataFrame, sources: Sources, told: Told, domain: str) -> DataFrame:
    """The edges between members of one community, each seen from its smaller end, ranked by their pull, then weight."""
    at = edges_at(sources.edges, ids_in(members, "vertex_id")).where("vertex_id < neighbour")
    theirs = members.select(F.col("vertex_id").alias("neighbour"), F.col("community_id").alias("its"))
    # a vertex is in one community at most
    inner = at.join(F.broadcast(members), "vertex_id", "inner").join(
        F.broadcast(theirs), "neighbour", "inner"
    )
    pulled = inner.where("community_id = its").withColumn("pull", pull_of(told.risk.domains[domain]))
    order = Window.partitionBy("community_id").orderBy(
        F.desc("pull"), F.desc("weight"), "relation", "vertex_id", "neighbour"
    )
    return pulled.drop("its").withColumn("rank", F.row_number().over(order))


def _spreads_of(members: DataFrame, sources: Sources, domain: str) -> dict[int, Spreads]:
    """By community."""
    # one spread to a member
    told = members.join(sources.domain(domain).select("vertex_id", "spread"), "vertex_id", "inner")
    rows = told.select("community_id", "vertex_id", "spread").toPandas()
    rows = rows.sort_values(["community_id", "vertex_id"])
    found, begins = np.unique(rows["community_id"].to_numpy(np.int64), return_index=True)
    vertices = np.split(rows["vertex_id"].to_numpy(np.int64), begins[1:])
    spreads = np.split(rows["spread"].to_numpy(np.float64), begins[1:])
    # of no rows each split is one empty part, which is nobody's
    return {c: Spreads(*own) for c, *own in zip(found.tolist(), vertices, spreads, strict=False)}


def _edges(
    within: DataFrame, spreads: Mapping[int, Spreads], domain: str, sources: Sources, told: Told, found: Found
) -> None:
    rows = within.where(F.col("rank") <= told.choices.edges).orderBy("community_id", "rank").collect()
    if not rows:
        return
    stands = behind(
        ids_of(end for row in rows for end in (row["vertex_id"], row["neighbour"])), domain, sources, told
    )
    keys = [key for row in rows for key in _keys(row)]
    by_key = rows_by_key(stands.edges, keys)
    for row in rows:
        there, back = (by_key.get(key, (None, 0.0)) for key in _keys(row))
        known = [brings for brings, _ in (there, back) if brings is not None]
        without = _without(row, (there, back), stands, spreads[row["community_id"]], told) if known else None
        found.edge(
            "community", row["community_id"], row["rank"], row,
            brings=sum(known) if known else None, score_without=without,
        )  # fmt: skip


def _keys(row: Row) -> tuple[EdgeKey, EdgeKey]:
    one, other, relation = row["vertex_id"], row["neighbour"], row["relation"]
    return (one, other, relation), (other, one, relation)


def _without(row: Row, sides: Sequence[Side], stands: Behind, spreads: Spreads, told: Told) -> float:
    """The community's score when both ends of an edge have their spreads without it."""
    changed: dict[int, float] = {}
    for vertex, (brings, hint) in zip((row["vertex_id"], row["neighbour"]), sides, strict=True):
        visits = stands.visits_without(vertex, brings=brings, hint=hint)
        if visits is not None:
            changed[vertex] = visits / (1 + visits)
    choices = told.risk.communities
    left = spreads.with_others(changed)
    return community_score(left, top_share=choices.top_share, shrink=choices.shrink)


def _identifiers(members: DataFrame, sources: Sources, told: Told, found: Found) -> None:
    names = sources.names(ids_in(members, "vertex_id"))
    # one name to a member
    named = members.join(names, "vertex_id", "inner").select(
        F.lit("community").alias("subject"),
        F.col("community_id").alias("subject_id"),
        "entity_kind",
        "entity_id",
    )
    found.identifiers(shared_identifiers(named, sources.identifiers, told.choices).collect())


def _paths(spreads: Mapping[int, Spreads], domain: str, sources: Sources, told: Told, found: Found) -> None:
    """From the member of the highest spread."""
    starts = {community: own.highest() for community, own in spreads.items()}
    paths = paths_from(sorted(set(starts.values())), domain, sources, told)
    for community, start in sorted(starts.items()):
        found.paths("community", community, paths[start])
