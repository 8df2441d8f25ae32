"""One Spark session for the whole run, a warehouse for each test, the real data where CI gives it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from marketgraph.session import build_session
from marketgraph.spark_settings import SparkSettings
from marketgraph.stages.stage import Context, StageResult
from tests.published import order, run

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """A session as the product builds it, small."""
    plain = {
        "spark.sql.adaptive.enabled": "false"
    }  # as in conf/local.yml: small frames are bound by planning
    settings = SparkSettings(
        master="local[2]", driver_memory="4g", shuffle_partitions=2, generated_code="quick", extra=plain
    )
    session = build_session(settings, app_name="marketgraph tests")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def published(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Context, list[StageResult]]:
    """A warehouse after one run of the pipeline on a small synthetic marketplace, made once (a minute)."""
    root = tmp_path_factory.mktemp("pipeline") / "warehouse"
    return (root, *run(spark, order(root)))


@pytest.fixture
def warehouse(tmp_path: Path) -> str:
    """Root of an empty warehouse."""
    return str(tmp_path / "warehouse")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder with real data and independent answers, named by MARKETGRAPH_DATA (CI sets it)."""
    given = os.environ.get("MARKETGRAPH_DATA")
    if not given:
        pytest.skip("MARKETGRAPH_DATA is not set: no real data here")
    return Path(given).resolve()
