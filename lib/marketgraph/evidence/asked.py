"""Of whom evidence is told: the top of a domain's two rankings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.evidence.sources import Sources


class Ranked(NamedTuple):
    """One subject: its id, rank and score; spread: of an entity."""

    id: int
    rank: int
    score: float
    spread: float = 0.0

    @property
    def visits(self) -> float:
        """Walks that are expected to visit it."""
        return self.spread / (1 - self.spread)


@dataclass(frozen=True)
class Asked:
    """The subjects of one domain."""

    domain: str
    entities: tuple[Ranked, ...] = ()
    communities: tuple[Ranked, ...] = ()


def top_of(domain: str, sources: Sources, *, entities: int, communities: int) -> Asked:
    """So many from the top of either ranking; of entities those alone that anything points at."""
    top = sources.domain(domain).where((F.col("rank") <= entities) & (F.col("spread") > 0))
    ranked = sources.ranked.where((F.col("domain") == domain) & (F.col("rank") <= communities))
    return Asked(domain, ranked_entities(top), ranked_communities(ranked.where("score > 0")))


def ranked_entities(scores: DataFrame) -> tuple[Ranked, ...]:
    """Few rows of risk.scores, by rank."""
    rows = scores.select("vertex_id", "rank", "score", "spread").collect()
    return tuple(sorted((Ranked(*row) for row in rows), key=lambda one: (one.rank, one.id)))


def ranked_communities(ranked: DataFrame) -> tuple[Ranked, ...]:
    """Few rows of risk.communities, by rank."""
    rows = ranked.select("community_id", "rank", "score").collect()
    return tuple(sorted((Ranked(*row) for row in rows), key=lambda one: (one.rank, one.id)))
