"""The scores of all vertices as frames: one row per vertex and domain, one per domain on how good they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark import Broadcast
from pyspark.sql import DataFrame, SparkSession

from marketgraph.communities.packing import Answers, Batches
from marketgraph.communities.votes import Longs
from marketgraph.risk.judging import Judged, as_share
from marketgraph.risk.spread import Spread
from marketgraph.risk.ties import Floats
from marketgraph.tables.risk import CALIBRATION, SCORES

_ROWS = "vertex_id long, domain string, spread double, score double, is_seed boolean, rank long"


@dataclass(frozen=True)
class Scored:
    """One domain: its name, and of each vertex spread, score, whether it is a seed, rank."""

    domain: str
    spread: Floats
    score: Floats
    is_seed: npt.NDArray[np.bool_]
    rank: Longs


def scored(domain: str, ids: Longs, found: Spread, known: Floats, quality: Judged) -> Scored:
    """The vertices of one domain; ids ascending."""
    spread = as_share(found.visits)
    rank = np.empty(ids.size, np.int64)
    rank[np.lexsort((ids, -spread))] = np.arange(1, ids.size + 1)
    return Scored(domain, spread, quality.calibrator.scores(spread), known > 0, rank)


def scores_table(spark: SparkSession, ids: Longs, domains: Sequence[Scored]) -> DataFrame:
    """Rows at SCORES, made where the tasks are: the driver sends 33 bytes a vertex and domain."""
    if not domains:
        return spark.createDataFrame([], SCORES.schema)
    parts = spark.sparkContext.defaultParallelism
    sent = spark.sparkContext.broadcast((ids, tuple(domains)))
    numbers = spark.range(0, parts, numPartitions=parts)
    return SCORES.conform(numbers.mapInArrow(partial(_rows_told, sent, parts), _ROWS))


def _rows_told(sent: Broadcast[tuple[Longs, tuple[Scored, ...]]], parts: int, batches: Batches) -> Answers:
    """The rows of every so many-th part of the vertices, domain by domain."""
    ids, domains = sent.value
    for batch in batches:
        for part in batch.column("id").to_pylist():
            own = slice(ids.size * part // parts, ids.size * (part + 1) // parts)
            for one in domains:
                arrays = {name: getattr(one, name)[own] for name in ("spread", "score", "is_seed", "rank")}
                rows = ids[own]
                names = pa.array([one.domain]).take(pa.array(np.zeros(rows.size, np.int32)))
                told = {name: pa.array(array) for name, array in arrays.items()}
                yield pa.RecordBatch.from_pydict({"vertex_id": pa.array(rows), "domain": names, **told})


def calibration_table(spark: SparkSession, domains: Sequence[tuple[str, Spread, Judged]]) -> DataFrame:
    """Rows at CALIBRATION."""
    rows = [_row(*one) for one in domains]
    return CALIBRATION.conform(spark.createDataFrame(rows, CALIBRATION.schema).coalesce(1))


def _row(domain: str, found: Spread, quality: Judged) -> tuple[object, ...]:
    lift = quality.precision / quality.baseline if quality.baseline else None
    return (
        domain,
        quality.calibrator.method,
        quality.seeds,
        quality.auc,
        quality.precision,
        quality.baseline,
        lift,
        quality.brier_before,
        quality.brier_after,
        found.iterations,
        found.error,
    )
