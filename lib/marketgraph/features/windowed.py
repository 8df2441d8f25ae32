"""The windowed features of a kind: of all its entities as of a date, or of some of them at moments of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.features.block import Block
from marketgraph.features.columns import windowed_columns
from marketgraph.features.compiler import passes_of
from marketgraph.features.rings import Asked, at_moments, snapshot
from marketgraph.features.rules import FeaturesConfig
from marketgraph.tables.contract import Column

Streams = Mapping[str, DataFrame]


def windowed_snapshot(
    kind: str, config: FeaturesConfig, streams: Streams, *, entities: DataFrame, as_of: date
) -> Block:
    """The windowed features of all entities of a kind at midnight (UTC) of the date, by vertex_id.

    streams: by name, from `stream_frames`. entities: the kind's entity table. Rows are added up by the marketplace's
    ids, which vertex ids are joined to afterwards.
    """
    ids = entities.select("vertex_id", F.col(f"{kind}_id").alias("question"))
    frame = _answered(ids, kind, config, streams, partial(snapshot, as_of=as_of))
    return Block(frame.drop("question"), windowed_columns(config, kind))


def windowed_at(
    kind: str, config: FeaturesConfig, streams: Streams, *, entities: DataFrame, questions: DataFrame
) -> Block:
    """The windowed features of (question, vertex_id, moment), one row per question; its key is `question`, a long.

    Nothing of a moment or after it is seen, to the microsecond, in time of the event and in time of its becoming known.
    A row counts by its own times: one that names what became known later (a product that was listed after its order) is
    seen here, where the run of that date left it out. A question of a vertex that `entities` does not have is left out.
    """
    ids = entities.select("vertex_id", F.col(f"{kind}_id").alias("entity"))
    # many questions to one entity
    named = questions.select("question", "vertex_id", "moment").join(ids, "vertex_id", "inner")

    answer = partial(at_moments, questions=named)
    frame = _answered(named.select("question"), kind, config, streams, answer)
    return Block(frame, windowed_columns(config, kind))


def _answered(
    asked: DataFrame,
    kind: str,
    config: FeaturesConfig,
    streams: Streams,
    answer: Callable[[Asked], DataFrame],
) -> DataFrame:
    """`asked`, by question, with all features; where a question has no rows, counts and sums are 0, the rest null."""
    passes = passes_of(kind, config.groups(kind))
    if not passes:
        return asked
    found = answer([(one, streams[one.stream.name]) for one in passes]).withColumn("there", F.lit(True))
    # at most one row to one question
    told = asked.join(found, "question", "left")
    return told.selectExpr(*asked.columns, *map(_filled, windowed_columns(config, kind)))


def _filled(column: Column) -> str:
    kind = column.type.simpleString()
    told = column.name if column.nullable else f"if(there, {column.name}, 0)"
    return f"cast({told} as {kind}) as {column.name}"
