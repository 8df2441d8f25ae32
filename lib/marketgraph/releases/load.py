"""Reading releases: the list of them, and the exact tables of one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from marketgraph.contracts import contracts_by_name
from marketgraph.errors import StoreError
from marketgraph.evolved import at_contract, at_version
from marketgraph.releases.release import Pin
from marketgraph.releases.standing import Listed, Mark, standing
from marketgraph.slices import Slice
from marketgraph.store import Store
from marketgraph.tables import SLICE_COLUMN, Table, fixed_tables, full_name_of
from marketgraph.tables.operations import MARKS, RELEASES

_FIXED = {table.full_name: table for table in fixed_tables()}
_UNSLICED = frozenset(name for name, table in _FIXED.items() if not table.sliced)
WAREHOUSE_VARIABLE = "MARKETGRAPH_WAREHOUSE"


@dataclass(frozen=True)
class Release:
    """A published release. `table(name)` gives its rows as they were when it was published.

    pins: by full name. contracts: today's, by full name; of tables whose columns come of a config the fixed ones.
    """

    id: str
    as_of: date
    pins: dict[str, Pin]
    store: Store
    config_hash: str = ""
    contracts: Mapping[str, Table] = field(default_factory=contracts_by_name, repr=False, compare=False)

    def table(self, name: str, version: str | None = None) -> DataFrame:
        """The rows of one table of this release, with as_of where it is sliced: `entities.merchants`.

        version: of the contract, such as "1.0": exactly the columns that it had then; today's when None. A table whose
        columns come of the config, as those of features, has the columns of the pinned Delta version; no config is
        asked. Raises StoreError, with the names there are, for a table that the release does not pin; with the
        versions there are, for one that it can't be read at.
        """
        if name not in self.pins:
            raise StoreError(f"release {self.id} has no table {name!r}", fix=f"it has {', '.join(self.pins)}")
        told = self._read_at(name, self.stored(name), Table.named(self.pins[name].table).major, version)
        return told if name in _UNSLICED else told.withColumn(SLICE_COLUMN, F.lit(self.as_of))

    def _read_at(self, name: str, frame: DataFrame, major: int, version: str | None) -> DataFrame:
        contract = self.contracts.get(name)
        history = self.store.history
        if version is not None:
            known = contract or Table.named(name)
            return at_version(frame, known, version, major=major, history=history)
        if contract is None or contract.grows:  # a table of other code, or of a config's columns
            return frame
        return at_contract(frame, contract, major=major, history=history)

    def slices(self, names: Sequence[str]) -> DataFrame:
        """The rows of sliced tables of one schema, without as_of, in one frame; a table that is not pinned has none."""
        tables = {name: table for name, table in self.contracts.items() if not table.grows}
        if names[0] not in tables:  # its columns come of a config
            return self.table(names[0]).drop(SLICE_COLUMN)
        held = [(tables[name], self._slice(self.pins[name])) for name in names if name in self.pins]
        return self.store.read_together(tables[names[0]], held)

    def by_contract(self, name: str) -> DataFrame:
        """The contract's columns of one table, without as_of."""
        return self.table(name) if name in _UNSLICED else self.slices([name])

    def stored(self, name: str) -> DataFrame:
        """The columns that one table had when it was published, whatever its contract says today, without as_of."""
        pin = self.pins[name]
        frame = self.store.read(Table.named(pin.table), version=pin.delta_version)
        if name in _UNSLICED:
            return _FIXED[name].as_numbered(frame, pin.rows)
        return frame.where(F.col(SLICE_COLUMN) == F.lit(self.as_of)).drop(SLICE_COLUMN)

    def _slice(self, pin: Pin) -> Slice:
        return Slice(pin.table, self.as_of, 0, pin.fingerprint, pin.delta_version, pin.rows)


def load_release(spark: SparkSession, release: str, *, root: str | None = None) -> Release:
    """The release of that id, or the one that readers of that date get: its newest, or the one it was rolled back to.

    root: the warehouse; by default $MARKETGRAPH_WAREHOUSE, else ./warehouse. Raises StoreError when there is no
    such release, or maintenance has removed it.
    """
    store = Store(spark, root or os.environ.get(WAREHOUSE_VARIABLE, "warehouse"))
    return opened(store, find_release(store, release, listed_releases(store)))


def opened(store: Store, listed: Listed) -> Release:
    """A release of the list, ready to be read."""
    pins = {full_name_of(p["table"]): Pin(**p.asDict()) for p in listed.row["pins"]}
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
    return store.rows(RELEASES, F.desc("published_at"), F.desc("release_id"))


def read_marks(store: Store) -> list[Mark]:
    """All marks in the order in which they were made: a few small rows."""
    rows = store.rows(MARKS, "sequence")
    return [Mark(**{**row.asDict(), "known": tuple(row["known"])}) for row in rows]
