"""What an export reads: the tables of one published release, with their contracts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame

from marketgraph.errors import StoreError
from marketgraph.releases.load import Release
from marketgraph.tables import SLICE_COLUMN, Table
from marketgraph.tables.entities import ENTITY_TABLES

# The rooms whose tables come of the config.
_KEYS = {"features": ("vertex_id",), "training": ("vertex_id", "moment")}


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


def snapshot_of(release: Release, tables: Iterable[Table]) -> Snapshot:
    """The release for an export. tables: the contracts in force, which tell what columns mean."""
    contracts = contracts_of(release.pins, tables)
    rows = {name: release.pins[name].rows for name in contracts}

    def read(name: str) -> DataFrame:
        return release.table(name).drop(SLICE_COLUMN)

    return Snapshot(release.id, release.as_of, contracts, rows, read)


def contracts_of(names: Iterable[str], tables: Iterable[Table]) -> dict[str, Table]:
    """The contract of each table of a release, in the order of its pins.

    A table of features or examples that the config in force does not know (the release was made by another) has a bare
    one: its key, and nothing said of its columns. Other tables that nobody knows are left out.
    """
    known = {table.full_name: table for table in tables}
    bare = {name: _bare(name) for name in names if name not in known and name.split(".")[0] in _KEYS}
    return {name: (known | bare)[name] for name in names if name in known or name in bare}


def _bare(name: str) -> Table:
    room, _, short = name.partition(".")
    return Table(room, short, grain="one row per " + " and ".join(_KEYS[room]), key=_KEYS[room], columns=())
