"""The books: for each slice, the write that stands. Kept in memory during a run, appended to Delta per stage.

Two runs of one date may be at work at once. Each record is the application transaction (date, rows of the date in the
books so far + 1), so that Delta skips the record of a run that has not seen what another has recorded. That run then
looks: was a slice of its own written by the other from other inputs or settings, it says so and stops; the other wins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timezone

from pyspark.sql import functions as F

from marketgraph.delta_races import ATTEMPTS, ONE_AT_A_TIME
from marketgraph.errors import StoreError
from marketgraph.run import Run
from marketgraph.slices import Slice
from marketgraph.store import Store
from marketgraph.tables import Table, full_name_of
from marketgraph.tables.operations import ERASED, SLICES


class Books:
    """Which write of each slice of one date stands, as of the last look at the warehouse."""

    def __init__(self, store: Store, as_of: date) -> None:
        self._store = store
        self._as_of = as_of
        self._erasures = store.version(ERASED)  # of their table
        self._standing, self._recorded = _look(store, as_of)

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
        """Write down what a stage wrote, in one commit.

        Raises StoreError when another run has recorded one of the slices since these books were opened, from other
        inputs or settings; then nothing is written down. What a twin recorded, from the very same, is taken over.
        Raises StoreError also when an erasure has begun since: what this run has read may hold what is to go.
        """
        self.refuse_erased_since()
        for _ in range(ATTEMPTS):
            if self._append(slices, run):
                self._landed(slices)
                # an erasure that began in between has either seen these slices, or is seen here
                self.refuse_erased_since()
                return
            slices = self._without_twins(slices)
            if not slices:
                return
        raise StoreError(
            f"{self._store.path(SLICES)}: Delta skipped {ATTEMPTS} records of {self._as_of} as repeated transactions",
            fix=ONE_AT_A_TIME,
        )

    def take_place(self, before: Sequence[Slice], after: Sequence[Slice], run: Run) -> bool:
        """Record slices in place of those they were made of; False where others stand by now.

        before, after: in one order. Each of `after` has the fingerprint of the one before, and its number + 1.
        """
        if any(self._standing.get(one.table) != one for one in before) or not self._append(after, run):
            return False
        self._landed(after)
        return True

    def refuse_erased_since(self) -> None:
        """Raises StoreError when an erasure has begun since these books were opened, or one at work then has ended.

        One that is still at work will look at what this run has recorded; one that has ended did so too early.
        """
        before, now = self._erasures, self._store.version(ERASED)
        if now != before and _missed(_erasures_at(self._store, before), _erasures_at(self._store, now)):
            raise StoreError(
                f"{self._store.path(ERASED)}: an entity was erased while this run of {self._as_of} was at work, which "
                "has read it",
                fix="give the same `marketgraph erase` once more, then run again",
            )

    def _landed(self, slices: Sequence[Slice]) -> None:
        self._recorded += len(slices)
        self._standing.update({full_name_of(s.table): s for s in slices})

    def _append(self, slices: Sequence[Slice], run: Run) -> bool:
        """Whether the record has landed; it has not when another run has recorded something of this date."""
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        rows = [
            (s.table, s.as_of, s.sequence, s.fingerprint, s.delta_version, s.rows, run.run_id, now)
            for s in slices
        ]
        frame = self._store.spark.createDataFrame(rows, SLICES.schema)
        app_id = f"{SLICES.full_name}/{self._as_of}"
        return self._store.append(SLICES, frame, app_id=app_id, app_version=self._recorded + 1) is not None

    def _without_twins(self, slices: Sequence[Slice]) -> list[Slice]:
        """Look anew: what is left to record. Slices of other stages stay as this run has known them."""
        standing, self._recorded = _look(self._store, self._as_of)
        left = []
        for written in slices:
            name = full_name_of(written.table)
            theirs = standing.get(name)
            if theirs is None or theirs == self._standing.get(name):
                left.append(written)
            elif theirs.fingerprint == written.fingerprint:
                self._standing[name] = theirs
            else:
                raise StoreError(
                    f"{written.table}: another run recorded its slice {self._as_of} meanwhile, of other "
                    "inputs or settings",
                    fix=ONE_AT_A_TIME,
                )
        return left


def _erasures_at(store: Store, version: int) -> tuple[set[str], set[str]]:
    """Hashes of the entities whose erasure had begun as of a version of their table, and of those it had ended for."""
    rows = store.read(ERASED, version=version).select("action", "hash").collect() if version >= 0 else []
    return {row["hash"] for row in rows}, {row["hash"] for row in rows if row["action"] == "done"}


def _missed(before: tuple[set[str], set[str]], now: tuple[set[str], set[str]]) -> bool:
    """Whether what was read before may hold what nobody will look for any more."""
    (begun, done), (begun_now, done_now) = before, now
    return bool(begun_now - begun or (begun - done) & done_now)


def standing_slices(store: Store, as_of: date | None = None) -> list[Slice]:
    """The last write of each slice, of one date or of all: a small row for each table and date."""
    return [held for held, _ in _looked_up(store, as_of)]


def _look(store: Store, as_of: date) -> tuple[dict[str, Slice], int]:
    """The last write of each slice of the date, and how many rows of the date there are."""
    found = _looked_up(store, as_of)
    return {full_name_of(held.table): held for held, _ in found}, found[0][1] if found else 0


def _looked_up(store: Store, as_of: date | None) -> list[tuple[Slice, int]]:
    """The last write of each slice, with the number of rows of its date. All rows are read: they are small."""
    asked = F.lit(True) if as_of is None else F.col("as_of") == F.lit(as_of)
    rows = store.read_or_empty(SLICES).where(asked).collect()
    recorded = Counter(row["as_of"] for row in rows)
    last = {
        (full_name_of(row["table"]), row["as_of"]): row
        for row in sorted(rows, key=lambda row: (row["sequence"], row["delta_version"]))
    }
    return [
        (
            Slice(r["table"], r["as_of"], r["sequence"], r["fingerprint"], r["delta_version"], r["rows"]),
            recorded[r["as_of"]],
        )
        for r in last.values()
    ]
