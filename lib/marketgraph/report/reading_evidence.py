"""Why communities stand where they do, and the motifs, read from a release that has such tables."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from marketgraph.report.community_facts import Path, Reason
from marketgraph.report.overview_facts import Motif
from marketgraph.report.reading_list import DOMAIN
from marketgraph.report.shelf import Shelf
from marketgraph.report.words import spoken

SUBJECT = "community"
# A community, the smaller and the larger end, the relation.
Edge = tuple[int, int, int, str]


def reasons(shelf: Shelf, communities: list[int], texts: Mapping[str, str]) -> dict[int, tuple[Reason, ...]]:
    """Reason codes by community, by code. texts: what each says; one that is not known says its name."""
    told = _of(shelf, "evidence.reasons", communities)
    found: dict[int, list[Reason]] = {}
    for r in told.orderBy("subject_id", "code").collect() if told is not None else ():
        found.setdefault(r["subject_id"], []).append(_reason(r, texts))
    return {community: tuple(rows) for community, rows in found.items()}


def _reason(row: Row, texts: Mapping[str, str]) -> Reason:
    return Reason(row["code"], texts.get(row["code"], spoken(row["code"])), row["count"])


def scores_without(shelf: Shelf, communities: list[int]) -> dict[Edge, float]:
    """What the score of a community would be without one of its strongest edges, by community and edge."""
    told = _of(shelf, "evidence.edges", communities)
    rows = told.where("score_without is not null").collect() if told is not None else ()
    return {(r["subject_id"], *_ends(r), r["relation"]): r["score_without"] for r in rows}


def _ends(row: Row) -> tuple[int, int]:
    low, high = sorted((row["vertex_id"], row["neighbour"]))
    return low, high


def paths(shelf: Shelf, communities: list[int], most: int) -> dict[int, tuple[Path, ...]]:
    """The ways to the nearest known violators by community, `most` of each, the nearest first."""
    told = _of(shelf, "evidence.paths", communities)
    if told is None:
        return {}
    rows = told.where(F.col("rank") <= most).orderBy("subject_id", "rank").collect()
    names = _names(shelf, sorted({vertex for r in rows for vertex in r["vertices"]}))
    found: dict[int, list[Path]] = {}
    for r in rows:
        steps = tuple(names.get(vertex, f"vertex {vertex}") for vertex in r["vertices"])
        found.setdefault(r["subject_id"], []).append(Path(r["hops"], steps, tuple(r["relations"])))
    return {community: tuple(ways) for community, ways in found.items()}


def motifs(shelf: Shelf) -> tuple[Motif, ...]:
    """How often each declared motif is there; nothing where the release has no such table."""
    rows = shelf.collect("motifs.counts", "motif")
    return tuple(Motif(r["motif"], r["state"], r["instances"], r["why"]) for r in rows)


def _of(shelf: Shelf, name: str, communities: list[int]) -> DataFrame | None:
    """The rows of a table of evidence that are about these communities, of the domain that they are ranked by."""
    told = shelf.table(name)
    if told is None or not communities:
        return None
    is_ours = (F.col("subject") == SUBJECT) & F.col("subject_id").isin(communities)
    return told.where(is_ours & (F.col("domain") == DOMAIN))


def _names(shelf: Shelf, vertices: list[int]) -> dict[int, str]:
    if not vertices:
        return {}
    ids = shelf.read("entities.vertex_ids").where(F.col("vertex_id").isin(vertices))
    rows = ids.select("vertex_id", "entity_kind", "entity_id").collect()
    return {r["vertex_id"]: f"{r['entity_kind']} {r['entity_id']}" for r in rows}
