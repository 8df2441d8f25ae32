"""Rows of an older contract at a newer one: what was added reads as its default, what changed is migrated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.errors import StoreError
from marketgraph.tables import Table
from marketgraph.tables.evolution import Change, Kept, differences, kept
from marketgraph.tables.migrations import History, Migration
from marketgraph.tables.record import COMMAND

PATH = "docs/contracts.md tells how a contract changes"


def at_contract(frame: DataFrame, table: Table, *, major: int, history: History) -> DataFrame:
    """The columns of `table` in their order. frame: as stored at version `major`.x; what more it has is left out.

    Raises StoreError that names table, columns and both types where rows of that version can't be read as today's.
    """
    if major == table.major:
        return filled(frame, kept(table.columns), table)
    for migration in migrations_from(table, major, history):
        frame = _migrated(_as_recorded(frame, table, migration.before, history), migration)
    return filled(frame, kept(table.columns), table)


def at_version(frame: DataFrame, table: Table, version: str, *, major: int, history: History) -> DataFrame:
    """The columns that `table` had by that version of its contract; later ones are dropped.

    frame: as stored at version `major`.x. Of a table of configurable columns (`grows`) those that no contract fixes are
    kept as they are. Raises StoreError, with the versions that it can be read at, for any other.
    """
    record, name = history.record, table.full_name
    can = readable(name, major, history)
    if version not in can:
        known = "" if version in record.versions(name) else ", which its contract never had"
        raise StoreError(
            f"{name}: rows written at version {major}.x can't be read at version {version}{known}",
            fix=f"they can be read at {', '.join(can) or 'no version that the record knows'}; {PATH}",
        )
    after = int(version.partition(".")[0])
    for migration in history.path(name, major, after) or ():
        frame = _migrated(_as_recorded(frame, table, migration.before, history), migration)
    free = _free(frame, table, history)
    return filled(frame, record.tables[name][version], replace(table, version=version), also=free)


def readable(full_name: str, major: int, history: History) -> list[str]:
    """The versions at which rows of a major version can be read: its own, and those that migrations lead to."""
    told = [(one, int(one.partition(".")[0])) for one in history.record.versions(full_name)]
    return [one for one, to in told if to >= major and history.path(full_name, major, to) is not None]


def migrations_from(table: Table, major: int, history: History) -> Sequence[Migration]:
    """Those from an older major version to the contract's, in their order.

    Raises StoreError that names table, columns and both types where one is not declared, or the rows are of newer code.
    """
    if major > table.major:
        raise StoreError(
            f"{table.full_name}: its rows are of version {major} of the contract, this code knows {table.version}",
            fix="read them by the code that wrote them, or newer",
        )
    path = history.path(table.full_name, major, table.major)
    if path is None:
        old = history.record.latest(table.full_name, major) or ()
        what = [one for one in differences(old, kept(table.columns)) if one.change is Change.MAJOR]
        raise StoreError(
            f"{table.full_name}: there are slices of version {major} of the contract, now {table.version}, and "
            f"no migration is declared: {'; '.join(map(str, what))}",
            fix="declare one in lib/marketgraph/tables/migrations.py, or write to another warehouse (store.root): "
            + PATH,
        )
    return path


def filled(frame: DataFrame, columns: Iterable[Kept], table: Table, *, also: Sequence[str] = ()) -> DataFrame:
    """Exactly these columns, and `also`; one that is not there is null or its default.

    A column with a default is the default where it is null too: it never is null in rows that were written with it.
    Raises StoreError for one that has another type, or is not there and has no default.
    """
    found = {field.name: field.dataType.simpleString() for field in frame.schema.fields}
    wrong = [fault for c in columns if (fault := _fault(c, found.get(c.name)))]
    if wrong:
        raise StoreError(
            f"{table.full_name}: the stored rows can't be read at version {table.version} of its contract: "
            + "; ".join(wrong),
            fix=f"read it by the code that wrote it, or declare a migration: {PATH}",
        )
    return frame.select(
        *[_filled(column, found) for column in columns], *[F.col(_quoted(name)) for name in also]
    )


def require_evolves(table: Table, stored: Iterable[Kept], *, version: str | None, path: str) -> bool:
    """Whether the table at `path` has to take new columns; its own slices are then read as before.

    stored: its columns as they are. version: of the contract as last written, None where that can't be told.
    Raises StoreError, before anything is written, for a change that its contract's version does not allow.
    """
    contract = {c.name: c for c in kept(table.columns)}
    newer = version is None or int(version.partition(".")[2]) > table.minor  # or may be
    # whether a stored column may be null Delta does not know: it is as the contract says
    old = [
        Kept(c.name, c.type, contract[c.name].nullable, contract[c.name].default) if c.name in contract else c
        for c in stored
        if c.name in contract or not newer
    ]
    found = differences(old, contract.values())
    told = [one for one in found if one.change is Change.MAJOR or version == table.version]
    if told:
        raise StoreError(
            f"{path}: {table.full_name} is written at version {table.version} of its contract, but "
            + "; ".join(map(str, told)),
            fix=f"raise the contract's version, then {COMMAND}: {PATH}",
        )
    return bool(found)


def _as_recorded(frame: DataFrame, table: Table, major: int, history: History) -> DataFrame:
    """At the last version of a major one, which is what its migration reads."""
    columns = history.record.latest(table.full_name, major)
    return frame if columns is None else filled(frame, columns, table, also=_free(frame, table, history))


def _free(frame: DataFrame, table: Table, history: History) -> list[str]:
    if not table.grows:
        return []
    fixed = {c.name for told in history.record.tables.get(table.full_name, {}).values() for c in told}
    return [name for name in frame.columns if name not in fixed]


def _migrated(frame: DataFrame, migration: Migration) -> DataFrame:
    kept_as_is = [
        name for name in frame.columns if name not in migration.dropped and name not in migration.made
    ]
    made = [F.expr(expression).alias(name) for name, expression in migration.made.items()]
    try:
        return frame.select(*[F.col(_quoted(name)) for name in kept_as_is], *made)
    except AnalysisException as error:
        raise StoreError(
            f"{migration.table}: its migration from version {migration.before} does not fit the rows: "
            f"{str(error).splitlines()[0]}",
            fix="mend it in lib/marketgraph/tables/migrations.py",
        ) from error


def _fault(column: Kept, found: str | None) -> str | None:
    if found is None:
        return (
            None
            if column.may_be_missing
            else f"column {column.name} ({column.type}) is not there and has no default"
        )
    return None if found == column.type else f"column {column.name} is {found}, wanted {column.type}"


def _filled(column: Kept, found: dict[str, str]) -> Column:
    default = F.lit(column.default).cast(column.type)
    if column.name not in found:
        return default.alias(column.name)
    own = F.col(_quoted(column.name))
    return own if column.default is None else F.coalesce(own, default).alias(column.name)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
