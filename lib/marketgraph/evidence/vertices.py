"""What stands behind the visits of some vertices: what begins at each, and what each edge brings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.communities.votes import Longs
from marketgraph.evidence.leave_out import Curve, Origin, curve_of, visits_without
from marketgraph.evidence.pulls import FINE, pulls
from marketgraph.evidence.sources import Sources, Told, of_vertices
from marketgraph.risk.seeds import known_seeds

EdgeKey = tuple[int, int, str]


@dataclass(frozen=True)
class Behind:
    """edges: see `pulls`. origins, received: by vertex. visits: of vertices with a score. curve: of the domain."""

    edges: DataFrame
    origins: Mapping[int, Origin]
    received: Mapping[int, float]
    visits: Mapping[int, float]
    curve: Curve

    def visits_without(self, vertex: int, *, brings: float | None, hint: float) -> float | None:
        """The visits of a vertex without an edge, to first order; None where the edge is no tie of a known strength."""
        if brings is None or vertex not in self.visits:
            return None
        origin = self.origins.get(vertex, Origin())
        return visits_without(self.visits[vertex], origin, brings=brings, hint=hint)

    def score_without(self, vertex: int, *, brings: float | None, hint: float) -> float | None:
        """The same as a score."""
        visits = self.visits_without(vertex, brings=brings, hint=hint)
        return None if visits is None else self.curve.score(visits)


def behind(ids: Longs, domain: str, sources: Sources, told: Told) -> Behind:
    """What stands behind the visits of these vertices. The driver holds some numbers of each."""
    scores = sources.domain(domain)
    edges = pulls(sources.edges, ids, scores, told.risk.domains[domain], restart=told.risk.restart)
    own = of_vertices(scores, ids).select("vertex_id", "spread").collect()
    return Behind(
        edges,
        _origins(ids, domain, edges, sources, told),
        {row["vertex_id"]: row["fine"] / FINE for row in _sums(edges)},
        {row["vertex_id"]: row["spread"] / (1 - row["spread"]) for row in own},
        curve_of(scores),
    )


def _sums(edges: DataFrame) -> Iterable:  # type: ignore[type-arg]
    return edges.groupBy("vertex_id").agg(F.sum("fine").alias("fine")).collect()


def _origins(ids: Longs, domain: str, edges: DataFrame, sources: Sources, told: Told) -> dict[int, Origin]:
    names = sources.names(ids)
    seeds = known_seeds(sources.violations, F.broadcast(names), told.risk, as_of=told.as_of)
    known = {row["vertex_id"]: row["weight"] for row in seeds.where(F.col("domain") == domain).collect()}
    hints = defaultdict(list)
    for row in edges.where("hint > 0").groupBy("vertex_id", "hint").count().collect():
        hints[row["vertex_id"]].append((row["hint"], row["count"]))
    return {
        vertex: Origin(known.get(vertex, 0.0), tuple(sorted(hints[vertex], reverse=True)))
        for vertex in {*known, *hints}
    }


def rows_by_key(edges: DataFrame, keys: Iterable[EdgeKey]) -> dict[EdgeKey, tuple[float | None, float]]:
    """What some edges bring, and hint at, by (vertex, neighbour, relation)."""
    wanted = set(keys)
    if not wanted:
        return {}
    ends = of_ends(edges, wanted)
    rows = ends.select("vertex_id", "neighbour", "relation", "brings", "hint").collect()
    found = {(r["vertex_id"], r["neighbour"], r["relation"]): (r["brings"], r["hint"]) for r in rows}
    return {key: found[key] for key in wanted if key in found}


def of_ends(edges: DataFrame, keys: Iterable[EdgeKey]) -> DataFrame:
    """The edges of these keys, each seen from its first end."""
    frame = edges.sparkSession.createDataFrame(
        sorted(keys), "vertex_id long, neighbour long, relation string"
    )
    return edges.join(F.broadcast(frame), ["vertex_id", "neighbour", "relation"], "left_semi")
