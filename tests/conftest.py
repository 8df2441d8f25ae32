"""One Spark session for the whole run, a warehouse for each test, the real data where CI gives it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyspark
import pytest
from pyspark.sql import SparkSession

from marketgraph.file_modes import keep_from_others
from marketgraph.jars import read_lock
from marketgraph.jobs import run_pipeline
from marketgraph.session import build_session
from marketgraph.spark_settings import SparkSettings
from marketgraph.stages.stage import Context
from tests.published import DATES, made_once, opened, order, run
from tests.time_box import UNTIL, in_the_box, time_is_up

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order of tests where time is limited."""
    if UNTIL:
        items.sort(key=in_the_box)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What asks GraphFrames is skipped where there is no jar of it for this Spark; slow tests when time is up."""
    if time_is_up(item):
        pytest.skip(f"no time was left for {item.location[0]} (tests/time_box.py)")
    if item.get_closest_marker("graphframes") and "graphframes" not in {jar.part for jar in read_lock()}:
        pytest.skip(f"no GraphFrames for Spark {pyspark.__version__[0]} here")


@pytest.fixture(scope="session", autouse=True)
def kept_from_others() -> None:
    """As each command begins; the JVM has it from here too."""
    keep_from_others()


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
def published(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Context]:
    """A warehouse after one run of the pipeline on a small synthetic marketplace (a minute): to be read only."""
    root = made_once("published", tmp_path_factory, lambda root: run(spark, order(root)))
    return root, opened(spark, order(root))


@pytest.fixture(scope="session")
def followed(spark: SparkSession, published, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same warehouse after a second run, ten days later, with the report that a run ends with: to be read."""

    def follow(root: Path) -> None:
        shutil.copytree(published[0], root)
        run_pipeline(order(root, DATES[1], "exports.formats=[]"))

    return made_once("followed", tmp_path_factory, follow)


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
