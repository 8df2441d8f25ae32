"""The feature tables: one row per entity as of the date. Their columns come of the config, and of the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql.types import LongType

from marketgraph.errors import ConfigError
from marketgraph.tables.contract import Column, Table
from marketgraph.tables.relations import RELATIONS
from marketgraph.tables.sources import ENTITY_KINDS

if TYPE_CHECKING:
    from marketgraph.features.rules import FeaturesConfig

LONG = LongType()
NAMES = {kind: f"{kind}s" for kind in ENTITY_KINDS}


def relations_of(kind: str) -> tuple[str, ...]:
    """The relations that a vertex of this kind can be an end of, in catalogue order."""
    return tuple(name for name, relation in RELATIONS.items() if kind in relation.kinds)


def feature_tables(config: FeaturesConfig) -> dict[str, Table]:
    """The feature table of each kind: its key, the windowed features of the config, the features of the graph.

    Raises ConfigError where a windowed feature and one of the graph have one name.
    """
    # here, for the rules of a config are made of the tables of sources
    from marketgraph.features.columns import windowed_columns

    return {kind: _feature_table(kind, windowed_columns(config, kind)) for kind in ENTITY_KINDS}


def graph_columns(kind: str) -> tuple[Column, ...]:
    """The features of a kind that come of edges and communities."""
    degrees = [
        Column(f"degree_{relation}", LONG, f"edges of relation {relation} at the vertex", "edges", minimum=0)
        for relation in relations_of(kind)
    ]
    size = Column("community_size", LONG, "vertices with its label, itself too", "vertices", minimum=1)
    return (*degrees, size)


def _feature_table(kind: str, windowed: tuple[Column, ...]) -> Table:
    graph = graph_columns(kind)
    own = {column.name for column in graph}
    for column in windowed:
        if column.name in own:
            raise ConfigError(
                f"features.{kind}: {column.name} is the name of a feature of the graph",
                fix="give the feature another name in conf/features.yml",
            )
    return Table(
        room="features",
        name=NAMES[kind],
        grain=f"one row per {kind}; windows end at midnight of as_of, half-open, UTC",
        key=("vertex_id",),
        may_be_empty=kind in ("creator", "content"),
        grows=True,
        columns=(Column("vertex_id", LONG, f"the {kind}", minimum=0), *windowed, *graph),
    )
