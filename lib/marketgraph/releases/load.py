"""Reading releases: the list of them, and the exact tables of one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from marketgraph.delta_log import read_commit
from marketgraph.errors import StoreError
from marketgraph.releases.release import Pin, pinned_tables
from marketgraph.store import Store
from marketgraph.tables import SLICE_COLUMN, Table
from marketgraph.tables.operations import RELEASES

WAREHOUSE_VARIABLE = "MARKETGRAPH_WAREHOUSE"


@dataclass(frozen=True)
class Release:
    """A published release. `table(name)` gives its rows as they were when it was published."""

    id: str
    as_of: date
    pins: dict[str, Pin]
    store: Store
    config_hash: str = ""

    def table(self, name: str) -> DataFrame:
        """The rows of one table of this release, with as_of where it is sliced: `entities.merchants`.

        Raises StoreError, with the names there are, for a table that the release does not pin.
        """
        tables = {t.full_name: t for t in pinned_tables()}
        if name not in self.pins or name not in tables:
            raise StoreError(f"release {self.id} has no table {name!r}", fix=f"it has {', '.join(self.pins)}")
        return self._pinned(tables[name])

    def files(self, name: str) -> tuple[str, ...] | None:
        """The data files of a sliced table of this release; None where its commit is no longer in the log.

        A write replaces one slice whole, so the files of its commit are the slice. Known at once, while Delta would
        first put the table together from its log, which takes Spark jobs.
        """
        table = {t.full_name: t for t in pinned_tables()}[name]
        path = self.store.path(table)
        try:
            commit = read_commit(self.store.spark, path, self.pins[name].delta_version)
        except StoreError:
            return None
        return tuple(f"{path}/{file}" for file in commit.files)

    def slices(self, names: Sequence[str]) -> DataFrame:
        """The rows of sliced tables of one schema, without as_of, in one frame; a table that is not pinned has none."""
        tables = {t.full_name: t for t in pinned_tables()}
        held = {name: self.files(name) for name in names if name in self.pins and self.pins[name].rows}
        files = [file for found in held.values() for file in found or ()]
        first = tables[names[0]]
        spark = self.store.spark
        frames = [first.conform(self._pinned(tables[name])) for name, found in held.items() if found is None]
        if files:
            frames.append(first.conform(spark.read.schema(first.schema).parquet(*files)))
        return reduce(DataFrame.unionByName, frames) if frames else spark.createDataFrame([], first.schema)

    def _pinned(self, table: Table) -> DataFrame:
        frame = self.store.read(table, version=self.pins[table.full_name].delta_version)
        return frame.where(F.col(SLICE_COLUMN) == F.lit(self.as_of)) if table.sliced else frame


def load_release(spark: SparkSession, release: str, *, root: str | None = None) -> Release:
    """The release of that id, or of that date (its newest one).

    root: the warehouse; by default $MARKETGRAPH_WAREHOUSE, else ./warehouse. Raises StoreError when there is no
    such release.
    """
    store = Store(spark, root or os.environ.get(WAREHOUSE_VARIABLE, "warehouse"))
    listed = list_releases(store)
    found = [row for row in listed if release in (row["release_id"], str(row["as_of"]))]
    if not found:
        known = ", ".join(row["release_id"] for row in listed[:5]) or "none"
        raise StoreError(f"{store.root}: no release {release!r}", fix=f"choose one of the newest: {known}")
    row = found[0]
    pins = {p["table"]: Pin(**p.asDict()) for p in row["pins"]}
    return Release(row["release_id"], row["as_of"], pins, store, row["config_hash"])


def list_releases(store: Store) -> list[Row]:
    """The rows of all releases, newest publication first: one small row per release."""
    return store.read_or_empty(RELEASES).orderBy(F.desc("published_at"), F.desc("release_id")).collect()
