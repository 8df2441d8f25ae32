"""What evidence is made of: the tables of one date, and what decides it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, reduce

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.communities.votes import Longs
from marketgraph.evidence.ends import among, id_frame
from marketgraph.evidence.settings import EvidenceConfig
from marketgraph.motifs.settings import MotifsConfig
from marketgraph.risk.settings import RiskConfig


@dataclass(frozen=True)
class Sources:
    """The frames of one date, at their contracts.

    edges: of all relations in one frame. scores, ranked: risk.scores and risk.communities. entities: by kind.
    """

    edges: DataFrame
    scores: DataFrame
    ranked: DataFrame
    members: DataFrame
    profiles: DataFrame
    instances: DataFrame
    identifiers: DataFrame
    violations: DataFrame
    entities: Mapping[str, DataFrame]

    def domain(self, name: str) -> DataFrame:
        """The scores of one domain."""
        return self.scores.where(F.col("domain") == name)

    def violators(self, domain: str | None = None) -> Longs:
        """Vertices with a known violation of the domain, or of any, ascending."""
        known = self._known.values() if domain is None else [self._known.get(domain, ids_of(()))]
        return ids_of(np.concatenate([ids_of(()), *known]))

    @cached_property
    def _known(self) -> dict[str, Longs]:
        """Vertices with a known violation by domain, asked for once; on the driver, 8 bytes each."""
        rows = self.scores.where("is_seed").select("domain", "vertex_id").toPandas()
        return {str(name): ids_of(own) for name, own in rows.groupby("domain")["vertex_id"]}

    def names(self, ids: Longs) -> DataFrame:
        """The entities of these vertices: vertex_id, entity_kind, entity_id."""
        named = [
            of_vertices(table, ids).select(
                "vertex_id", F.lit(kind).alias("entity_kind"), F.col(f"{kind}_id").alias("entity_id")
            )
            for kind, table in self.entities.items()
        ]
        return reduce(DataFrame.unionByName, named)


@dataclass(frozen=True)
class Told:
    """What decides evidence: how risk spreads, how much is told, which motifs there are, the date."""

    risk: RiskConfig
    choices: EvidenceConfig
    motifs: MotifsConfig
    as_of: date


def of_vertices(frame: DataFrame, ids: Longs, column: str = "vertex_id") -> DataFrame:
    """The rows of `frame` whose column is one of a few thousand ids at most."""
    if ids.size <= 1_000:
        return frame.where(among(column, ids))
    small = id_frame(frame, ids).withColumnRenamed("vertex_id", column)
    return frame.join(F.broadcast(small), column, "left_semi")


def ids_of(numbers: object) -> Longs:
    """Numbers as ascending ids, each once."""
    return np.unique(np.array(list(numbers), np.int64))  # type: ignore[call-overload]
