"""A release whose row is lost is told: Delta would skip its second publication as a repeated transaction."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from delta.tables import DeltaTable
from pyspark.sql import SparkSession

from marketgraph.errors import StoreError
from marketgraph.releases.load import list_releases
from marketgraph.stages import release
from marketgraph.stages.stage import Context, run_stage
from marketgraph.store import Store
from marketgraph.tables.operations import RELEASES
from tests.published import DATES

pytestmark = pytest.mark.slow


@pytest.fixture
def again(spark: SparkSession, published, tmp_path: Path) -> Context:
    """The run that published the release, begun once more in a copy of its warehouse."""
    copied = shutil.copytree(
        published[0], tmp_path / "warehouse", ignore=shutil.ignore_patterns("raw", "exports", "report*")
    )
    return replace(published[1], store=Store(spark, str(copied)))


def test_a_release_that_is_there_is_not_published_twice(again: Context) -> None:
    before = list_releases(again.store)
    run_stage(release.STAGE, again)
    assert list_releases(again.store) == before


def test_a_release_that_delta_would_skip_is_told(again: Context) -> None:
    DeltaTable.forPath(again.spark, again.store.path(RELEASES)).delete()
    with pytest.raises(StoreError, match=f"Delta skipped the release of {DATES[0]}") as told:
        run_stage(release.STAGE, again)
    assert "restore it from a copy" in told.value.fix
