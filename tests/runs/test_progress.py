"""What a person at a terminal sees of a run while it goes on, and that nobody else pays for it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from threading import enumerate as threads

import pytest
from pyspark.sql import SparkSession

from marketgraph.errors import QualityError
from marketgraph.runs.history import find_run, last_stages, recorded_runs, seconds_left
from marketgraph.runs.progress import progress_text, shown
from marketgraph.runs.seen import StageSeen
from tests.runs.shop import BAD, FIRST, SECOND, SLOW, Shop


def test_a_terminal_shows_rows_and_by_the_run_before_how_long_it_takes(
    spark: SparkSession, tmp_path: Path
) -> None:
    shop = Shop(spark, tmp_path)
    shop.run(SLOW)
    assert "rows ·" not in shop.said  # nobody looks: one line at the end, and no escape codes
    assert "\x1b" not in shop.said
    shop.run(SLOW, terminal=True)
    assert "1 table, 1,000 rows · under a minute left, by the run before" in shop.said
    assert "progress" not in [one.name for one in threads()]


def test_what_is_left_goes_by_when_each_stage_last_did_its_work(spark: SparkSession, tmp_path: Path) -> None:
    shop = Shop(spark, tmp_path)
    with pytest.raises(QualityError):
        shop.run(FIRST, BAD)
    context = shop.run(FIRST, SECOND)  # goes on from what stands
    rerun, failed = (find_run(context.store, one["run_id"]) for one in recorded_runs(context.store))
    assert [one["state"] for one in rerun.stages] == ["unchanged", "ended"]
    last = last_stages(context.store, "run")
    worked = [failed.stages[0]["seconds"], rerun.stages[1]["seconds"]]
    assert [(one["stage"], one["seconds"]) for one in last] == list(
        zip(("labels", "components"), worked, strict=True)
    )
    assert seconds_left(last, "labels", 0, 0.0) == pytest.approx(sum(worked))


def test_what_is_not_known_is_not_said() -> None:
    seen = StageSeen("edges", date(2024, 6, 19), 1)
    assert progress_text(seen, done=0, tasks=0, left=None) == ""
    assert progress_text(seen, done=3, tasks=40, left=None) == "task 3 of 40"
    assert (
        progress_text(seen, done=3, tasks=40, left=150.0)
        == "task 3 of 40 · about 2 min left, by the run before"
    )


def test_the_display_ends_when_spark_has_gone() -> None:
    told: list[str] = []

    def gone() -> str:
        raise ConnectionRefusedError

    with shown(gone, told.append):
        pass
    assert told == []
