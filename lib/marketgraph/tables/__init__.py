"""Every table as a value, one file per room; `catalogue()` lists them in the order in which data falls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketgraph.tables import communities, edges, entities, features, operations, quality, sources
from marketgraph.tables.contract import ENTITY, SLICE_COLUMN, Column, Reference, Table

if TYPE_CHECKING:
    from marketgraph.features.rules import FeaturesConfig

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
    "features",
    "fixed_tables",
    "operations",
    "quality",
    "sources",
]


def catalogue(config: FeaturesConfig) -> tuple[Table, ...]:
    """The tables that a release pins, in the order in which data falls. config: of the features."""
    return (*fixed_tables(), *features.feature_tables(config).values())


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
    )
