"""build_features: one feature table per entity kind."""

from __future__ import annotations

from functools import partial

from pyspark.sql import DataFrame

from marketgraph.config import Config
from marketgraph.features.block import Block
from marketgraph.features.entity import features_of
from marketgraph.features.graph import community_sizes, degrees
from marketgraph.features.money import Money, judged, orders_by_currency
from marketgraph.features.stream_frames import stream_frames
from marketgraph.features.unused import acted_before_they_were, told, unused_rows
from marketgraph.features.windowed import windowed_snapshot
from marketgraph.stages.held import Held
from marketgraph.stages.stage import Stage, Work
from marketgraph.tables import Table
from marketgraph.tables.communities import LABELS
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.entities import ENTITY_TABLES
from marketgraph.tables.features import feature_tables, graph_columns
from marketgraph.tables.sources import SOURCE_TABLES


def build_features(work: Work) -> None:
    """Write one slice per entity kind, and say which rows were not used."""
    told_by = work.config.features
    entities = {kind: work.read(table) for kind, table in ENTITY_TABLES.items()}
    with Held() as held:
        streams = streams_of(work, held)
        graph = _graph(work, held)

        def of(kind: str, table: Table) -> DataFrame:
            windowed = windowed_snapshot(
                kind, told_by, streams, entities=entities[kind], as_of=work.run.as_of
            )
            own = graph.select("vertex_id", *(column.name for column in graph_columns(kind)))
            return features_of(table, entities[kind], [windowed, Block(own, graph_columns(kind))])

        work.write_all({table: partial(of, kind, table) for kind, table in feature_tables(told_by).items()})
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


def _graph(work: Work, held: Held) -> DataFrame:
    of_edges = degrees({relation: work.read(table) for relation, table in EDGE_TABLES.items()})
    # one size to each vertex, degrees to those with edges
    joined = community_sizes(work.read(LABELS)).join(of_edges, "vertex_id", "left")
    return held.frame(joined.fillna(0))


def _outputs(config: Config) -> tuple[Table, ...]:
    return tuple(feature_tables(config.features).values())


STAGE = Stage(
    name="build_features",
    inputs=(*SOURCE_TABLES, *ENTITY_TABLES.values(), *EDGE_TABLES.values(), LABELS),
    outputs=_outputs,
    depends_on=lambda context: context.config.features.model_dump(mode="json"),
    build=build_features,
)
