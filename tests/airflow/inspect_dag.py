"""Reads a DAG file as Airflow does and prints what it found as JSON. Run by the Python of .venv-airflow.

    python inspect_dag.py DAG_FILE RUNS

RUNS is a JSON object, one DAG run per name: {"run_after": TIME, "interval": [TIME, TIME] or null,
"conf": {...}}. Every task is rendered in every run as a worker does it. The environment names AIRFLOW_HOME
(its database is made when it is not there) and the deployment.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow.cli.commands.task_command import _get_template_context
from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
from airflow.exceptions import AirflowException
from airflow.serialization.encoders import coerce_to_core_timetable
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import TimeRestriction
from airflow.utils.db import upgradedb
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunTriggeredByType, DagRunType

BUNDLE = "dags-folder"


def inspect(dag_file: Path, runs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Import errors, and of the one DAG in the file: its settings, its tasks, their command lines by run."""
    bag = DagBag(str(dag_file), bundle_path=dag_file.parent, bundle_name=BUNDLE)
    if bag.import_errors or len(bag.dags) != 1:
        return {"import_errors": bag.import_errors, "dags": sorted(bag.dags)}
    (dag,) = bag.dags.values()
    upgradedb()
    DagBundlesManager().sync_bundles_to_db()
    sync_bag_to_db(bag, BUNDLE, None)
    return {
        "import_errors": {},
        "dags": [dag.dag_id],
        "dag": dag_settings(dag),
        "tasks": [task_settings(task) for task in dag.topological_sort()],
        "runs": {name: command_lines(dag, name, run) for name, run in runs.items()},
    }


def dag_settings(dag: Any) -> dict[str, Any]:
    """What the scheduler goes by, with the first data interval that its timetable makes."""
    first = coerce_to_core_timetable(dag.timetable).next_dagrun_info(
        last_automated_data_interval=None,
        restriction=TimeRestriction(earliest=dag.start_date, latest=None, catchup=True),
    )
    return {
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "doc_md": dag.doc_md,
        "deadlines": [deadline_settings(alert) for alert in dag.deadline or []],
        "first_interval": [first.data_interval.start.isoformat(), first.data_interval.end.isoformat()],
    }


def deadline_settings(alert: Any) -> dict[str, Any]:
    return {
        "after": alert.reference.reference_name,
        "minutes": alert.interval.total_seconds() / 60,
        "callback": alert.callback.path.rpartition(".")[2],
        "path": alert.callback.path,
        "kwargs": alert.callback.kwargs,
    }


def task_settings(task: Any) -> dict[str, Any]:
    """What a task is, and what its retry policy says to spark-submit's exit codes."""
    failures = {
        code: AirflowException(f"Cannot execute: spark-submit job.py. Error code is: {code}.")
        for code in (1, 2, 3, 4)
    }
    return {
        "task_id": task.task_id,
        "operator": type(task).__name__,
        "upstream": sorted(task.upstream_task_ids),
        "application": task.application,
        "pool": task.pool,
        "outlets": [asset.uri for asset in task.outlets],
        "doc_md": task.doc_md,
        "retries": task.retries,
        "timeout_hours": task.execution_timeout.total_seconds() / 3600,
        "on_exit_code": {
            code: task.retry_policy.evaluate(failure, 1, task.retries).action.value
            for code, failure in failures.items()
        },
    }


def command_lines(dag: Any, name: str, run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By task: the command that the operator would start in this run, and the variables it adds."""
    interval = run["interval"] and tuple(datetime.fromisoformat(time) for time in run["interval"])
    with create_session() as session:
        dag_run = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag)).create_dagrun(
            run_id=name,
            logical_date=interval[0] if interval else None,
            data_interval=interval,
            run_after=datetime.fromisoformat(run["run_after"]),
            conf=run.get("conf"),
            run_type=DagRunType.MANUAL,
            triggered_by=DagRunTriggeredByType.TEST,
            state=DagRunState.RUNNING,
            session=session,
        )
        return {
            ti.task_id: command_line(dag.get_task(ti.task_id), ti)
            for ti in dag_run.get_task_instances(session=session)
        }


def command_line(task: Any, ti: Any) -> dict[str, Any]:
    copy = task.prepare_for_execution()
    copy.render_template_fields(_get_template_context(ti, copy))
    command = copy._get_hook()._build_spark_submit_command(copy.application)
    return {"command": command, "variables": copy.env_vars}


if __name__ == "__main__":
    json.dump(inspect(Path(sys.argv[1]), json.loads(sys.argv[2])), sys.stdout)
