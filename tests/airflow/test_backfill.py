"""The commands for a backfill and a pool that docs/airflow.md shows, and what a scheduler does about late runs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest

from tests.airflow.home import ROOT, Airflow
from tests.docs.reading import Page

pytestmark = pytest.mark.slow

RUNS = {f"backfill__{as_of}T00:00:00+00:00": as_of for as_of in ("2018-08-30", "2018-08-31", "2018-09-01")}


def shown(*begin: str) -> list[str]:
    """The one command of the page that begins so, without the word airflow."""
    (words,) = [
        w for w in Page(ROOT / "docs" / "airflow.md").commands if w[1 : 1 + len(begin)] == list(begin)
    ]
    assert words[0] == "airflow"
    return words[1:]


@dataclass(frozen=True)
class Backfilled:
    """What Airflow has said of three days before it made runs of them, and what its database held then."""

    listed: str
    database: dict[str, Any]


@pytest.fixture(scope="module")
def backfilled(airflow: Airflow) -> Backfilled:
    """The DAG stays paused, so its runs are queued and wait; each is late as soon as it is queued."""
    airflow.environment["MARKETGRAPH_DEADLINE_MINUTES"] = "0.001"
    create = shown("backfill", "create")
    airflow.run("-m", "airflow", "db", "migrate")
    airflow.run("-m", "airflow", "dags", "reserialize")
    listed = airflow.run("-m", "airflow", *create, "--dry-run")
    assert airflow.database()["runs"] == []
    airflow.run("-m", "airflow", *create)
    return Backfilled(listed, airflow.database())


def test_a_dry_run_lists_the_beginnings_of_the_intervals(backfilled: Backfilled) -> None:
    listed = re.findall(r"^\| (\d{4}-\d\d-\d\d) 00:00:00\+00:00 ", backfilled.listed, re.MULTILINE)
    assert listed == ["2018-08-29", "2018-08-30", "2018-08-31"]
    assert "max_active_runs = 1" in backfilled.listed


def test_each_day_works_as_of_its_interval_s_end(airflow: Airflow, backfilled: Backfilled) -> None:
    assert {one["run"]: one["interval"][1][:10] for one in backfilled.database["runs"]} == RUNS
    first = airflow.run("-m", "airflow", "tasks", "render", "marketgraph", "build_edges", next(iter(RUNS)))
    assert re.search(r"'--as-of',\s*'2018-08-30'", first), first


def test_a_late_run_is_told_in_the_log_once(airflow: Airflow, backfilled: Backfilled) -> None:
    assert [one["missed"] for one in backfilled.database["deadlines"]] == [False] * 3
    airflow.run("-m", "airflow", "scheduler", "--num-runs", "3", "--skip-serve-logs")
    assert [one["missed"] for one in airflow.database()["deadlines"]] == [True] * 3
    for run in RUNS:
        (file,) = (airflow.logs / "executor_callbacks" / "marketgraph" / run).iterdir()
        assert file.read_text().count(f"marketgraph: run {run}, queued at ") == 1


def test_the_pool_holds_one_driver_at_a_time(airflow: Airflow, backfilled: Backfilled) -> None:
    assert "Pool marketgraph created" in airflow.run("-m", "airflow", *shown("pools", "set"))
    kept = json.loads(airflow.run("-m", "airflow", "pools", "get", "marketgraph", "--output", "json"))
    assert (kept[-1]["pool"], kept[-1]["slots"]) == ("marketgraph", "1")
