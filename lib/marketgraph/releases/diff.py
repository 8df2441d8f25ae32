"""What differs between two releases, table by table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from pyspark.sql import DataFrame

from marketgraph.releases.compare import KeyChange, SchemaChange, key_change, schema_change
from marketgraph.releases.load import Release
from marketgraph.releases.regrouped import CommunityChange, community_change
from marketgraph.side_by_side import side_by_side
from marketgraph.tables import Table
from marketgraph.tables.communities import MEMBERS

# Small tables are bound by planning: a few are compared side by side.
AT_ONCE = 4
NO_COLUMNS, NO_CHANGE = SchemaChange(), KeyChange(0, 0, 0)


@dataclass(frozen=True)
class TableDiff:
    """One table of either release. rows_before, rows_after: None where the release has no such table.

    keys: None where they were not compared: one release lacks the table, or the config knows no key for it.
    """

    table: str
    rows_before: int | None
    rows_after: int | None
    schema: SchemaChange = NO_COLUMNS
    keys: KeyChange | None = None

    def __bool__(self) -> bool:
        return self.rows_before != self.rows_after or bool(self.schema) or bool(self.keys)


@dataclass(frozen=True)
class ReleaseDiff:
    """Two releases and how they differ. communities: None where either has none."""

    before: str
    after: str
    tables: tuple[TableDiff, ...]
    communities: CommunityChange | None


def diff_releases(before: Release, after: Release, contracts: Mapping[str, Table]) -> ReleaseDiff:
    """Compare all that two releases pin. contracts: by full name, for the keys.

    What both pin at one version, of one date, is the same and is not read. Nothing but counts comes to the driver.
    """
    names = list(dict.fromkeys([*before.pins, *after.pins]))
    works = (partial(_table_diff, before, after, name, contracts.get(name)) for name in names)
    tables = tuple(side_by_side(works, AT_ONCE))
    return ReleaseDiff(before.id, after.id, tables, _communities(before, after))


def _table_diff(before: Release, after: Release, name: str, contract: Table | None) -> TableDiff:
    old, new = before.pins.get(name), after.pins.get(name)
    if old is None or new is None:
        return TableDiff(name, old.rows if old else None, new.rows if new else None)
    sliced = contract is None or contract.sliced
    one = (old.table, old.delta_version) == (new.table, new.delta_version)
    # a map that an erasure wrote anew has one version for all dates, each of which reads as many rows as it had
    if one and (before.as_of == after.as_of or (not sliced and old.rows == new.rows)):
        return TableDiff(name, old.rows, new.rows, keys=NO_CHANGE)
    alike = old.schema_hash == new.schema_hash
    frames = tuple(_frame(release, name, alike=alike) for release in (before, after))
    schema = NO_COLUMNS if alike else schema_change(*(frame.schema for frame in frames))
    return TableDiff(name, old.rows, new.rows, schema, _keys(frames, contract))


def _frame(release: Release, name: str, *, alike: bool) -> DataFrame:
    """By the files of the slice where the schema is one, which costs no look into Delta's log; else as it is stored."""
    return release.by_contract(name) if alike else release.stored(name)


def _keys(frames: tuple[DataFrame, ...], contract: Table | None) -> KeyChange | None:
    if contract is None or any(set(contract.key) - set(frame.columns) for frame in frames):
        return None
    return key_change(frames[0], frames[1], contract.key)


def _communities(before: Release, after: Release) -> CommunityChange | None:
    name = MEMBERS.full_name
    if name not in before.pins or name not in after.pins:
        return None
    return community_change(before.by_contract(name), after.by_contract(name))
