"""build_entities: one row per real thing, numbered by the append-only map."""

from __future__ import annotations

from functools import partial

from pyspark.sql import DataFrame

from marketgraph.entities.activity import activity_spans
from marketgraph.entities.entity import SOURCE_OF, entities_of, entity_keys
from marketgraph.keys import number_new_entities
from marketgraph.stages.append_only import with_new_rows
from marketgraph.stages.stage import Stage, Work
from marketgraph.tables.entities import ENTITY_TABLES, VERTEX_IDS
from marketgraph.tables.sources import SOURCE_TABLES


def build_entities(work: Work) -> None:
    """Number the entities that are new, then write one slice per entity kind."""
    sources = work.read_all(SOURCE_TABLES)
    vertex_ids = _vertex_ids(work, entity_keys(sources)).cache()
    spans = activity_spans(sources).cache()
    work.write_all(
        {
            table: partial(entities_of, kind, sources[SOURCE_OF[kind]], vertex_ids=vertex_ids, spans=spans)
            for kind, table in ENTITY_TABLES.items()
        }
    )
    vertex_ids.unpersist()
    spans.unpersist()


def _vertex_ids(work: Work, keys: DataFrame) -> DataFrame:
    """The id map with every one of `keys` in it."""
    as_of = work.run.as_of
    return with_new_rows(work, VERTEX_IDS, lambda known: number_new_entities(known, keys, as_of=as_of))


STAGE = Stage(
    name="build_entities",
    inputs=SOURCE_TABLES,
    outputs=(VERTEX_IDS, *ENTITY_TABLES.values()),
    depends_on=lambda _: None,
    build=build_entities,
)
