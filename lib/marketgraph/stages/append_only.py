"""Adding to a map that is never renumbered, while other runs may add to it too."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import DataFrame

from marketgraph.errors import StoreError
from marketgraph.slices import Slice
from marketgraph.stages.stage import Work
from marketgraph.tables import Table

ATTEMPTS = 5


def with_new_rows(work: Work, table: Table, number: Callable[[DataFrame], DataFrame]) -> DataFrame:
    """The map with all that `number` finds missing in it, at the version that the stage then pins.

    number: what is to be added to the map as it stands, at its contract. The rows that were read are the application
    transaction of the append: when another run has added rows in between, Delta skips ours, and the numbering starts
    again from what is there now. The version would not do: a compaction takes one, and changes no number.
    """
    store = work.context.store
    for _ in range(ATTEMPTS):
        version = store.version(table)
        known = store.read_or_empty(table)
        landed = _append(work, table, number(known), version, known)
        if landed >= 0:
            work.slices.append(_as_slice(work, table, landed))
            return store.read(table, version=landed)
    raise StoreError(
        f"{store.path(table)}: other runs added to it {ATTEMPTS} times in a row",
        fix="run again when fewer dates are running at once",
    )


def _append(work: Work, table: Table, new: DataFrame, version: int, known: DataFrame) -> int:
    """The version that holds all rows; -1 when another run was faster. known: what it was numbered after."""
    if version >= 0 and new.isEmpty():
        # that of before may be older than the rows that were read: another run can have added them in between
        return work.context.store.version(table)
    work.context.books.refuse_erased_since()
    after = (
        known.count() + 2 if version >= 0 else 1
    )  # above that of an append before, which may have had no row
    commit = work.context.store.append(table, new, app_id=table.full_name, app_version=after)
    return -1 if commit is None else commit.version


def _as_slice(work: Work, table: Table, version: int) -> Slice:
    sequence = work.context.books.next_sequence(table)
    rows = work.context.store.read(table, version=version).count()
    return Slice(table.full_name, work.run.as_of, sequence, work.fingerprint, version, rows)
