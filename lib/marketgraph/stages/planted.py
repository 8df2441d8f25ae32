"""What a synthetic marketplace planted, and how well the run's edges find it. Other data has no truth to ask."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.config import Config
from marketgraph.hadoop_files import exists
from marketgraph.stages.risk import community_members, named_vertices
from marketgraph.stages.stage import Context, Work
from marketgraph.synth.edge_recovery import TARGETS, edge_recovery
from marketgraph.synth.ring_ranking import ring_ranking
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.quality import EDGE_RECOVERY, RING_RANKING
from marketgraph.tables.risk import COMMUNITIES
from marketgraph.tables.sources import PRODUCTS

# The domain whose ranking of communities is held against what was planted.
ANY = "any"


def truth_of(context: Context) -> DataFrame | None:
    """The members of the planted groups (see TRUTH); None for a company's own data."""
    return context.spark.read.parquet(_place(context)) if is_planted(context) else None


def is_planted(context: Context) -> bool:
    """Whether the run is on a synthetic marketplace whose truth lies beside its tables."""
    return context.config.sources.synthetic is not None and exists(context.spark, _place(context))


def truth_settings(context: Context) -> dict[str, Any] | None:
    """What decides the truth, beside the code; None where there is none."""
    synthetic = context.config.sources.synthetic
    return synthetic.model_dump(mode="json") if synthetic is not None and is_planted(context) else None


def edge_recovery_of(work: Work) -> DataFrame:
    """How well the run's relations find what was planted, at EDGE_RECOVERY; no row for a company's own data."""
    truth = truth_of(work.context)
    if truth is None:
        return work.context.spark.createDataFrame([], EDGE_RECOVERY.schema)
    edges = {relation: work.read(EDGE_TABLES[relation]) for relation in relations_asked(work.config)}
    return edge_recovery(
        edges,
        truth,
        named_vertices(work, *sorted({target.entity_kind for target in TARGETS.values()})),
        owners=work.read(PRODUCTS),
    )


def ring_ranking_of(work: Work) -> DataFrame:
    """How the planted groups stand among the communities of the highest risk of any domain, at RING_RANKING."""
    truth = truth_of(work.context)
    if truth is None:
        return work.context.spark.createDataFrame([], RING_RANKING.schema)
    ranked = work.read(COMMUNITIES).where(F.col("domain") == ANY).select("community_id", "rank")
    people = named_vertices(work, "merchant", "product", "creator", "buyer")
    return ring_ranking(ranked, community_members(work), truth, people)


def relations_asked(config: Config) -> tuple[str, ...]:
    """The relations of the run, those that are on, that are to find something planted."""
    return tuple(relation for relation in TARGETS if config.edges.rules[relation].on)


def _place(context: Context) -> str:
    return f"{context.config.sources.data}/truth"
