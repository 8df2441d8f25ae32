"""The evidence of entities."""

from __future__ import annotations

from pyspark.sql import functions as F

from marketgraph.evidence.asked import Asked
from marketgraph.evidence.facts import entity_facts
from marketgraph.evidence.found import Found
from marketgraph.evidence.identifiers import shared_identifiers
from marketgraph.evidence.leave_out import Origin
from marketgraph.evidence.nearby import paths_from
from marketgraph.evidence.reasons import reasons_of
from marketgraph.evidence.sources import Sources, Told, ids_of
from marketgraph.evidence.vertices import Behind, behind
from marketgraph.tables.evidence import PATHS


def entities_told(asked: Asked, sources: Sources, told: Told, found: Found) -> None:
    """Put into `found` what is known of the entities that are asked for.

    Frames that are held live until `left_tidy` ends. The driver holds what is told, and of paths choices.max_frontier
    times choices.max_degree ties for each entity and hop at most.
    """
    if not asked.entities:
        return
    ids = ids_of(one.id for one in asked.entities)
    stands = behind(ids, asked.domain, sources, told)
    _subjects(asked, stands, found)
    _edges(stands, told.choices.edges, found)
    names = sources.names(ids)
    members = names.select(
        F.lit("entity").alias("subject"), F.col("vertex_id").alias("subject_id"), "entity_kind", "entity_id"
    )
    found.identifiers(shared_identifiers(members, sources.identifiers, told.choices).collect())
    for start, paths in paths_from(ids.tolist(), asked.domain, sources, told).items():
        found.paths("entity", start, paths)
    _reasons(asked, stands, sources, told, found)


def _subjects(asked: Asked, stands: Behind, found: Found) -> None:
    for one in asked.entities:
        own, received = stands.origins.get(one.id, Origin()).own, stands.received.get(one.id, 0.0)
        found.subject(
            "entity", one.id, rank=one.rank, score=one.score, visits=one.visits, own=own, received=received
        )


def _edges(stands: Behind, most: int, found: Found) -> None:
    for row in stands.edges.where(F.col("rank") <= most).orderBy("vertex_id", "rank").collect():
        without = stands.score_without(row["vertex_id"], brings=row["brings"], hint=row["hint"])
        found.edge("entity", row["vertex_id"], row["rank"], row, brings=row["brings"], score_without=without)


def _reasons(asked: Asked, stands: Behind, sources: Sources, told: Told, found: Found) -> None:
    known = reasons_of(told.motifs)
    ids = ids_of(one.id for one in asked.entities)
    facts = entity_facts(ids, stands.edges, known, sources, told)
    for path in found.rows[PATHS]:
        if path["hops"]:
            own = facts[path["subject_id"]]
            own["hops"] = min(own.get("hops", path["hops"]), path["hops"])
    for one in asked.entities:
        found.reasons("entity", one.id, facts[one.id], known)
