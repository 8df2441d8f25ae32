"""All that is told of one entity or community: the evidence of the tables, made for it alone, with the names beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.evidence.asked import Asked, Ranked
from marketgraph.evidence.found import Found
from marketgraph.evidence.of_communities import communities_told
from marketgraph.evidence.of_entities import entities_told
from marketgraph.evidence.reasons import Subject, text_of
from marketgraph.evidence.sources import Sources, Told, ids_of
from marketgraph.risk.settings import Domain
from marketgraph.tables import Table
from marketgraph.tables.evidence import EDGES, HELD, PATHS, REASONS, SUBJECTS

# What stands for a domain where none is known: no edge is a tie of it.
NO_DOMAIN = Domain.model_construct(kinds=("*",), relations={}, hints={})


@dataclass(frozen=True)
class Explanation:
    """One subject. name: `merchant:M123` or `community:7`. scores: rows of risk.scores or risk.communities, by domain.

    facts: the row of its entity table, or of the community's profile. community: id and size of the one that it is in.
    domain: which evidence is told of; "": none, it has no score. names: of the vertices that are told of.
    """

    subject: Subject
    id: int
    name: str
    facts: Mapping[str, Any]
    scores: tuple[Mapping[str, Any], ...]
    community: Mapping[str, Any] | None
    domain: str
    found: Found
    names: Mapping[int, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """Rows of one evidence table, by its key."""
        return sorted(self.found.rows[table], key=lambda row: tuple(row[name] for name in table.key))

    def as_json(self) -> dict[str, Any]:
        """The same as plain values, for `json.dumps(default=str)`."""
        parts = {"about": SUBJECTS, "reasons": REASONS, "edges": EDGES, "identifiers": HELD, "paths": PATHS}
        told = {name: [_told(row) for row in self.rows(table)] for name, table in parts.items()}
        for row in told["reasons"]:
            row["text"] = self.reasons[row["code"]]
        for row in told["edges"]:
            row |= {"vertex": self.name_of(row["vertex_id"]), "other": self.name_of(row["neighbour"])}
        for row in told["paths"]:
            row["names"] = [self.name_of(vertex) for vertex in row["vertices"]]
        plain = {
            name: getattr(self, name)
            for name in ("subject", "id", "name", "facts", "scores", "community", "domain")
        }
        return plain | told

    def name_of(self, vertex: int) -> str:
        """`kind:id` of a vertex; of one that stands for a shared value its number."""
        return self.names.get(vertex, f"vertex {vertex}")


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("subject", "subject_id", "domain")}


def explain_entity(
    row: Mapping[str, Any], name: str, sources: Sources, told: Told, domain: str | None
) -> Explanation:
    """All that is told of an entity, of which `row` is that of its table."""
    vertex = int(row["vertex_id"])
    scores = _rows(sources.scores.where(F.col("vertex_id") == vertex))
    chosen, known = _chosen(scores, told, domain)
    found = Found(chosen)
    own = next(
        (s for s in scores if s["domain"] == chosen), dict[str, Any]({"rank": 0, "score": 0.0, "spread": 0.0})
    )
    asked = Asked(chosen, entities=(Ranked(vertex, own["rank"], own["score"], own["spread"]),))
    entities_told(asked, sources, known, found)
    if not chosen:
        found.rows[SUBJECTS].clear()
    made = Explanation("entity", vertex, name, row, scores, _community(vertex, sources), chosen, found)
    return _named(made, sources, told)


def explain_community(community: int, sources: Sources, told: Told, domain: str | None) -> Explanation | None:
    """All that is told of a community; None where there is none of that id."""
    size = sources.members.where(F.col("community_id") == community).count()
    if not size:
        return None
    profile = _rows(sources.profiles.where(F.col("community_id") == community))
    scores = _rows(sources.ranked.where(F.col("community_id") == community))
    chosen, known = _chosen(scores, told, domain)
    found = Found(chosen)
    own = next((s for s in scores if s["domain"] == chosen), dict[str, Any]({"rank": 0, "score": 0.0}))
    asked = Asked(chosen, communities=(Ranked(community, own["rank"], own["score"]),))
    communities_told(asked, sources, known, found)
    facts = profile[0] if profile else {"size": size}
    made = Explanation("community", community, f"community:{community}", facts, scores, None, chosen, found)
    return _named(made, sources, told)


def _chosen(scores: tuple[Mapping[str, Any], ...], told: Told, domain: str | None) -> tuple[str, Told]:
    """The domain that is told of: the one asked for, else the config's first, else the best rank; "" without scores."""
    scored = {row["domain"]: row["rank"] for row in scores if row["domain"] in told.risk.domains}
    wanted = [name for name in (domain, *told.choices.domains) if name in scored]
    best = sorted(scored, key=lambda name: (scored[name], name))
    chosen = next(iter([*wanted, *best]), "")
    domains = {**told.risk.domains, "": NO_DOMAIN}
    return str(chosen), replace(told, risk=told.risk.model_copy(update={"domains": domains}))


def _community(vertex: int, sources: Sources) -> Mapping[str, Any] | None:
    """The community of a vertex: community_id, members, and its score and rank in each domain."""
    rows = sources.members.where(F.col("vertex_id") == vertex).collect()
    if not rows:
        return None
    community = rows[0]["community_id"]
    of_it = F.col("community_id") == community
    return {
        "community_id": community,
        "members": sources.members.where(of_it).count(),
        "scores": _rows(sources.ranked.where(of_it)),
    }


def _named(made: Explanation, sources: Sources, told: Told) -> Explanation:
    vertices = {row[end] for row in made.found.rows[EDGES] for end in ("vertex_id", "neighbour")}
    vertices |= {vertex for row in made.found.rows[PATHS] for vertex in row["vertices"]}
    rows = sources.names(ids_of(vertices)).collect() if vertices else []
    names = {row["vertex_id"]: f"{row['entity_kind']}:{row['entity_id']}" for row in rows}
    texts = {row["code"]: text_of(row["code"], told.motifs) for row in made.found.rows[REASONS]}
    return replace(made, names=names, reasons=texts)


def _rows(frame: DataFrame) -> tuple[Mapping[str, Any], ...]:
    rows = [row.asDict() for row in frame.collect()]
    return tuple(sorted(rows, key=lambda row: str(row.get("domain"))))
