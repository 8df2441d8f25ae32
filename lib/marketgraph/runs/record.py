"""The rows that a run leaves of itself: its stages first, then the run, so that a run that is listed is whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any

from pyspark.sql import SparkSession

from marketgraph.run import Run
from marketgraph.runs.seen import Ended, StageSeen
from marketgraph.runs.spark_work import SparkWork
from marketgraph.store import Store
from marketgraph.tables import Table
from marketgraph.tables.runs import RUNS, STAGES

# What the table's columns are called, where Spark's words alone would not say whose they are.
_NAMES = {"jobs": "spark_jobs", "stages": "spark_stages", "stages_unseen": "spark_stages_unseen"}
_NOT_ASKED: dict[str, Any] = dict.fromkeys(asdict(SparkWork()))


def record_run(store: Store, run: Run, stages: Sequence[StageSeen], ended: Ended) -> None:
    """Append the run to runs.stages and runs.runs. Runs that end at once all land: each is a transaction of its own."""
    _append(store, STAGES, run, [stage_row(run, one) for one in stages])
    _append(store, RUNS, run, [run_row(store.spark, run, ended)])


def stage_row(run: Run, seen: StageSeen) -> dict[str, Any]:
    """A row of runs.stages."""
    work = asdict(seen.work) if seen.work is not None else _NOT_ASKED
    return {
        "run_id": run.run_id,
        "position": seen.position,
        "as_of": seen.as_of,
        "stage": seen.name,
        "state": seen.state,
        "error": seen.error,
        "started_at": seen.began_at,
        "seconds": seen.seconds,
        "tables": seen.tables,
        "rows": seen.rows,
        "driver_peak_bytes": seen.driver_peak_bytes,
        **{_NAMES.get(name, name): value for name, value in work.items()},
    }


def run_row(spark: SparkSession, run: Run, ended: Ended) -> dict[str, Any]:
    """A row of runs.runs."""
    return {
        "run_id": run.run_id,
        "command": ended.command,
        "as_of": run.as_of,
        "state": ended.state,
        "exit_code": ended.exit_code,
        "error": ended.error,
        "release_id": ended.release_id,
        "started_at": run.started_at.replace(tzinfo=timezone.utc),
        "ended_at": datetime.now(timezone.utc),
        "seconds": ended.seconds,
        "config_hash": run.config_hash,
        "code_version": run.code_version,
        "spark_version": spark.version,
        "spark_application": spark.sparkContext.applicationId,
        "spark_master": spark.sparkContext.master,
    }


def _append(store: Store, table: Table, run: Run, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        frame = store.spark.createDataFrame(
            [tuple(row[c.name] for c in table.columns) for row in rows], table.schema
        )
        store.append(table, frame, app_id=f"{table.full_name}/{run.run_id}", app_version=1)
