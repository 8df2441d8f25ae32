"""A reader of a release is in the middle of a table when somebody cleans the warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from py4j.protocol import Py4JJavaError
from pyspark.sql import Row, SparkSession

from marketgraph.delta_tables import quoted
from marketgraph.errors import StoreError
from marketgraph.releases.load import Release, load_release
from marketgraph.releases.maintenance import Upkeep, carry_out_plan, plan, prepare
from marketgraph.spark_failures import failure_told
from marketgraph.tables.communities import LABELS
from tests.releases.days import MONDAY, Warehouse

pytestmark = pytest.mark.slow
VERTICES = [(n, n % 7) for n in range(5000)]
NAME = LABELS.full_name


@pytest.fixture
def days(spark: SparkSession, warehouse: str) -> Warehouse:
    return Warehouse(spark, warehouse)


def published(days: Warehouse, labels: list[tuple[int, int]]) -> Release:
    made_by = f"{len(labels)} labels of which the first is {labels[0][1]}"
    return load_release(days.spark, days.publish(MONDAY, made_by, {LABELS: labels}), root=days.root)


def begun(release: Release) -> tuple[Iterator[Row], list[Row]]:
    """A read that has its first row, while most parts of the table are not read yet."""
    rows = release.table(NAME).repartition(16).sortWithinPartitions("vertex_id").toLocalIterator()
    return rows, [next(rows)]


def test_a_read_goes_on_while_the_warehouse_is_maintained_and_vacuumed(days: Warehouse) -> None:
    published(days, [(n, 99) for n in range(5000)])  # will be replaced, so that there is something to remove
    release = published(days, VERTICES)
    rows, seen = begun(release)
    upkeep = Upkeep(keep=0, older_than=timedelta(0))
    prepare(days.store)
    found = plan(days.store, upkeep)
    carry_out_plan(days.store, found, upkeep)
    assert sum(sweep.freed for sweep in found.sweeps) > 0
    days.spark.sql(f"VACUUM {quoted(days.store.path(LABELS))}").collect()
    assert sorted((r["vertex_id"], r["label"]) for r in [*seen, *rows]) == VERTICES


def test_a_vacuum_that_takes_files_from_under_a_reader_is_an_error_and_never_fewer_rows(
    days: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = published(days, VERTICES)
    frame = release.table(NAME)
    assert frame.columns  # the reader has its plan, and its list of files
    published(
        days, [(0, 1)]
    )  # replaces the slice: the files of the first release are out of the newest version
    spark, table = days.spark, quoted(days.store.path(LABELS))
    spark.sql(
        f"ALTER TABLE {table} SET TBLPROPERTIES ('delta.deletedFileRetentionDuration' = 'interval 0 hours')"
    )
    before = set(Path(days.root).rglob("*.parquet"))
    spark.conf.set("spark.databricks.delta.retentionDurationCheck.enabled", "false")
    try:
        spark.sql(f"VACUUM {table} RETAIN 0 HOURS").collect()
    finally:
        spark.conf.unset("spark.databricks.delta.retentionDurationCheck.enabled")
    gone = before - set(Path(days.root).rglob("*.parquet"))
    assert gone
    with pytest.raises(Py4JJavaError) as failed:
        frame.collect()
    told = failure_told(failed.value)
    assert isinstance(told, StoreError)
    assert "the file is gone" in str(told)
    assert any(file.name in str(told) for file in gone)
