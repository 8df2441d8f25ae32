"""A disk that is full in the middle of a stage: one message, nothing recorded, and a rerun once there is room."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from marketgraph.books import Books
from marketgraph.store import Store
from marketgraph.tables.sources import SOURCE_TABLES
from tests.stages.test_bad_input import assert_told, run, shop

pytestmark = pytest.mark.slow
__all__ = ["shop"]  # a fixture
DAY = date(2018, 3, 1)  # what `run` is asked for


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 100 KiB in memory, where the warehouse will be; a stage of the shop writes three times that."""
    place = tmp_path / "warehouse"
    place.mkdir()
    mounted = system("mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(place))
    if mounted.returncode:
        pytest.skip(f"this user may not mount a disk of its own here: {mounted.stderr.strip()}")
    yield place
    assert system("umount", "--lazy", str(place)).returncode == 0


def test_a_full_disk_is_one_message_and_a_rerun_goes_on_once_there_is_room(
    spark: SparkSession, small_disk: Path, shop: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(shop, job="conform_sources") == 4
    told = capfd.readouterr().err
    assert_told(told[told.rindex("error: ") :], "no space is left on a disk", "store.root")
    store = Store(spark, str(small_disk))
    assert [table.name for table in SOURCE_TABLES if Books(store, DAY).has(table)] == []
    assert system("mount", "-o", "remount,size=64m", str(small_disk)).returncode == 0
    assert run(shop, job="conform_sources") == 0
    books = Books(store, DAY)
    rows = {table.name: books.slice(table).rows for table in SOURCE_TABLES}
    assert (rows["merchants"], rows["orders"], rows["identifiers"]) == (2, 2, 2)
    for table in SOURCE_TABLES:
        assert store.read_slice(table, books.slice(table)).count() == rows[table.name]


def system(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)
