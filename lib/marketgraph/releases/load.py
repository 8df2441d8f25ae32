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
from marketgraph.releases.standing import Listed, Mark, standing
from marketgraph.store import Slice, Store
from marketgraph.tables import SLICE_COLUMN, Table, fixed_tables
from marketgraph.tables.operations import MARKS, RELEASES
from marketgraph.tables.quality import EDGE_RECOVERY, RING_RANKING

_FIXED = {table.full_name: table for table in fixed_tables()}
_UNSLICED = frozenset(name for name, table in _FIXED.items() if not table.sliced)
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
        return self._pinned(_FIXED.get(name) or Table.named(name))

    def slices(self, names: Sequence[str]) -> DataFrame:
        """The rows of sliced tables of one schema, without as_of, in one frame; a table that is not pinned has none."""
        tables = {t.full_name: t for t in (*fixed_tables(), CHECKS, EDGE_RECOVERY, RING_RANKING)}
        if names[0] not in tables:  # its columns come of a config
            return self.table(names[0]).drop(SLICE_COLUMN)
        held = [(tables[name], self._slice(self.pins[name])) for name in names if name in self.pins]
        return self.store.read_together(tables[names[0]], held)

    def by_contract(self, name: str) -> DataFrame:
        """The contract's columns of one table, without as_of."""
        return self.table(name) if name in _UNSLICED else self.slices([name])

    def stored(self, name: str) -> DataFrame:
        """The columns that one table had when it was published, whatever its contract says today, without as_of."""
        frame = self.store.read(Table.named(name), version=self.pins[name].delta_version)
        return (
            _FIXED[name].as_numbered(frame, self.pins[name].rows)
            if name in _UNSLICED
            else frame.where(F.col(SLICE_COLUMN) == F.lit(self.as_of)).drop(SLICE_COLUMN)
        )

    def _slice(self, pin: Pin) -> Slice:
        return Slice(pin.table, self.as_of, 0, pin.fingerprint, pin.delta_version, pin.rows)

    def _pinned(self, table: Table) -> DataFrame:
        pin = self.pins[table.full_name]
        frame = self.store.read(table, version=pin.delta_version)
        if table.sliced:
            return frame.where(F.col(SLICE_COLUMN) == F.lit(self.as_of))
        return table.as_numbered(frame, pin.rows)


def load_release(spark: SparkSession, release: str, *, root: str | None = None) -> Release:
    """The release of that id, or the one that readers of that date get: its newest, or the one it was rolled back to.

    root: the warehouse; by default $MARKETGRAPH_WAREHOUSE, else ./warehouse. Raises StoreError when there is no
    such release, or maintenance has removed it.
    """
    store = Store(spark, root or os.environ.get(WAREHOUSE_VARIABLE, "warehouse"))
    return opened(store, find_release(store, release, listed_releases(store)))


def opened(store: Store, listed: Listed) -> Release:
    """A release of the list, ready to be read."""
    pins = {p["table"]: Pin(**p.asDict()) for p in listed.row["pins"]}
    return Release(listed.id, listed.as_of, pins, store, listed.row["config_hash"])


def find_release(store: Store, name: str, listed: Sequence[Listed]) -> Listed:
    """The one of that id, or the one that readers of that date get. Raises StoreError as `load_release` does."""
    found = [one for one in listed if name == one.id or (one.current and name == str(one.as_of))]
    if not found:
        known = ", ".join([one.id for one in listed if not one.removed][:5]) or "none"
        raise StoreError(f"{store.root}: no release {name!r}", fix=f"choose one of the newest: {known}")
    if found[0].removed:
        when = found[0].removed.marked_at
        raise StoreError(
            f"{store.root}: release {found[0].id} was removed by maintenance on {when:%Y-%m-%d}",
            fix=f"readers of {found[0].as_of} get the one that took its place: give the date for the release",
        )
    return found[0]


def list_releases(store: Store) -> list[Row]:
    """The row of each release, the last published first: one small row per release."""
    return [one.row for one in listed_releases(store)]


def listed_releases(store: Store, marks: Sequence[Mark] | None = None) -> list[Listed]:
    """Each release and how it stands, the last published first. marks: those to go by, when they were read already."""
    return standing(read_publications(store), read_marks(store) if marks is None else marks)


def read_publications(store: Store) -> list[Row]:
    """All rows of `releases.releases`, the last published first: one small row per publication."""
    return store.read_or_empty(RELEASES).orderBy(F.desc("published_at"), F.desc("release_id")).collect()


def read_marks(store: Store) -> list[Mark]:
    """All marks in the order in which they were made: a few small rows."""
    rows = store.read_or_empty(MARKS).orderBy("sequence").collect()
    return [Mark(**{**row.asDict(), "known": tuple(row["known"])}) for row in rows]
