"""What a synthetic marketplace planted, and how well the run's edges find it. Other data has no truth to ask."""

from __future__ import annotations

from functools import reduce
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.config import Config
from marketgraph.hadoop_files import exists
from marketgraph.stages.stage import Context, Work
from marketgraph.synth.edge_recovery import TARGETS, edge_recovery
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.entities import ENTITY_TABLES
from marketgraph.tables.quality import EDGE_RECOVERY
from marketgraph.tables.sources import PRODUCTS


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
    return edge_recovery(edges, truth, _vertices(work), owners=work.read(PRODUCTS))


def relations_asked(config: Config) -> tuple[str, ...]:
    """The relations of the run, those that are on, that are to find something planted."""
    return tuple(relation for relation in TARGETS if config.edges.rules[relation].on)


def _vertices(work: Work) -> DataFrame:
    """Kind, id and vertex of the run's entities. The id map won't do: it knows what later dates saw too."""
    kinds = {target.entity_kind for target in TARGETS.values()}
    named = [
        work.read(ENTITY_TABLES[kind]).select(
            F.lit(kind).alias("entity_kind"), F.col(f"{kind}_id").alias("entity_id"), "vertex_id"
        )
        for kind in sorted(kinds)
    ]
    return reduce(DataFrame.unionAll, named)


def _place(context: Context) -> str:
    return f"{context.config.sources.data}/truth"
