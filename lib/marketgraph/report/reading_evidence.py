"""Why communities stand where they do, and the motifs, read from a release that has such tables."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.report.community_facts import Path, Reason
from marketgraph.report.overview_facts import Motif
from marketgraph.report.reading_list import DOMAIN
from marketgraph.report.shelf import Shelf

SUBJECT = "community"


def reasons(shelf: Shelf, communities: list[int]) -> dict[int, tuple[Reason, ...]]:
    """Reason codes by community, by code."""
    told = _of(shelf, "evidence.reasons", communities)
    found: dict[int, list[Reason]] = {}
    for r in told.orderBy("subject_id", "code").collect() if told is not None else ():
        found.setdefault(r["subject_id"], []).append(Reason(r["code"], r["count"]))
    return {community: tuple(rows) for community, rows in found.items()}


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
