"""build_entities: one row per real thing, numbered by the append-only map."""

from __future__ import annotations

from functools import partial

from pyspark.sql import DataFrame

from marketgraph.entities.activity import activity_spans
from marketgraph.entities.entity import SOURCE_OF, entities_of, entity_keys
from marketgraph.errors import StoreError
from marketgraph.keys import number_new_entities
from marketgraph.stages.stage import Stage, Work
from marketgraph.store import Slice
from marketgraph.tables.entities import ENTITY_TABLES, VERTEX_IDS
from marketgraph.tables.sources import SOURCE_TABLES

ATTEMPTS = 5


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
    """The id map with every one of `keys` in it.

    The version that was read is the application transaction of the append: when another run has numbered
    entities in between, Delta refuses or skips ours, and the numbering starts again from what is there now.
    """
    store, as_of = work.context.store, work.run.as_of
    for _ in range(ATTEMPTS):
        version = store.version(VERTEX_IDS)
        new = number_new_entities(store.read_or_empty(VERTEX_IDS), keys, as_of=as_of)
        landed = _append(work, new, version)
        if landed >= 0:
            work.slices.append(_as_slice(work, landed))
            return store.read(VERTEX_IDS, version=landed)
    raise StoreError(
        f"{store.path(VERTEX_IDS)}: other runs numbered entities {ATTEMPTS} times in a row",
        fix="run again when fewer dates are running at once",
    )


def _append(work: Work, new: DataFrame, version: int) -> int:
    """The version that holds all ids; -1 when another run was faster."""
    if version >= 0 and new.isEmpty():
        return version
    try:
        commit = work.context.store.append(
            VERTEX_IDS, new, app_id=VERTEX_IDS.full_name, app_version=version + 1
        )
    except Exception as error:
        if "Concurrent" in type(error).__name__ or "Concurrent" in str(error)[:400]:
            return -1
        raise
    return -1 if commit is None else commit.version


def _as_slice(work: Work, version: int) -> Slice:
    sequence = work.context.books.next_sequence(VERTEX_IDS)
    rows = work.context.store.read(VERTEX_IDS, version=version).count()
    return Slice(VERTEX_IDS.full_name, work.run.as_of, sequence, work.fingerprint, version, rows)


STAGE = Stage(
    name="build_entities",
    inputs=SOURCE_TABLES,
    outputs=(VERTEX_IDS, *ENTITY_TABLES.values()),
    depends_on=lambda _: None,
    build=build_entities,
)
