"""The small shop, and its exports: each format is written once for all the tests that look into it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from marketgraph.exports.export import export
from marketgraph.exports.snapshot import Snapshot
from tests.exports import shop


@pytest.fixture(scope="session")
def snapshot(spark: SparkSession) -> Snapshot:
    """The release of the small shop."""
    return shop.shop(spark)


@pytest.fixture(scope="session")
def exported(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of the shop's export in a format. Files have at most two rows, so that each kind has several."""

    @cache
    def written(name: str) -> Path:
        folder = tmp_path_factory.mktemp("exports") / name
        export(snapshot, name, folder, rows_of_a_file=2)
        return folder

    return written
