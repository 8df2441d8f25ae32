"""Prints what the database of AIRFLOW_HOME holds as JSON. Run by the Python of .venv-airflow."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from airflow.models.asset import AssetDagRunQueue, AssetEvent
from airflow.models.dagrun import DagRun
from airflow.models.deadline import Deadline
from airflow.models.taskinstance import TaskInstance
from airflow.utils.session import create_session
from sqlalchemy import select
from sqlalchemy.orm import Session


def rows(session: Session, model: type[Any]) -> Sequence[Any]:
    return session.scalars(select(model)).all()


def database(session: Session) -> dict[str, Any]:
    """Of each run, task, event and deadline what the tests ask about, in the order in which they came."""
    return {
        "runs": [
            {
                "dag": run.dag_id,
                "run": run.run_id,
                "type": run.run_type,
                "state": run.state,
                "interval": [str(run.data_interval_start), str(run.data_interval_end)],
            }
            for run in sorted(rows(session, DagRun), key=lambda run: run.id)
        ],
        "tasks": [
            {"run": task.run_id, "task": task.task_id, "state": task.state, "tries": task.try_number}
            for task in rows(session, TaskInstance)
        ],
        "events": [
            {
                "uri": event.asset.uri,
                "task": event.source_task_id,
                "run": event.source_run_id,
                "extra": event.extra,
            }
            for event in rows(session, AssetEvent)
        ],
        "waiting": sorted({queued.target_dag_id for queued in rows(session, AssetDagRunQueue)}),
        "deadlines": [
            {
                "run": one.dagrun.run_id,
                "minutes": (one.deadline_time - one.dagrun.queued_at).total_seconds() / 60,
                "missed": one.missed,
                "callback": one.callback.state,
            }
            for one in rows(session, Deadline)
        ],
    }


if __name__ == "__main__":
    with create_session() as opened:
        json.dump(database(opened), sys.stdout)
