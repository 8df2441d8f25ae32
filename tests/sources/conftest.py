from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from tests.sources.shop import Shop


@pytest.fixture
def shop(spark: SparkSession, tmp_path: Path) -> Shop:
    """An empty data folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    return Shop(spark, folder)
