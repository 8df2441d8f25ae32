"""The tables of a release as the report reads them, and which release it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from pyspark.sql import DataFrame, Row

from marketgraph.quality.checks import CHECKS
from marketgraph.releases.load import Release, find_release, listed_releases, opened
from marketgraph.store import Store


@dataclass(frozen=True)
class Shelf:
    """One release. rows: by full name of table. read: the frame of a table that is in `rows`. gate: its fingerprint."""

    id: str
    as_of: date
    published_at: datetime | None
    code_version: str
    config_hash: str
    checks_passed: int
    checks_warned: int
    rows: Mapping[str, int]
    read: Callable[[str], DataFrame]
    gate: str = ""

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
    """The release of that id, or the one that readers of that date get. Raises StoreError when there is none."""
    found = find_release(store, release, listed_releases(store))
    return _shelf(opened(store, found), found.row)


def shelf_before(store: Store, shelf: Shelf, named_after: date | None) -> Shelf | None:
    """The release that this one is compared with.

    named_after: the date that its communities are named after: the one that readers of that date get, if there is one.
    Else the one that they get of the latest date before.
    """
    earlier = {one.as_of: one for one in listed_releases(store) if one.current and one.as_of < shelf.as_of}
    if not earlier:
        return None
    chosen = earlier[named_after if named_after in earlier else max(earlier)]
    return _shelf(opened(store, chosen), chosen.row)


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
        release.by_contract,
        release.pins[CHECKS.full_name].fingerprint if CHECKS.full_name in release.pins else "",
    )
