"""Whether there is a truth to ask, and what a run without one keeps."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from rich.console import Console

from marketgraph.pipeline import Order, open_context
from marketgraph.reporter import Reporter
from marketgraph.stages.planted import edge_recovery_of, is_planted, truth_of, truth_settings
from marketgraph.stages.stage import Context, Work
from marketgraph.tables.quality import EDGE_RECOVERY
from tests.conftest import ROOT

AS_OF = "2024-06-29"


def context_of(spark: SparkSession, folder: Path, *, own_data: bool) -> Context:
    """A run on tables in `folder`: a company's own, or a synthetic marketplace's."""
    places = (f"store.root={folder}/warehouse", f"sources.data={folder}")
    order = Order(ROOT / "conf" / "local.yml", AS_OF, None, str(folder) if own_data else None, places)
    config, as_of = order.read()
    assert as_of == date(2024, 6, 29)
    return open_context(spark, config, as_of, Reporter(Console(quiet=True)))


@pytest.fixture
def folder(spark: SparkSession, tmp_path: Path) -> Path:
    """A data folder with a truth in it."""
    truth = spark.createDataFrame([("r-0", "merchant_ring")], "group_id string, group_kind string")
    truth.write.parquet(f"{tmp_path}/truth")
    return tmp_path


def test_a_synthetic_marketplace_has_a_truth(spark: SparkSession, folder: Path) -> None:
    context = context_of(spark, folder, own_data=False)
    truth = truth_of(context)
    assert truth is not None
    assert truth.count() == 1
    settings = truth_settings(context)
    assert settings is not None
    assert settings["seed"] == 20240101


def test_a_folder_called_truth_among_a_companys_own_data_is_not_read(
    spark: SparkSession, folder: Path
) -> None:
    context = context_of(spark, folder, own_data=True)
    assert (is_planted(context), truth_of(context), truth_settings(context)) == (False, None, None)


def test_own_data_and_a_truth_that_is_gone_leave_an_empty_table(spark: SparkSession, tmp_path: Path) -> None:
    for own_data in (True, False):
        kept = edge_recovery_of(Work(context_of(spark, tmp_path, own_data=own_data), "a fingerprint"))
        assert EDGE_RECOVERY.conform(kept).isEmpty()
