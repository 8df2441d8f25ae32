"""The DAG of jobs/airflow, read by a real Airflow in an environment of its own (`make airflow-env`)."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from marketgraph.config_file import load_config
from marketgraph.releases.release import pinned_tables
from tests.airflow.home import ROOT, Airflow

IN_ORDER = [
    "make_marketplace",
    "conform_sources",
    "build_entities",
    "build_edges",
    "find_communities",
    "name_communities",
    "profile_communities",
    "build_features",
    "build_risk",
    "find_motifs",
    "collect_evidence",
    "build_sequences",
    "build_training",
    "check_quality",
    "publish_release",
    "write_exports",
    "write_report",
]
RUNS = {
    "daily": {
        "run_after": "2018-08-31T00:00:00+00:00",
        "interval": ["2018-08-30T00:00:00+00:00", "2018-08-31T00:00:00+00:00"],
    },
    "leap_day_started_late": {
        "run_after": "2024-03-07T09:30:00+00:00",
        "interval": ["2024-02-29T00:00:00+00:00", "2024-03-01T00:00:00+00:00"],
    },
    "no_interval": {"run_after": "2024-06-29T10:15:00+00:00", "interval": None},
    "date_by_hand": {
        "run_after": "2024-07-02T00:00:00+00:00",
        "interval": ["2024-07-01T00:00:00+00:00", "2024-07-02T00:00:00+00:00"],
        "conf": {"as_of": "2024-05-17"},
    },
}
# While the key changes, and with a training set of every kind.
EVERY_TABLE = (
    "identifiers.previous_key_env=BEFORE",
    "training.kinds=[merchant,product,creator,content,buyer]",
)
SYNTHETIC = {
    "MARKETGRAPH_SYNTHETIC": "true",
    "MARKETGRAPH_POOL": "spark",
    "MARKETGRAPH_DEADLINE_MINUTES": "90",
}
COMPANY = {
    "MARKETGRAPH_SYNTHETIC": "true",
    "MARKETGRAPH_HOME": "/opt/marketgraph",
    "MARKETGRAPH_CONFIG": "/etc/marketgraph/cluster.yml",
    "MARKETGRAPH_SOURCE": "/etc/marketgraph/olist.yml",
    "MARKETGRAPH_DATA": "s3a://raw/olist",
    "MARKETGRAPH_SPARK_SUBMIT": "spark3-submit",
    "MARKETGRAPH_PYTHON": "/opt/python3.11/bin/python",
    "MARKETGRAPH_DRIVER_MEMORY": "12g",
    "MARKETGRAPH_JARS": "/opt/jars/a.jar,/opt/jars/b.jar",
    "MARKETGRAPH_PY_FILES": "/opt/marketgraph.zip",
    "MARKETGRAPH_SCHEDULE": "30 2 * * *",
    "MARKETGRAPH_TIMEOUT_HOURS": "1.5",
    "MARKETGRAPH_DEADLINE_MINUTES": "7.5",
    "MARKETGRAPH_DEADLINE_CALLBACK": "airflow.providers.smtp.notifications.smtp.SmtpNotifier",
    "MARKETGRAPH_DEADLINE_KWARGS": '{"to": "on-call@example.com"}',
}


@pytest.fixture(scope="module")
def synthetic(airflow: Airflow) -> dict[str, Any]:
    return airflow.inspect(RUNS, SYNTHETIC)


@pytest.fixture(scope="module")
def company(airflow: Airflow) -> dict[str, Any]:
    return airflow.inspect({"due_without_interval": RUNS["daily"] | {"interval": None}}, COMPANY)


def option(command: list[str], flag: str) -> str:
    assert command.count(flag) == 1
    return command[command.index(flag) + 1]


def test_every_job_is_a_task_and_they_run_one_after_the_other(synthetic: dict[str, Any]) -> None:
    tasks = synthetic["tasks"]
    assert [task["task_id"] for task in tasks] == IN_ORDER
    assert {task["task_id"] for task in tasks} == {path.stem for path in (ROOT / "jobs").glob("*.py")} - {
        "pipeline",
        "communities",
        "export",
    }
    assert [task["upstream"] for task in tasks] == [[], *([job] for job in IN_ORDER[:-1])]


def test_each_task_submits_a_job_that_exists(synthetic: dict[str, Any]) -> None:
    for task in synthetic["tasks"]:
        own = task["task_id"] == "publish_release"
        assert task["operator"] == ("PublishRelease" if own else "SparkSubmitOperator")
        assert Path(task["application"]) == ROOT / "jobs" / f"{task['task_id']}.py"
        assert Path(task["application"]).is_file()


def test_a_company_with_tables_of_its_own_makes_no_marketplace(company: dict[str, Any]) -> None:
    assert [task["task_id"] for task in company["tasks"]] == IN_ORDER[1:]
    assert company["tasks"][0]["upstream"] == []


@pytest.mark.parametrize(
    ("run", "as_of"),
    [
        ("daily", "2018-08-31"),
        ("leap_day_started_late", "2024-03-01"),
        ("no_interval", "2024-06-29"),
        ("date_by_hand", "2024-05-17"),
    ],
)
def test_every_task_of_a_run_works_as_of_the_end_of_its_interval(
    synthetic: dict[str, Any], run: str, as_of: str
) -> None:
    commands = {job: line["command"] for job, line in synthetic["runs"][run].items()}
    assert sorted(commands) == sorted(IN_ORDER)
    assert {option(command, "--as-of") for command in commands.values()} == {as_of}
    assert option(commands["build_edges"], "--name") == f"marketgraph build_edges {as_of}"


def test_a_day_is_one_data_interval_and_history_does_not_run_by_itself(
    synthetic: dict[str, Any], company: dict[str, Any]
) -> None:
    assert synthetic["dag"]["first_interval"] == ["2010-01-01T00:00:00+00:00", "2010-01-02T00:00:00+00:00"]
    assert company["dag"]["first_interval"] == ["2010-01-01T02:30:00+00:00", "2010-01-02T02:30:00+00:00"]
    assert synthetic["dag"]["catchup"] is False
    assert synthetic["dag"]["max_active_runs"] == 1


def test_a_checkout_needs_no_variables(synthetic: dict[str, Any]) -> None:
    line = synthetic["runs"]["daily"]["conform_sources"]
    assert line["command"][0] == f"{ROOT}/spark-submit.sh"
    assert os.access(line["command"][0], os.X_OK)
    assert option(line["command"], "--master") == "local[2]"
    application = line["command"].index(f"{ROOT}/jobs/conform_sources.py")
    assert line["command"][application + 1 :] == [
        "--config",
        f"{ROOT}/conf/local.yml",
        "--as-of",
        "2018-08-31",
    ]
    assert line["variables"] is None
    # The launcher adds these, for this config.
    assert not {"--jars", "--py-files", "--driver-memory"} & set(line["command"])


def test_the_launcher_takes_what_the_operator_says_and_adds_jars_and_package(
    synthetic: dict[str, Any],
) -> None:
    launcher, *words = synthetic["runs"]["daily"]["build_edges"]["command"]
    ended = subprocess.run(
        [launcher, "--dry-run", *words], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    started = shlex.split(ended.stdout)
    assert option(started, "--master") == "local[2]"
    assert option(started, "--name") == "marketgraph build_edges 2018-08-31"
    assert "delta-spark" in option(started, "--jars")
    assert option(started, "--py-files").endswith(".zip")
    assert started[started.index(f"{ROOT}/jobs/build_edges.py") :] == words[-5:]


def test_a_deployment_is_told_by_variables(company: dict[str, Any]) -> None:
    line = company["runs"]["due_without_interval"]["publish_release"]
    command = line["command"]
    assert command[0] == "spark3-submit"
    assert line["variables"] == {"PYSPARK_PYTHON": "/opt/python3.11/bin/python"}
    assert option(command, "--driver-memory") == "12g"
    assert option(command, "--jars") == "/opt/jars/a.jar,/opt/jars/b.jar"
    assert option(command, "--py-files") == "/opt/marketgraph.zip"
    application = command.index("/opt/marketgraph/jobs/publish_release.py")
    assert command[application + 1 :] == [
        *("--config", "/etc/marketgraph/cluster.yml", "--as-of", "2018-08-31"),
        *("--source", "/etc/marketgraph/olist.yml", "--data", "s3a://raw/olist"),
    ]


def test_a_failing_gate_is_not_asked_again_but_a_lost_cluster_is(synthetic: dict[str, Any]) -> None:
    for task in synthetic["tasks"]:
        assert task["retries"] == 2
        assert task["on_exit_code"] == {"1": "default", "2": "fail", "3": "fail", "4": "default"}


def test_a_task_takes_no_longer_than_the_variable_says(
    synthetic: dict[str, Any], company: dict[str, Any]
) -> None:
    assert {task["timeout_hours"] for task in synthetic["tasks"]} == {6}
    assert {task["timeout_hours"] for task in company["tasks"]} == {1.5}


def test_tasks_say_what_they_do_and_wait_in_the_named_pool(
    synthetic: dict[str, Any], company: dict[str, Any]
) -> None:
    assert {task["pool"] for task in synthetic["tasks"]} == {"spark"}
    assert {task["pool"] for task in company["tasks"]} == {"default_pool"}
    assert all(task["doc_md"].endswith(".") for task in synthetic["tasks"])


def test_each_published_table_is_an_asset_of_the_task_that_publishes_it(synthetic: dict[str, Any]) -> None:
    (publishes,) = [task for task in synthetic["tasks"] if task["outlets"]]
    assert publishes["task_id"] == "publish_release"
    assert publishes["outlets"][0] == "x-marketgraph://release"
    config = load_config(ROOT / "conf" / "local.yml", overrides=EVERY_TABLE)
    tables = [table.full_name for table in pinned_tables(config)]
    assert sorted(publishes["outlets"][1:]) == sorted(
        f"x-marketgraph://{t.replace('.', '/')}" for t in tables
    )


def test_a_run_is_late_when_the_variables_say_so(synthetic: dict[str, Any], company: dict[str, Any]) -> None:
    (ours,), (own,) = synthetic["dag"]["deadlines"], company["dag"]["deadlines"]
    assert (ours["after"], ours["minutes"], ours["callback"]) == ("DagRunQueuedAtDeadline", 90, "log_late")
    assert (own["path"], own["minutes"]) == (COMPANY["MARKETGRAPH_DEADLINE_CALLBACK"], 7.5)
    assert own["kwargs"] == {"to": "on-call@example.com"}


def test_a_variable_that_can_t_be_read_is_named(airflow: Airflow) -> None:
    ended = airflow.attempt(str(airflow.dag_file), MARKETGRAPH_DEADLINE_MINUTES="soon")
    told = "ValueError: MARKETGRAPH_DEADLINE_MINUTES: not a number of minutes (given: soon)"
    assert ended.stderr.splitlines()[-1] == told
