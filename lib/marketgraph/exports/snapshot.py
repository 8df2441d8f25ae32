"""What an export reads: the tables of one published release, with their contracts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame

from marketgraph.errors import StoreError
from marketgraph.releases.load import Release
from marketgraph.releases.release import pinned_tables
from marketgraph.tables import SLICE_COLUMN, Table
from marketgraph.tables.entities import ENTITY_TABLES


@dataclass(frozen=True)
class Snapshot:
    """A release as exports see it.

    contracts: of the tables that it has, by full name. rows: how many each table has. read: the rows of one table,
    without the slice column; asked once per table, for opening a Delta table costs time.
    """

    release: str
    as_of: date
    contracts: Mapping[str, Table]
    rows: Mapping[str, int]
    read: Callable[[str], DataFrame]

    def __contains__(self, name: str) -> bool:
        return name in self.contracts

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of entities that the release has a table of, in the catalogue's order."""
        return tuple(kind for kind, table in ENTITY_TABLES.items() if table.full_name in self.contracts)

    def require(self, *names: str) -> None:
        """Raises StoreError when the release lacks one of the tables."""
        missing = [name for name in names if name not in self.contracts]
        if missing:
            raise StoreError(
                f"release {self.release} has no table {', '.join(missing)}",
                fix="publish a release with it (marketgraph run), or take another --format",
            )


def snapshot_of(release: Release, tables: tuple[Table, ...] | None = None) -> Snapshot:
    """The release for an export. tables: the contracts in force, where they are not those of the catalogue."""
    known = {table.full_name: table for table in tables or pinned_tables()}
    contracts = {name: known[name] for name in release.pins if name in known}
    rows = {name: release.pins[name].rows for name in contracts}

    def read(name: str) -> DataFrame:
        return release.table(name).drop(SLICE_COLUMN)

    return Snapshot(release.id, release.as_of, contracts, rows, read)
