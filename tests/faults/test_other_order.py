"""The same input in another order, in other files, under other partitions: the same rows in every table."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from marketgraph.releases.load import load_release
from marketgraph.releases.release import pinned_tables
from marketgraph.stages.release import id_of
from tests.faults.compared import tables_that_differ
from tests.published import order, run

pytestmark = pytest.mark.slow


@pytest.fixture
def five_partitions(spark: SparkSession) -> Iterator[None]:
    """Shuffles into five parts, where the session has two."""
    before = spark.conf.get("spark.sql.shuffle.partitions")
    spark.conf.set("spark.sql.shuffle.partitions", "5")
    yield
    spark.conf.set("spark.sql.shuffle.partitions", str(before))


def test_shuffled_rows_in_other_files_give_the_same_tables(
    spark: SparkSession, published, five_partitions, tmp_path: Path
) -> None:
    root, other = published[0], tmp_path / "warehouse"
    shuffled(spark, root / "raw", other / "raw")
    shutil.copy2(root / "id.key", other / "id.key")
    context, _ = run(spark, order(other))
    ours = load_release(spark, id_of(published[1]), root=str(root))
    theirs = load_release(spark, id_of(context), root=str(other))
    assert {name: pin.rows for name, pin in ours.pins.items()} == {
        name: pin.rows for name, pin in theirs.pins.items()
    }
    assert tables_that_differ(ours, theirs, pinned_tables(context.config)) == []


def shuffled(spark: SparkSession, raw: Path, to: Path) -> None:
    """Each table's rows dealt out anew, to three files; what is no table is copied."""
    to.mkdir(parents=True)
    for place in raw.iterdir():
        if place.is_dir():
            dealt = spark.read.parquet(str(place)).orderBy(F.rand(7)).repartition(3)
            dealt.write.parquet(str(to / place.name))
        else:
            shutil.copy2(place, to / place.name)
