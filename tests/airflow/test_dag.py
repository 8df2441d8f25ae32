"""The DAG of jobs/airflow, read by a real Airflow in an environment of its own (`make airflow-env`)."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DAG_FILE = ROOT / "jobs" / "airflow" / "marketgraph_dag.py"
AIRFLOW_PYTHON = ROOT / ".venv-airflow" / "bin" / "python"

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
SYNTHETIC = {"MARKETGRAPH_SYNTHETIC": "true", "MARKETGRAPH_POOL": "spark"}
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
}


class Airflow:
    """An Airflow with an empty home of its own: no network, no example DAGs, no usage report."""

    def __init__(self, home: Path) -> None:
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(DAG_FILE.parent),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "AIRFLOW_CONN_SPARK_DEFAULT": json.dumps({"conn_type": "spark", "host": "local[2]"}),
        }

    def run(self, *words: str, **variables: str) -> str:
        """What `python WORDS…` of .venv-airflow prints."""
        ended = self.attempt(*words, **variables)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def attempt(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(AIRFLOW_PYTHON), *words],
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def inspect(self, runs: dict[str, Any], deployment: dict[str, str]) -> dict[str, Any]:
        script = Path(__file__).with_name("inspect_dag.py")
        answer: dict[str, Any] = json.loads(
            self.run(str(script), str(DAG_FILE), json.dumps(runs), **deployment)
        )
        assert answer["import_errors"] == {}
        assert answer["dags"] == ["marketgraph"]
        return answer


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    if not AIRFLOW_PYTHON.exists():
        pytest.fail(
            f"there is no Airflow in {AIRFLOW_PYTHON.parents[1]}: run `make airflow-env` first", pytrace=False
        )
    return Airflow(tmp_path_factory.mktemp("airflow"))


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
        assert task["operator"] == "SparkSubmitOperator"
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


def test_tasks_say_what_they_do_and_wait_in_the_named_pool(
    synthetic: dict[str, Any], company: dict[str, Any]
) -> None:
    assert {task["pool"] for task in synthetic["tasks"]} == {"spark"}
    assert {task["pool"] for task in company["tasks"]} == {"default_pool"}
    assert all(task["doc_md"].endswith(".") for task in synthetic["tasks"])


@pytest.mark.slow
def test_a_run_with_a_config_that_is_not_there_ends_at_once_and_says_why(
    airflow: Airflow, tmp_path: Path
) -> None:
    airflow.run("-m", "airflow", "db", "migrate")
    nowhere = tmp_path / "nowhere.yml"
    ended = airflow.attempt(
        *("-m", "airflow", "dags", "test", "marketgraph", "2018-08-31"),
        MARKETGRAPH_CONFIG=str(nowhere),
        AIRFLOW__LOGGING__LOGGING_LEVEL="INFO",
    )
    told = ended.stdout + ended.stderr
    assert ended.returncode == 1, told
    assert f"error: {nowhere}" in told
    assert "not retried: bad config (exit code 2)" in told
    assert told.count("Spark-Submit cmd:") == 1
