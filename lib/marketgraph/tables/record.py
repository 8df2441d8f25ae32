"""The record of contracts: the columns of every version that was ever in force, kept in contracts.json."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from marketgraph.tables.contract import Table
from marketgraph.tables.evolution import Difference, Kept, change_between, differences, kept, next_version

FILE = "contracts.json"
COMMAND = "python -m marketgraph.contracts_record"
Versions = Mapping[str, tuple[Kept, ...]]


@dataclass(frozen=True)
class Record:
    """tables: by full name, then by version, the columns. Of tables of configurable columns only the fixed ones."""

    tables: Mapping[str, Versions]

    def versions(self, full_name: str) -> tuple[str, ...]:
        """The versions of a table, ascending; none where the table is not known."""
        return tuple(sorted(self.tables.get(full_name, ()), key=number_of))

    def latest(self, full_name: str, major: int) -> tuple[Kept, ...] | None:
        """The columns of the last version of a major one; None where there is none."""
        found = [one for one in self.versions(full_name) if number_of(one)[0] == major]
        return self.tables[full_name][found[-1]] if found else None


def number_of(version: str) -> tuple[int, int]:
    """Major and minor, to be compared: 1.10 comes after 1.9."""
    major, _, minor = version.partition(".")
    return int(major), int(minor)


@cache
def committed() -> Record:
    """The record that is part of the package."""
    return parsed((files("marketgraph.tables") / FILE).read_text(encoding="utf-8"))


def parsed(text: str) -> Record:
    """The record in the text of a file."""
    told = json.loads(text)
    return Record(
        {t: {v: tuple(Kept(**column) for column in rows) for v, rows in vs.items()} for t, vs in told.items()}
    )


def written(record: Record) -> str:
    """The text of its file, a line per column, so that an edit is a line in a review."""
    tables = []
    for name in sorted(record.tables):
        versions = ",\n".join(
            f'    "{v}": [\n' + ",\n".join(f"      {_line(c)}" for c in record.tables[name][v]) + "\n    ]"
            for v in record.versions(name)
        )
        tables.append(f'  "{name}": {{\n{versions}\n  }}')
    return "{\n" + ",\n".join(tables) + "\n}\n"


def faults(table: Table, record: Record) -> list[str]:
    """What is wrong with a contract beside the record, in words that say what to do; none where all is well."""
    versions, columns = record.versions(table.full_name), kept(table.columns)
    if not versions:
        return [] if table.version == "1.0" else [f"{table.full_name}: a new table has version 1.0"]
    last = versions[-1]
    found = differences(record.tables[table.full_name][last], columns)
    asked = next_version(last, change_between(record.tables[table.full_name][last], columns))
    if table.version == last and not found:
        return []
    if table.version == asked and found:
        return _of_appends(table)
    return [_told(table, last, found, asked)]


def _of_appends(table: Table) -> list[str]:
    if table.sliced or table.major == 1:
        return []
    return [
        f"{table.full_name}: it grows by appends and holds what no run makes again: columns can only be added to it"
    ]


def _told(table: Table, last: str, found: Iterable[Difference], asked: str) -> str:
    what = "; ".join(map(str, found)) or "its columns are the same"
    more = (
        " and declare a migration in lib/marketgraph/tables/migrations.py" if number_of(asked)[1] == 0 else ""
    )
    fix = f"give it version={asked!r}{more if asked != last else ''}"
    return f"{table.full_name} {table.version}, recorded as {last}: {what}; {fix}"


def recorded(tables: Iterable[Table], record: Record) -> Record:
    """The record with the versions of today's contracts. Raises ValueError with all faults, when there are any."""
    told = {name: dict(versions) for name, versions in record.tables.items()}
    wrong = []
    for table in tables:
        wrong += faults(table, record)
        told.setdefault(table.full_name, {})[table.version] = kept(table.columns)
    if wrong:
        raise ValueError("\n".join(wrong))
    return Record(told)


def _line(column: Kept) -> str:
    told = {"name": column.name, "type": column.type}
    more = {"nullable": True} if column.nullable else {}
    default = {} if column.default is None else {"default": column.default}
    return json.dumps({**told, **more, **default})
