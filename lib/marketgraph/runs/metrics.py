"""Numbers of the run that has just ended as Prometheus reads them from a file, put there whole."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from pyspark.sql.types import DoubleType, LongType

from marketgraph.cache import write_atomically
from marketgraph.run import Run
from marketgraph.runs.record import stage_row
from marketgraph.runs.seen import Ended, StageSeen
from marketgraph.tables.runs import STAGES

RUN = {
    "success": "1 when the last run did all that it was asked to, 0 when it failed",
    "exit_code": "what its scheduler was given",
    "seconds": "how long it took, in seconds",
    "end_timestamp_seconds": "when it ended, in seconds since 1970",
}
# The numbers of a stage, as runs.stages has them.
COLUMNS = tuple(
    c for c in STAGES.columns if isinstance(c.type, LongType | DoubleType) and c.name != "position"
)
PEAKS = ("peak_execution_bytes", "driver_peak_bytes")


def write_metrics(path: Path, run: Run | None, stages: Sequence[StageSeen], ended: Ended) -> None:
    """Put the run's numbers in place of those of the run before. Raises OSError when they can't be.

    run: None for one that failed before it had an id, as where Spark could not be started.

    The file may be read by all: whoever collects it is another user, and nothing in it is personal.
    """
    write_atomically(path, metrics_text(run, stages, ended, now=time.time()))


def metrics_text(run: Run | None, stages: Sequence[StageSeen], ended: Ended, *, now: float) -> bytes:
    """Metrics in Prometheus's format of text. now: when the run ended, in seconds since 1970.

    A stage that worked for several dates, as a training set asks for, is told once: sums, and of peaks the highest.
    """
    registry, command = CollectorRegistry(), ended.command
    of_run = (float(ended.error is None), ended.exit_code, ended.seconds, now)
    for (name, meaning), value in zip(RUN.items(), of_run, strict=True):
        _gauge(registry, f"run_{name}", meaning, "command").labels(command).set(value)
    if run is not None:
        _add_run(registry, run, stages, ended)
    return generate_latest(registry)


def _add_run(registry: CollectorRegistry, run: Run, stages: Sequence[StageSeen], ended: Ended) -> None:
    """Which run it was, and the numbers of its stages."""
    facts = (ended.command, run.run_id, str(run.as_of), ended.release_id or "", run.code_version)
    info = _gauge(registry, "run_info", "which run it was", "command", "run_id", "as_of", "release", "code")
    info.labels(*facts).set(1)
    rows = [stage_row(run, one) for one in stages]
    for column in COLUMNS:
        gauge = _gauge(registry, f"stage_{column.name}", column.meaning, "command", "stage")
        for stage, value in _by_stage(rows, column.name).items():
            gauge.labels(ended.command, stage).set(value)


def _by_stage(rows: Sequence[dict[str, Any]], name: str) -> dict[str, float]:
    """One number for each stage of which it is known."""
    known: dict[str, list[float]] = {}
    for row in rows:
        if row[name] is not None:
            known.setdefault(row["stage"], []).append(row[name])
    return {stage: max(told) if name in PEAKS else sum(told) for stage, told in known.items()}


def _gauge(registry: CollectorRegistry, name: str, meaning: str, *labels: str) -> Gauge:
    return Gauge(f"marketgraph_{name}", meaning, labels, registry=registry)
