"""What a run leaves of itself in runs.runs and runs.stages, and how it is read back."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from marketgraph.cli import app
from marketgraph.errors import QualityError, StoreError
from marketgraph.runs.history import find_run, recorded_runs, seconds_left
from marketgraph.runs.record import record_run
from marketgraph.runs.spark_work import SparkMeter
from marketgraph.store import Store
from tests.conftest import ROOT
from tests.runs.shop import AS_OF, BAD, FIRST, ROWS, SECOND, Shop, at_once, ended


def test_a_run_leaves_a_row_and_one_for_each_stage_with_what_spark_did(
    spark: SparkSession, tmp_path: Path
) -> None:
    context = Shop(spark, tmp_path).run(FIRST, SECOND, release="2024-06-19.0badcafe")
    found = find_run(context.store, context.run.run_id)
    assert (found.run["state"], found.run["exit_code"], found.run["error"]) == ("ended", 0, None)
    assert found.run["release_id"] == "2024-06-19.0badcafe"
    assert found.run["seconds"] >= sum(one["seconds"] for one in found.stages) > 0
    labels, components = found.stages
    assert [labels["stage"], labels["rows"], labels["tables"], labels["state"]] == [
        "labels",
        ROWS,
        1,
        "ended",
    ]
    # a thousand pairs of long numbers went through one shuffle and into a file, and then were read from it
    assert labels["shuffle_written_bytes"] == labels["shuffle_read_bytes"] > ROWS
    assert labels["output_bytes"] > ROWS
    assert components["input_bytes"] > 0
    assert components["shuffle_written_bytes"] < labels["shuffle_written_bytes"]
    assert labels["tasks"] >= 3
    assert labels["tasks_failed"] == labels["disk_spilled_bytes"] == labels["spark_stages_unseen"] == 0
    assert labels["driver_peak_bytes"] > 100 << 20


def test_a_run_again_says_unchanged_and_its_slices_and_their_fingerprints_stay(
    spark: SparkSession, tmp_path: Path
) -> None:
    shop = Shop(spark, tmp_path)
    first, second = shop.run(FIRST), shop.run(FIRST)
    newest, oldest = (find_run(first.store, run["run_id"]) for run in recorded_runs(first.store))
    assert newest.run["run_id"] == second.run.run_id
    assert [one.stages[0]["state"] for one in (oldest, newest)] == ["ended", "unchanged"]
    assert newest.stages[0]["output_bytes"] == 0
    assert FIRST.fingerprint(first) == FIRST.fingerprint(second)


def test_a_run_that_fails_leaves_its_exit_code_and_no_word_of_a_row(
    spark: SparkSession, tmp_path: Path
) -> None:
    shop = Shop(spark, tmp_path)
    with pytest.raises(QualityError):
        shop.run(FIRST, BAD)
    (run,) = recorded_runs(Store(spark, str(tmp_path)))
    found = find_run(Store(spark, str(tmp_path)), AS_OF)
    assert found.run == run
    assert (run["state"], run["exit_code"], run["error"], run["release_id"]) == (
        "failed",
        3,
        "QualityError",
        None,
    )
    assert [(one["stage"], one["state"]) for one in found.stages] == [
        ("labels", "ended"),
        ("refusal", "failed"),
    ]
    assert "mallory" not in str(found)


def test_runs_that_end_at_once_all_land(spark: SparkSession, tmp_path: Path) -> None:
    context = Shop(spark, tmp_path).run(FIRST)
    store, seen = Store(spark, str(tmp_path / "another")), context.watch.stages
    names = [f"{AS_OF}.{number}" for number in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda name: record_run(store, at_once(context, name).run, seen, ended()), names))
    assert {run["run_id"] for run in recorded_runs(store)} == set(names)
    assert {find_run(store, name).stages[0]["run_id"] for name in names} == set(names)


def test_a_run_whose_rows_cannot_be_written_has_ended_well_all_the_same(
    spark: SparkSession, tmp_path: Path
) -> None:
    shop = Shop(spark, tmp_path)
    (tmp_path / "runs").write_text("a file where the room should be")
    shop.run(FIRST)
    assert "the run is not in runs.runs" in shop.said


def test_runs_are_listed_and_shown(spark: SparkSession, tmp_path: Path) -> None:
    context = Shop(spark, tmp_path).run(FIRST, SECOND)
    where = ["--config", str(ROOT / "conf" / "local.yml"), "--set", f"store.root={tmp_path}"]
    listed = CliRunner().invoke(app, ["runs", "list", *where]).output
    assert context.run.run_id in listed
    shown = CliRunner().invoke(app, ["runs", "show", AS_OF, *where]).output
    assert "labels" in shown
    assert "1,000" in shown
    told = json.loads(CliRunner().invoke(app, ["runs", "show", AS_OF, "--json", *where]).output)
    assert [stage["stage"] for stage in told["stages"]] == ["labels", "components"]
    assert told["stages"][0]["rows"] == ROWS
    missing = CliRunner().invoke(app, ["runs", "show", "2020-01-01", *where])
    assert isinstance(missing.exception, StoreError)
    assert context.run.run_id in str(missing.exception)


def test_all_of_sparks_work_is_counted_though_the_store_is_asked_for_little(spark: SparkSession) -> None:
    meter = SparkMeter(spark)
    for _ in range(15):  # more than is taken at first
        spark.range(100).repartition(3).count()
    work = meter.read()
    assert work is not None
    # each: a stage of two tasks, one of three, one of one
    assert (work.stages, work.tasks, work.stages_unseen) == (45, 90, 0)
    assert meter.read().jobs == 0


def test_time_left_is_what_the_run_before_took_from_here() -> None:
    before = [
        {"stage": "labels", "days_before": 0, "seconds": 10.0},
        {"stage": "labels", "days_before": 7, "seconds": 5.0},
        {"stage": "gate", "days_before": 0, "seconds": 2.0},
    ]
    assert seconds_left(before, "labels", 0, elapsed=4.0) == 13.0
    assert seconds_left(before, "labels", 0, elapsed=60.0) == 7.0
    assert seconds_left(before, "labels", 7, elapsed=1.0) == 6.0
    assert seconds_left(before, "motifs", 0, elapsed=1.0) is None
