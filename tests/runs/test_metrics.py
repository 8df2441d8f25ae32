"""Metrics of the last run, as Prometheus's own parser reads them."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pyspark.sql import SparkSession

from marketgraph.errors import ConfigError, QualityError
from marketgraph.jobs import run_job
from tests.runs.shop import BAD, FIRST, ROWS, SECOND, Shop


def numbers(file: Path) -> dict[tuple[str, str], float]:
    """Metric and stage -> its number; no stage where it is of the run."""
    families = text_string_to_metric_families(file.read_text())
    return {(s.name, s.labels.get("stage", "")): s.value for one in families for s in one.samples}


def test_a_run_leaves_its_numbers_and_the_next_one_puts_its_own_in_their_place(
    spark: SparkSession, tmp_path: Path
) -> None:
    file = tmp_path / "collected" / "marketgraph.prom"
    shop = Shop(spark, tmp_path / "shop", f"metrics.file={file}")
    shop.run(FIRST, SECOND)
    told = numbers(file)
    assert told["marketgraph_run_success", ""] == 1
    assert told["marketgraph_stage_rows", "labels"] == told["marketgraph_stage_rows", "components"] == ROWS
    assert told["marketgraph_stage_shuffle_written_bytes", "labels"] > 0
    assert told["marketgraph_stage_disk_spilled_bytes", "labels"] == 0
    assert told["marketgraph_run_seconds", ""] > told["marketgraph_stage_seconds", "labels"] > 0
    assert file.stat().st_mode & 0o777 == 0o644  # another user collects it
    assert [one.name for one in file.parent.iterdir()] == [file.name]
    with pytest.raises(QualityError):
        shop.run(FIRST, BAD)
    later = numbers(file)
    assert (later["marketgraph_run_success", ""], later["marketgraph_run_exit_code", ""]) == (0, 3)
    assert ("marketgraph_stage_rows", "components") not in later
    assert (
        later["marketgraph_run_end_timestamp_seconds", ""] > told["marketgraph_run_end_timestamp_seconds", ""]
    )


def test_a_file_that_cannot_be_written_is_a_warning(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    shop = Shop(spark, tmp_path / "shop", f"metrics.file={tmp_path}/file/marketgraph.prom")
    shop.run(FIRST)
    assert "metrics.file" in shop.said


def test_a_job_that_cannot_begin_has_failed_in_the_file_of_its_name(
    spark: SparkSession, tmp_path: Path
) -> None:
    told = (f"metrics.file={tmp_path}/{{command}}.prom", "store.root=s3a://bucket/warehouse")
    with pytest.raises(ConfigError):  # this Spark has no classes for S3
        run_job("find_communities", Shop(spark, tmp_path / "shop", *told).order)
    found = numbers(tmp_path / "find_communities.prom")
    assert (found["marketgraph_run_success", ""], found["marketgraph_run_exit_code", ""]) == (0, 2)
    assert "marketgraph_run_info" not in {name for name, _ in found}
