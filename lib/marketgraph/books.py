"""The books: for each slice, the write that stands. Kept in memory during a run, appended to Delta per stage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timezone

from pyspark.sql import functions as F

from marketgraph.config import digest
from marketgraph.errors import StoreError
from marketgraph.run import Run
from marketgraph.store import Slice, Store
from marketgraph.tables import Table
from marketgraph.tables.operations import SLICES


class Books:
    """Which write of each slice of one date stands, as of the last look at the warehouse."""

    def __init__(self, store: Store, as_of: date) -> None:
        self._store = store
        self._as_of = as_of
        self._standing = _standing(store, as_of)

    def slice(self, table: Table) -> Slice:
        """The slice of `table` that stands. Raises StoreError when it was never written for this date."""
        if table.full_name not in self._standing:
            raise StoreError(
                f"{self._store.path(table)}: no slice of {table.full_name} for {self._as_of}",
                fix="run the job that writes it for this date first, or the whole pipeline",
            )
        return self._standing[table.full_name]

    def has(self, table: Table) -> bool:
        """Whether a slice of `table` was written for this date."""
        return table.full_name in self._standing

    def stands(self, table: Table, fingerprint: str) -> bool:
        """Whether the slice that stands came of `fingerprint`."""
        held = self._standing.get(table.full_name)
        return held is not None and held.fingerprint == fingerprint

    def next_sequence(self, table: Table) -> int:
        """The number of the slice's next write."""
        held = self._standing.get(table.full_name)
        return held.sequence + 1 if held else 1

    def record(self, slices: Sequence[Slice], run: Run) -> None:
        """Write down what a stage wrote, in one commit."""
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        rows = [
            (s.table, s.as_of, s.sequence, s.fingerprint, s.delta_version, s.rows, run.run_id, now)
            for s in slices
        ]
        frame = self._store.spark.createDataFrame(rows, SLICES.schema)
        app_id = f"{SLICES.full_name}/{digest([run.run_id, rows])}"
        self._store.append(SLICES, frame, app_id=app_id, app_version=1)
        self._standing.update({s.table: s for s in slices})


def _standing(store: Store, as_of: date) -> dict[str, Slice]:
    """The last write of each slice of the date: a row per write and run of the date, so they fit the driver."""
    rows = store.read_or_empty(SLICES).where(F.col("as_of") == F.lit(as_of)).collect()
    standing: dict[str, Slice] = {}
    for row in sorted(rows, key=lambda row: (row["sequence"], row["delta_version"])):
        standing[row["table"]] = Slice(
            row["table"], as_of, row["sequence"], row["fingerprint"], row["delta_version"], row["rows"]
        )
    return standing
