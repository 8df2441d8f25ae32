"""build_features: one feature table per entity kind."""

from __future__ import annotations

from functools import partial

from pyspark.sql import DataFrame

from marketgraph.communities.graph import relation_edges
from marketgraph.communities.holding import left_tidy
from marketgraph.features.entity import features_of
from marketgraph.features.graph import Surroundings, graph_blocks
from marketgraph.features.trade import order_lines, trade_features
from marketgraph.stages.communities import chosen_relations
from marketgraph.stages.stage import Stage, Work
from marketgraph.tables.communities import LABELS
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.entities import ENTITY_TABLES
from marketgraph.tables.features import FEATURE_TABLES
from marketgraph.tables.sources import SOURCE_TABLES, VIOLATIONS


def build_features(work: Work) -> None:
    """Write one slice per entity kind."""
    sources = work.read_all(SOURCE_TABLES)
    lines = order_lines(sources, as_of=work.run.as_of).cache()

    def of(kind: str) -> DataFrame:
        trade = trade_features(kind, sources, lines=lines, as_of=work.run.as_of)
        entities = work.read(ENTITY_TABLES[kind])
        return features_of(kind, entities, trade=trade, blocks=blocks[kind])

    with left_tidy(work.context.spark):
        blocks = graph_blocks(surroundings(work), as_of=work.run.as_of)
        work.write_all({table: partial(of, kind) for kind, table in FEATURE_TABLES.items()})
    lines.unpersist()


def surroundings(work: Work) -> Surroundings:
    """What graph features are made of, as the stages before wrote it."""
    return Surroundings(
        edges={relation: work.read(table) for relation, table in EDGE_TABLES.items()},
        chosen=relation_edges(chosen_relations(work)),
        entities={kind: work.read(table) for kind, table in ENTITY_TABLES.items()},
        labels=work.read(LABELS),
        violations=work.read(VIOLATIONS),
        weighted=work.config.communities.weighted,
    )


STAGE = Stage(
    name="build_features",
    inputs=(*SOURCE_TABLES, *ENTITY_TABLES.values(), *EDGE_TABLES.values(), LABELS),
    outputs=tuple(FEATURE_TABLES.values()),
    depends_on=lambda context: context.config.communities.model_dump(
        mode="json", include={"relations", "weighted"}
    ),
    build=build_features,
)
