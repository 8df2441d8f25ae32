"""The tables of a release as the report reads them, and which release it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from pyspark.sql import DataFrame, Row

from marketgraph.releases.load import Release, list_releases, load_release
from marketgraph.store import Store
from marketgraph.tables import fixed_tables

UNSLICED = frozenset(table.full_name for table in fixed_tables() if not table.sliced)


@dataclass(frozen=True)
class Shelf:
    """One release. rows: by full name of table. read: the frame of a table that is in `rows`."""

    id: str
    as_of: date
    published_at: datetime | None
    code_version: str
    config_hash: str
    checks_passed: int
    checks_warned: int
    rows: Mapping[str, int]
    read: Callable[[str], DataFrame]

    def has(self, name: str) -> bool:
        """Whether the release has the table."""
        return name in self.rows

    def table(self, name: str) -> DataFrame | None:
        """The table's rows of the release; None when an older code made it, which had no such table."""
        return self.read(name) if self.has(name) else None

    def collect(self, name: str, *order: str) -> list[Row]:
        """The rows of a small table, in order; none when the release has it not."""
        frame = self.table(name)
        return [] if frame is None else frame.orderBy(*order).collect()


def shelf_of(store: Store, release: str) -> Shelf:
    """The release of that id or date (its newest). Raises StoreError when there is none."""
    found = load_release(store.spark, release, root=store.root)
    row = next(row for row in list_releases(store) if row["release_id"] == found.id)
    return _shelf(found, row)


def shelf_before(store: Store, shelf: Shelf, named_after: date | None) -> Shelf | None:
    """The release that this one is compared with.

    named_after: the date that its communities are named after: the newest release of that date, if there is one. Else
    the newest one of the latest date before.
    """
    rows = [row for row in list_releases(store) if row["as_of"] < shelf.as_of]
    of_date = [row for row in rows if row["as_of"] == named_after]
    latest = max((row["as_of"] for row in rows), default=None)
    chosen = of_date or [row for row in rows if row["as_of"] == latest]
    if not chosen:
        return None
    return _shelf(load_release(store.spark, chosen[0]["release_id"], root=store.root), chosen[0])


def _shelf(release: Release, row: Row) -> Shelf:
    return Shelf(
        release.id,
        release.as_of,
        row["published_at"],
        row["code_version"],
        row["config_hash"],
        row["checks_passed"],
        row["checks_warned"],
        {name: pin.rows for name, pin in release.pins.items()},
        _reader(release),
    )


def _reader(release: Release) -> Callable[[str], DataFrame]:
    """A sliced table by the files of its commit, which are known at once; the others as Delta has them."""

    def read(name: str) -> DataFrame:
        return release.table(name) if name in UNSLICED else release.slices([name])

    return read
