"""Seeds: who is known to have done wrong, in which domain, and what that is worth as of a date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.weights import SECONDS_A_DAY, UNITS
from marketgraph.risk.settings import EVERY_KIND, Domain, Kind, RiskConfig
from marketgraph.sources.visibility import midnight


def known_seeds(
    violations: DataFrame, vertex_ids: DataFrame, config: RiskConfig, *, as_of: date
) -> DataFrame:
    """One row per vertex and domain that has a violation: (vertex_id, domain, weight), weight in 0..1.

    violations: entity_kind, entity_id, kind, decided_at, known_at; those decided or known at or after the date count
    for nothing. vertex_ids: entity_kind, entity_id, vertex_id; each entity once. weight: the kind's confidence times
    2^(-days since decided_at / half-life); of several violations of a domain the largest. An entity without a vertex
    is left out.
    """
    seen = violations.where(
        (F.col("decided_at") < midnight(as_of)) & (F.col("known_at") < midnight(as_of))
    ).select(
        "entity_kind",
        "entity_id",
        "decided_at",
        "kind",
        F.explode(_domains_of(config.domains)).alias("domain"),
    )
    # many violations to one vertex
    placed = seen.join(vertex_ids, ["entity_kind", "entity_id"], "inner")
    worth = placed.select("vertex_id", "domain", _worth(config, as_of).alias("weight"))
    return worth.groupBy("vertex_id", "domain").agg(F.max("weight").alias("weight"))


def _domains_of(domains: Mapping[str, Domain]) -> Column:
    told = [
        F.when(F.lit(True) if EVERY_KIND in domain.kinds else F.col("kind").isin(*domain.kinds), F.lit(name))
        for name, domain in domains.items()
    ]
    return F.array_compact(F.array(*told))


def _worth(config: RiskConfig, as_of: date) -> Column:
    confidence = _of_kind(config, lambda kind: kind.confidence)
    half_life = _of_kind(config, lambda kind: kind.half_life_days)
    days = (F.unix_seconds(midnight(as_of)) - F.unix_seconds("decided_at")) / SECONDS_A_DAY
    return F.rint(confidence * F.pow(F.lit(2.0), -days / half_life) * UNITS) / UNITS


def _of_kind(config: RiskConfig, told: Callable[[Kind], float]) -> Column:
    found = F.lit(float(told(Kind())))
    for name, kind in config.kinds.items():
        found = F.when(F.col("kind") == name, F.lit(float(told(kind)))).otherwise(found)
    return found
