"""build_features: one feature table per entity kind."""

from __future__ import annotations

from functools import partial

from pyspark.sql import DataFrame

from marketgraph.communities.graph import relation_edges
from marketgraph.communities.holding import left_tidy
from marketgraph.config import Config
from marketgraph.features.block import Block
from marketgraph.features.entity import features_of
from marketgraph.features.graph import Surroundings, graph_blocks
from marketgraph.features.money import Money, judged, orders_by_currency
from marketgraph.features.stream_frames import stream_frames
from marketgraph.features.unused import acted_before_they_were, told, unused_rows
from marketgraph.features.windowed import Streams, windowed_snapshot
from marketgraph.side_by_side import side_by_side
from marketgraph.stages.communities import chosen_relations
from marketgraph.stages.held import Held
from marketgraph.stages.stage import Stage, Work
from marketgraph.tables import Table
from marketgraph.tables.communities import LABELS
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.entities import ENTITY_TABLES
from marketgraph.tables.features import feature_tables
from marketgraph.tables.sources import SOURCE_TABLES, VIOLATIONS


def build_features(work: Work) -> None:
    """Write one slice per entity kind, and say which rows were not used."""
    rules = work.config.features
    entities = {kind: work.read(table) for kind, table in ENTITY_TABLES.items()}
    with left_tidy(work.context.spark), Held() as held:
        streams = streams_of(work, held)
        windowed = dict(zip(entities, side_by_side([
            partial(_windowed, work, kind, streams, frame, held) for kind, frame in entities.items()
        ]), strict=True))  # fmt: skip
        around = _surroundings(work, {kind: block.frame for kind, block in windowed.items()})
        graph = graph_blocks(around, as_of=work.run.as_of, rules=rules.neighbours)

        def of(kind: str, table: Table) -> DataFrame:
            return features_of(table, entities[kind], [windowed[kind], *graph[kind]])

        work.write_all({table: partial(of, kind, table) for kind, table in feature_tables(rules).items()})
        for line in told(unused_rows(streams, work.run.as_of), acted_before_they_were(entities)):
            work.context.warn(line)


def streams_of(work: Work, held: Held) -> dict[str, DataFrame]:
    """The streams that the config's features count, held in memory; what is said of currencies is told first.

    Raises SourceError where orders have currencies that can't be added up.
    """
    rule, sources = work.config.features.currency, work.read_all(SOURCE_TABLES)
    for line in judged(orders_by_currency(sources["orders"]), rule):
        work.context.warn(line)
    frames = stream_frames(work.config.features.streams, sources, Money(rule))
    return {name: held.frame(frame) for name, frame in frames.items()}


def _windowed(work: Work, kind: str, streams: Streams, entities: DataFrame, held: Held) -> Block:
    """The kind's windowed features; in memory where neighbours are told of them too, so that they come once."""
    rules = work.config.features
    block = windowed_snapshot(kind, rules, streams, entities=entities, as_of=work.run.as_of)
    told = any(rule.of == kind for rule in rules.neighbours)
    return Block(held.frame(block.frame), block.columns) if told else block


def _surroundings(work: Work, own: dict[str, DataFrame]) -> Surroundings:
    """What graph features are made of, as the stages before wrote it. own: windowed features by kind."""
    return Surroundings(
        edges=work.read_together(tuple(EDGE_TABLES.values())),
        chosen=relation_edges(chosen_relations(work)),
        entities={kind: work.read(table) for kind, table in ENTITY_TABLES.items()},
        labels=work.read(LABELS),
        violations=work.read(VIOLATIONS),
        own=own,
        weighted=work.config.communities.weighted,
    )


def _outputs(config: Config) -> tuple[Table, ...]:
    return tuple(feature_tables(config.features).values())


STAGE = Stage(
    name="build_features",
    inputs=(*SOURCE_TABLES, *ENTITY_TABLES.values(), *EDGE_TABLES.values(), LABELS),
    outputs=_outputs,
    depends_on=lambda context: {
        "features": context.config.features.model_dump(mode="json"),
        "graph": context.config.communities.model_dump(mode="json", include={"relations", "weighted"}),
    },
    build=build_features,
)
