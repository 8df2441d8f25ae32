"""Source tables of a Hive metastore: the rows that files give, and what is said where there is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from marketgraph.errors import ConfigError
from marketgraph.sources.hive import hive_table
from marketgraph.sources.mapping import Origin

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def story(published, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the process of in_hive.py found, and what it left in the folder that it was started in."""
    folder, here = tmp_path_factory.mktemp("hive"), tmp_path_factory.mktemp("here")
    ended = subprocess.run(
        [sys.executable, "-m", "tests.hive.in_hive", f"{published[0]}/raw", str(folder)],
        cwd=here, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, (ended.stdout + ended.stderr)[-3000:]
    found: dict[str, Any] = json.loads((folder / "found.json").read_text())
    return {**found, "left": sorted(path.name for path in here.iterdir())}


def test_tables_of_hive_conform_to_the_rows_that_files_give(story) -> None:
    assert int(story["files"]["orders"][0]) > 1000
    assert story["hive"] == story["files"]


def test_a_table_a_database_or_a_column_that_is_not_there_is_named(story) -> None:
    assert story["no_table"] == [
        4, "the Hive database market has no table order (did you mean orders?); orders is read from it",
    ]  # fmt: skip
    assert story["no_database"] == [
        4, "the Hive metastore has no database markets (did you mean market?); orders is read from it",
    ]  # fmt: skip
    assert story["no_column"][0] == 4
    assert "market.merchants: there is no column town, which " in story["no_column"][1]


def test_a_fingerprint_stays_and_changes_with_partitions_elsewhere_views_and_columns(story) -> None:
    first, again, *changed = story["prints"]
    assert first == again
    assert len({first, *changed}) == 1 + len(changed) == 6


def test_hive_leaves_nothing_where_it_is_started(story) -> None:
    assert story["left"] == []


def test_a_session_without_a_metastore_says_which_setting_brings_one(spark: SparkSession) -> None:
    with pytest.raises(ConfigError, match=r"spark\.hive: true") as caught:
        hive_table(spark, Origin.model_validate({"from": "market.orders", "format": "hive"}))
    assert caught.value.message.startswith("market.orders: ")
