"""A run of the whole DAG by a real Airflow, each job through spark-submit, and runs that are stopped."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession

from marketgraph.pipeline import Order
from marketgraph.releases.load import Release, load_release
from tests.airflow.home import ROOT, Airflow
from tests.docs.reading import Page
from tests.published import DATES, order

pytestmark = [pytest.mark.slow, pytest.mark.long]

# One at the end of each room: what stands before them has gone into their rows.
LAST = (
    "entities.vertex_ids",
    "communities.members",
    "features.merchants",
    "risk.scores",
    "evidence.paths",
    "sequences.events",
)


@dataclass(frozen=True)
class Ran:
    """What a run has left: in the warehouse, in Airflow's database, and in its log."""

    release: Release
    warehouse: Path
    database: dict[str, Any]
    told: str


# Half of a minute's job is a JVM that warms up: it need not compile for hours of work. Rows don't depend on either.
SHORT = (
    "spark.extra={spark.sql.adaptive.enabled: 'false', spark.driver.extraJavaOptions: -XX:TieredStopAtLevel=1}",
    "exports.formats=[sequences]",
)


def told_by_file(asked: Order, file: Path) -> str:
    """A config file that says what the order says."""
    told = asked.read()[0].model_dump(mode="json")
    file.write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")
    return str(file)


@pytest.fixture(scope="module")
def ran(airflow: Airflow, spark: SparkSession, published, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The date and the marketplace of `published`, under the same key, in a warehouse of its own."""
    folder = tmp_path_factory.mktemp("run")
    warehouse = folder / "warehouse"
    # A release's id tells the files that it came of, by name and time.
    shutil.copytree(published[0] / "raw", warehouse / "raw")
    shutil.copy(published[0] / "id.key", warehouse)
    config = told_by_file(order(warehouse, DATES[0], *SHORT), folder / "config.yml")
    (follows,) = Page(ROOT / "docs" / "airflow.md").fenced("python")
    (airflow.dags / "review_rings.py").write_text(follows, encoding="utf-8")
    airflow.run("-m", "airflow", "db", "migrate")
    well, told = airflow.test(DATES[0], MARKETGRAPH_CONFIG=config, MARKETGRAPH_SYNTHETIC="true")
    assert well, told
    return Ran(load_release(spark, DATES[0], root=str(warehouse)), warehouse, airflow.database(), told)


def test_its_release_is_that_of_one_process(spark: SparkSession, published, ran: Ran) -> None:
    theirs = load_release(spark, DATES[0], root=str(published[0]))
    assert ran.release.id == theirs.id
    assert {name: held.rows for name, held in ran.release.pins.items()} == {
        name: held.rows for name, held in theirs.pins.items()
    }
    for name in LAST:
        own, other = ran.release.table(name), theirs.table(name)
        assert own.exceptAll(other).take(3) == [], name


def test_it_leaves_exports_and_a_report_as_a_run_in_one_process_does(ran: Ran) -> None:
    exports = ran.warehouse / "exports" / ran.release.id
    assert {path.parent.name for path in exports.glob("*/manifest.json")} == {"sequences"}
    assert (ran.warehouse / "reports" / ran.release.id / "index.html").is_file()


def test_each_job_was_one_spark_submit(ran: Ran) -> None:
    tasks = [one for one in ran.database["tasks"] if one["state"] == "success"]
    assert len(tasks) == ran.told.count("Spark-Submit cmd:") == 17
    assert {one["tries"] for one in tasks} == {1}


def test_its_tables_are_announced_with_their_rows_by_the_task_that_publishes(ran: Ran) -> None:
    extras = {
        event["uri"].removeprefix("x-marketgraph://"): event["extra"] for event in ran.database["events"]
    }
    release = {"release": ran.release.id, "as_of": DATES[0]}
    assert extras.pop("release") == release
    assert extras == {
        name.replace(".", "/"): release | {"rows": held.rows} for name, held in ran.release.pins.items()
    }
    assert {event["task"] for event in ran.database["events"]} == {"publish_release"}


def test_the_dag_of_the_docs_that_follows_is_started_and_knows_the_release(
    airflow: Airflow, ran: Ran
) -> None:
    assert ran.database["waiting"] == ["review_rings"]
    airflow.schedule(loops=15)
    (run,) = [one["run"] for one in airflow.database()["runs"] if one["dag"] == "review_rings"]
    (log,) = airflow.logs.glob(f"dag_id=review_rings/run_id={run}/task_id=review/*.log")
    scores = ran.release.pins["risk.scores"].rows
    assert f"release {ran.release.id} as of {DATES[0]}: {scores} scores" in log.read_text()


def test_a_gate_that_does_not_pass_ends_the_run_at_once_and_nothing_is_announced(
    airflow: Airflow, ran: Ran, published, tmp_path: Path
) -> None:
    root = tmp_path / "warehouse"
    shutil.copytree(published[0], root)
    strict = order(
        root, DATES[0], *SHORT, "quality.tables.*orders={min_rows: 9000000}", "quality.watch.freshness={}"
    )
    well, told = airflow.test(
        DATES[0],
        *("--mark-success-pattern", "(?!check_quality).*"),  # what stands before it is in the warehouse
        MARKETGRAPH_CONFIG=told_by_file(strict, tmp_path / "strict.yml"),
    )
    assert not well
    assert "expected at least 9,000,000 rows" in told
    assert "not retried: quality gate or contract (exit code 3)" in told
    assert told.count("Spark-Submit cmd:") == 1
    database = airflow.database()
    (run,) = [one["run"] for one in database["runs"] if one["state"] == "failed"]
    states = {one["task"]: one["state"] for one in database["tasks"] if one["run"] == run}
    assert (states["check_quality"], states["publish_release"]) == ("failed", "upstream_failed")
    assert [event for event in database["events"] if event["run"] == run] == []


def test_a_config_that_is_not_there_ends_the_run_at_once_and_says_why(
    airflow: Airflow, ran: Ran, tmp_path: Path
) -> None:
    nowhere = tmp_path / "nowhere.yml"
    well, told = airflow.test("2018-08-31", MARKETGRAPH_CONFIG=str(nowhere))
    assert not well
    assert f"error: {nowhere}" in told
    assert "not retried: bad config (exit code 2)" in told
    assert told.count("Spark-Submit cmd:") == 1
