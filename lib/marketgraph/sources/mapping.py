"""How a company's tables map to the canonical source tables: the format of `conf/sources/*.yml`.

A mapping names, for each canonical table, the file it is read from and where each column comes from:

    source: acme                          # a short name, for logs and messages
    tables:
      orders:                             # one part, or a list of parts that are put together (union all)
        from: export/orders*.csv          # file, folder or glob under --data; for hive: database.table
        format: csv                       # csv | json (one object a line) | parquet | delta | hive
        options: {sep: ";"}               # csv only: sep quote escape multiline nulls header, see CsvOptions
        lookups:                          # many-to-one left joins, see Lookup
          - {name: customers, from: customers.csv, format: csv, key: {customer: id}, columns: [account]}
        where: "channel <> 'test'"        # SQL; rows that do not hold it are left out and counted
        columns:
          order_id: id                    # a raw column under a new name
          buyer_id: customers.account     # a column of a lookup: <lookup>.<column>
          ordered_at: {column: placed, format: dd/MM/yyyy HH:mm}
          status: {column: state, values: {created: open, canceled: cancelled}}
          currency: {value: BRL}          # the same for all rows
          content_id: {expr: "nullif(upper(live_id), 'NONE')"}   # SQL over raw and lookup columns
      identifiers:
        - {from: devices.csv, format: csv, columns: {…}}
        - {from: addresses, format: parquet, optional: true, columns: {…}}

What holds for every mapping:

- Strings are trimmed, and an empty string is null, before any expression sees them. `values` replaces whole
  values; a value that it does not name passes as it is and is then judged by the contract.
- Times without an offset are UTC. Without `format` a time is ISO: a full date, then optionally a time, an
  offset. `format` is made of yyyy MM dd HH mm ss SSS SSSSSS XXX and separators, or is unix_seconds or
  unix_millis.
- A nullable column that is not mentioned is null. A table that is not mentioned is absent: it is empty, and
  the run says so. `optional: true` does the same for a part when its file is missing.
- `one_per_key: {order_by: [...]}` says that the raw file repeats the canonical key on purpose (a customer a
  line for each order): the first row in that SQL order is kept, the others are counted as merged. Without
  it, rows that share a key and differ are refused.
- `personal: [...]` names further raw columns with personal identifiers. The raw columns that feed a personal
  canonical column are personal anyway, in every part that reads the same file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from marketgraph.tables.contract import Table
from marketgraph.tables.sources import SOURCE_TABLES

TABLES: dict[str, Table] = {table.name: table for table in SOURCE_TABLES}
Format = Literal["csv", "json", "parquet", "delta", "hive"]
OneCharacter = Annotated[str, Field(min_length=1, max_length=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Text = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


class CsvOptions(_Strict):
    """How a CSV file is written. The defaults are RFC 4180: commas, and a quote inside quotes is doubled.

    header: true when the first line names the columns; a list of names when the file has no header.
    multiline: a quoted field may hold line breaks (the file is then read by one task).
    nulls: texts that mean null, besides the empty one.
    """

    sep: OneCharacter = ","
    quote: OneCharacter = '"'
    escape: OneCharacter = '"'
    multiline: bool = False
    nulls: tuple[str, ...] = Field(default=(), strict=False)
    header: Literal[True] | Annotated[tuple[Text, ...], Field(strict=False, min_length=1)] = True

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> CsvOptions:
        if any(mark in "\r\n" for mark in (self.sep, self.quote, self.escape)):
            raise ValueError("sep, quote and escape can't be a line end")
        if self.sep in (self.quote, self.escape):
            raise ValueError(f"sep {self.sep!r} must differ from quote and escape")
        return self


class Origin(_Strict):
    """Where raw rows come from: a file, folder or glob under the data folder, or a Hive table."""

    from_: Text = Field(alias="from")
    format: Format
    options: CsvOptions = CsvOptions()

    @field_validator("from_")
    @classmethod
    def _stays_under_the_data(cls, value: str) -> str:
        # in a glob a step may be one of several, {..,a}, and a backslash says nothing: \.\. is .. too
        steps = re.split(r"[/{},]", value.replace("\\", ""))
        if value.startswith(("/", "~")) or ":" in value or ".." in steps:
            raise ValueError(f"{value!r} must be a path relative to the data folder, without '..'")
        return value

    @model_validator(mode="after")
    def _only_csv_has_options(self) -> Origin:
        if self.format != "csv" and "options" in self.model_fields_set:
            raise ValueError(f"options are for csv; {self.from_} is {self.format}")
        if self.format == "hive" and not re.fullmatch(r"\w+\.\w+", self.from_):
            raise ValueError(f"from: {self.from_!r} must be database.table for the format hive")
        return self

    @property
    def place(self) -> tuple[str, str]:
        """What tells two origins apart: format and path."""
        return (self.format, self.from_)


class Lookup(Origin):
    """A left join to another file, at most one row for each raw row (its key must be unique there).

    key: raw column -> lookup column (a key `on` would be a yes to YAML). columns: what is taken over;
    expressions see them as <name>.<column>.
    """

    name: Name
    key: Annotated[dict[str, str], Field(min_length=1)]
    columns: Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]


class ColumnRule(_Strict):
    """Where one canonical column comes from: exactly one of column, expr and value."""

    column: Text | None = None
    expr: Text | None = None
    value: str | int | float | None = None
    format: Text | None = None
    values: dict[str, str] = {}

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnRule:
        if sum(item is not None for item in (self.column, self.expr, self.value)) != 1:
            raise ValueError("give exactly one of column, expr and value")
        if self.value is not None and (self.format or self.values):
            raise ValueError("format and values go with column or expr, not with value")
        return self


class OnePerKey(_Strict):
    """The raw file repeats the key on purpose; the first row in this order (SQL) stands for it.

    Rows that lie after the run's date come last whatever the order; ties go to the smallest row.
    """

    order_by: Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]


def _rule(given: Any) -> Any:
    if isinstance(given, bool) or given is None:
        raise ValueError(
            f"{given!r} is not a column's name (YAML reads yes, no, on, off and null so: quote them)"
        )
    return {"column": given} if isinstance(given, str) else given


class Part(Origin):
    """One file of a canonical table and how its columns are found."""

    columns: Annotated[dict[str, Annotated[ColumnRule, BeforeValidator(_rule)]], Field(min_length=1)]
    lookups: tuple[Lookup, ...] = Field(default=(), strict=False)
    where: Text | None = None
    optional: bool = False
    one_per_key: OnePerKey | None = None
    personal: tuple[Text, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _lookups_have_names_of_their_own(self) -> Part:
        names = [lookup.name for lookup in self.lookups]
        if len(set(names)) < len(names):
            raise ValueError(f"two lookups share a name: {', '.join(names)}")
        return self


def _parts(given: Any) -> Any:
    return given if isinstance(given, list) else [given]


Parts = Annotated[tuple[Part, ...], BeforeValidator(_parts), Field(strict=False, min_length=1)]


class SourceMapping(_Strict):
    """A whole mapping. Tables and columns are checked against the canonical contracts when it is made."""

    source: Name
    tables: Annotated[dict[str, Parts], Field(min_length=1)]

    @model_validator(mode="after")
    def _fits_the_contracts(self) -> SourceMapping:
        faults = list(_contract_faults(self.tables))
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @property
    def origins(self) -> tuple[Origin, ...]:
        """Every part, and every lookup of one."""
        parts = [part for parts in self.tables.values() for part in parts]
        return (*parts, *(lookup for part in parts for lookup in part.lookups))

    def parts(self, table: Table) -> tuple[Part, ...]:
        """The parts of a canonical table; none when the mapping does not mention it."""
        return self.tables.get(table.name, ())


def near(name: str, known: list[str]) -> str:
    """`, did you mean …?` with the nearest known names, or the list of them when it is short."""
    matches = get_close_matches(name, known, n=3, cutoff=0.5) or get_close_matches(name.lower(), known, n=3)
    if matches:
        return f" (did you mean {' or '.join(matches)}?)"
    return f" (there is: {', '.join(known[:30])})"


def _contract_faults(tables: dict[str, tuple[Part, ...]]) -> Iterator[str]:
    for name, parts in tables.items():
        if name not in TABLES:
            yield f"tables.{name}: no canonical table has that name{near(name, list(TABLES))}"
            continue
        for number, part in enumerate(parts):
            where = f"tables.{name}" + (f".{number}" if len(parts) > 1 else "")
            yield from (f"{where}.columns.{fault}" for fault in _column_faults(TABLES[name], part))


def _column_faults(table: Table, part: Part) -> Iterator[str]:
    known = {column.name: column for column in table.columns}
    for name, rule in part.columns.items():
        if name not in known:
            yield f"{name}: {table.name} has no column of that name{near(name, list(known))}"
        elif rule.value is not None and known[name].allowed and str(rule.value) not in known[name].allowed:
            yield f"{name}: {rule.value!r} is not one of {', '.join(known[name].allowed)}"
    for column in table.columns:
        if not column.nullable and column.name not in part.columns:
            yield f"{column.name}: {table.name} needs this column ({column.meaning}); say where it comes from"
