"""Reading releases: the list of them, and the exact tables of one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from marketgraph.errors import StoreError
from marketgraph.quality.checks import CHECKS
from marketgraph.releases.release import Pin
from marketgraph.store import Slice, Store
from marketgraph.tables import SLICE_COLUMN, Table, fixed_tables
from marketgraph.tables.operations import RELEASES
from marketgraph.tables.quality import EDGE_RECOVERY, RING_RANKING

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

        A table whose columns come of the config, as those of features, has the columns of the pinned Delta version; no
        config is asked. Raises StoreError, with the names there are, for a table that the release does not pin.
        """
        if name not in self.pins:
            raise StoreError(f"release {self.id} has no table {name!r}", fix=f"it has {', '.join(self.pins)}")
        fixed = {table.full_name: table for table in fixed_tables()}
        room, _, short = name.partition(".")
        return self._pinned(fixed.get(name) or Table(room, short, grain="", key=(), columns=()))

    def slices(self, names: Sequence[str]) -> DataFrame:
        """The rows of sliced tables of one schema, without as_of, in one frame; a table that is not pinned has none."""
        tables = {t.full_name: t for t in (*fixed_tables(), CHECKS, EDGE_RECOVERY, RING_RANKING)}
        if names[0] not in tables:  # its columns come of a config
            return self.table(names[0]).drop(SLICE_COLUMN)
        held = [(tables[name], self._slice(self.pins[name])) for name in names if name in self.pins]
        return self.store.read_together(tables[names[0]], held)

    def _slice(self, pin: Pin) -> Slice:
        return Slice(pin.table, self.as_of, 0, pin.fingerprint, pin.delta_version, pin.rows)

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
