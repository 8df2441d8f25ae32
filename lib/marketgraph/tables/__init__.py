"""Every table as a value, one file per room; `catalogue()` lists them in the order in which data falls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketgraph.tables import (
    communities,
    edges,
    entities,
    evidence,
    features,
    motifs,
    operations,
    quality,
    risk,
    runs,
    sequences,
    sources,
    training,
)
from marketgraph.tables.contract import ENTITY, SLICE_COLUMN, Column, Reference, Table, full_name_of

if TYPE_CHECKING:
    from marketgraph.config import Config

__all__ = [
    "ENTITY",
    "SLICE_COLUMN",
    "Column",
    "Reference",
    "Table",
    "catalogue",
    "communities",
    "edges",
    "entities",
    "evidence",
    "features",
    "fixed_tables",
    "full_name_of",
    "motifs",
    "operations",
    "quality",
    "risk",
    "runs",
    "sequences",
    "sources",
    "training",
    "training_sets",
]


def catalogue(config: Config) -> tuple[Table, ...]:
    """The tables that a release of this config pins, in the order in which data falls."""
    return (
        *fixed_tables(),
        *((sources.REHASHED,) if config.identifiers.changes else ()),
        *features.feature_tables(config.features).values(),
        *training_sets(config).values(),
    )


def training_sets(config: Config) -> dict[str, Table]:
    """The training table of each kind that the config asks for."""
    own = features.feature_tables(config.features)
    return training.training_tables(config.training.kinds, own, sequences=config.training.sequences)


def fixed_tables() -> tuple[Table, ...]:
    """Those of them that are the same whatever the config says."""
    return (
        *sources.SOURCE_TABLES,
        sources.QUARANTINE,
        entities.VERTEX_IDS,
        *entities.ENTITY_TABLES.values(),
        *edges.EDGE_TABLES.values(),
        edges.GROUP_SIZES,
        edges.SUPPRESSED,
        communities.LABELS,
        communities.COMPONENTS,
        communities.ITERATIONS,
        communities.PARTITION,
        communities.COMMUNITY_IDS,
        communities.MEMBERS,
        communities.LINEAGE,
        communities.CHURN,
        communities.PROFILES,
        *risk.RISK_TABLES,
        *motifs.MOTIF_TABLES,
        *evidence.EVIDENCE_TABLES,
        *sequences.SEQUENCE_TABLES,
        training.LEAKAGE,
    )
