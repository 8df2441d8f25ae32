"""The feature tables: one row per entity as of the date. Their columns come of the config, and of the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql.types import LongType

from marketgraph.errors import ConfigError
from marketgraph.tables.contract import Column, Table
from marketgraph.tables.sources import ENTITY_KINDS

if TYPE_CHECKING:
    from marketgraph.features.rules import FeaturesConfig

LONG = LongType()
NAMES = {kind: f"{kind}s" for kind in ENTITY_KINDS}


def feature_tables(config: FeaturesConfig) -> dict[str, Table]:
    """The feature table of each kind: its key, the windowed features of the config, the features of the graph.

    Raises ConfigError where a windowed feature and one of the graph have one name.
    """
    # here, for the rules of a config are made of the tables of sources
    from marketgraph.features.columns import windowed_columns

    return {
        kind: _feature_table(kind, windowed_columns(config, kind), graph_columns_of(config, kind))
        for kind in ENTITY_KINDS
    }


def graph_columns_of(config: FeaturesConfig, kind: str) -> tuple[Column, ...]:
    """The features of a kind that come of edges and communities, and of its neighbours' features."""
    from marketgraph.features.graph import graph_columns

    return graph_columns(kind, config.neighbours)


def _feature_table(kind: str, windowed: tuple[Column, ...], graph: tuple[Column, ...]) -> Table:
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
