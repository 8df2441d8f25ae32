"""build_features: one feature table per entity kind."""

from __future__ import annotations

from functools import partial

from pyspark.sql import DataFrame

from marketgraph.features.entity import features_of
from marketgraph.features.graph import community_sizes, degrees
from marketgraph.features.trade import order_lines, trade_features
from marketgraph.stages.stage import Stage, Work
from marketgraph.tables.communities import LABELS
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.entities import ENTITY_TABLES
from marketgraph.tables.features import FEATURE_TABLES
from marketgraph.tables.sources import SOURCE_TABLES


def build_features(work: Work) -> None:
    """Write one slice per entity kind."""
    sources = work.read_all(SOURCE_TABLES)
    degree_of = degrees({relation: work.read(table) for relation, table in EDGE_TABLES.items()}).cache()
    sizes = community_sizes(work.read(LABELS)).cache()
    lines = order_lines(sources, as_of=work.run.as_of).cache()

    def of(kind: str) -> DataFrame:
        trade = trade_features(kind, sources, lines=lines, as_of=work.run.as_of)
        entities = work.read(ENTITY_TABLES[kind])
        return features_of(kind, entities, trade=trade, degrees=degree_of, community_sizes=sizes)

    work.write_all({table: partial(of, kind) for kind, table in FEATURE_TABLES.items()})
    for frame in (degree_of, sizes, lines):
        frame.unpersist()


STAGE = Stage(
    name="build_features",
    inputs=(*SOURCE_TABLES, *ENTITY_TABLES.values(), *EDGE_TABLES.values(), LABELS),
    outputs=tuple(FEATURE_TABLES.values()),
    depends_on=lambda _: None,
    build=build_features,
)
