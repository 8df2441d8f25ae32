"""An Airflow with a home of its own, in the environment that `make airflow-env` makes."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
AIRFLOW_PYTHON = ROOT / ".venv-airflow" / "bin" / "python"
# Of what stands around the tests it gets no more than where programs are, and where set-up has put the jars.
HANDED_ON = ("PATH", "MARKETGRAPH_CACHE")


class Airflow:
    """No network, no example DAGs, no usage report; the DAG lies in its folder as a link, as docs/airflow.md has it."""

    def __init__(self, home: Path) -> None:
        if not AIRFLOW_PYTHON.exists():
            told = f"there is no Airflow in {AIRFLOW_PYTHON.parents[1]}: run `make airflow-env` first"
            pytest.fail(told, pytrace=False)
        self.dags, self.logs = home / "dags", home / "logs"
        self.dags.mkdir()
        self.dag_file = self.dags / "marketgraph_dag.py"
        self.dag_file.symlink_to(ROOT / "jobs" / "airflow" / "marketgraph_dag.py")
        self.environment = {
            **{name: os.environ[name] for name in HANDED_ON if name in os.environ},
            "HOME": str(home),
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.dags),
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
            timeout=1800,
            check=False,
        )

    def test(self, as_of: str, *options: str, **variables: str) -> tuple[bool, str]:
        """Run the DAG as of a date in one process: whether it ended well, and all that it and its jobs have said."""
        ended = self.attempt(
            *("-m", "airflow", "dags", "test", "marketgraph", as_of, *options),
            AIRFLOW__LOGGING__LOGGING_LEVEL="INFO",
            **variables,
        )
        return ended.returncode == 0, ended.stdout + ended.stderr

    def schedule(self, *, loops: int) -> None:
        """Run a scheduler for so many loops, and the server that the tasks of an executor speak to."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        shared = {
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",  # what a task prints is kept at this level
        }
        serve = ("api-server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1")
        with subprocess.Popen(
            [str(AIRFLOW_PYTHON), "-m", "airflow", *serve],
            env=self.environment | shared,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as server:
            try:
                wait_for(port)
                self.run(
                    "-m", "airflow", "scheduler", "--num-runs", str(loops), "--skip-serve-logs", **shared
                )
            finally:
                server.terminate()

    def inspect(self, runs: dict[str, Any], deployment: dict[str, str]) -> dict[str, Any]:
        """What Airflow reads in the DAG's file, and the command of each task in each of `runs`."""
        words = (str(HERE / "inspect_dag.py"), str(self.dag_file), json.dumps(runs))
        answer: dict[str, Any] = json.loads(self.run(*words, **deployment))
        assert answer["import_errors"] == {}
        assert answer["dags"] == ["marketgraph"]
        return answer

    def database(self) -> dict[str, Any]:
        """What Airflow has kept of runs, tasks, asset events, waiting DAGs and deadlines."""
        answer: dict[str, Any] = json.loads(self.run(str(HERE / "inspect_database.py")))
        return answer


def wait_for(port: int, *, seconds: float = 120) -> None:
    """Return once something listens there; OSError when nothing does in time."""
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
