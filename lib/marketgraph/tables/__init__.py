"""Every table as a value, one file per room; `catalogue()` lists them in the order in which data falls."""

from __future__ import annotations

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
    sources,
)
from marketgraph.tables.contract import ENTITY, SLICE_COLUMN, Column, Reference, Table

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
    "motifs",
    "operations",
    "quality",
    "risk",
    "sources",
]


def catalogue() -> tuple[Table, ...]:
    """The tables that a release pins, in the order in which data falls."""
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
        *features.FEATURE_TABLES.values(),
        *risk.RISK_TABLES,
        *motifs.MOTIF_TABLES,
        *evidence.EVIDENCE_TABLES,
    )
