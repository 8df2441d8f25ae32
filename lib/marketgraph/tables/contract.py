"""The contract of a table as a value: its columns with type, meaning and unit, its key and its clock."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, DateType, StructField, StructType

from marketgraph.errors import ContractError

SLICE_COLUMN = "as_of"


@dataclass(frozen=True)
class Reference:
    """A foreign key: `columns` of this table name a row of `table` (or an entity of any kind).

    columns: one column for a plain reference; (kind, id) for a reference to an entity of any kind.
    table: the source table's name, or ENTITY for a reference by kind and id.
    """

    columns: tuple[str, ...]
    table: str


ENTITY = "<entity>"


@dataclass(frozen=True)
class Column:
    """One column of a contract.

    unit: "" when the column has none. allowed: the closed set of values. minimum, maximum: inclusive.
    personal: the value is a personal identifier and is replaced by a keyed hash at the source stage.
    """

    name: str
    type: DataType
    meaning: str
    unit: str = ""
    nullable: bool = False
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    personal: bool = False


@dataclass(frozen=True)
class Table:
    """A table's contract. `room` and `name` say where it lives; `grain` says what one row is.

    key: unique and never null. event_time: when the fact happened; known_time: when it became known. A run
    as of a date sees only rows whose times, where they are set, lie before that date.
    spans: pairs of columns (start, end) of which the end, where both are set, is not before the start.
    sliced: partitioned by `as_of`; a write replaces one slice.
    grows: its columns come of the config: a write adds those that the stored table does not have.
    numbered: of a table that is only ever added to, the column that numbers its rows from 0 without gaps.
    """

    room: str
    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    event_time: str | None = None
    known_time: str | None = None
    references: tuple[Reference, ...] = ()
    spans: tuple[tuple[str, str], ...] = ()
    sliced: bool = True
    may_be_empty: bool = False
    grows: bool = False
    numbered: str = ""

    @classmethod
    def named(cls, full_name: str) -> Table:
        """A table of which no more is known than its name, as books and releases have it: it is read as it is stored.

        Raises ContractError for what is no name of a table: names lead to folders, and maintenance deletes in them.
        """
        if not re.fullmatch(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", full_name):
            raise ContractError(f"{full_name!r} is no name of a table", fix="mend the row that has it")
        room, _, name = full_name.partition(".")
        return cls(room, name, grain="", key=(), columns=())

    @property
    def full_name(self) -> str:
        """Room and name, as logs, releases and messages give it: `sources.orders`."""
        return f"{self.room}.{self.name}"

    @property
    def schema(self) -> StructType:
        """The columns as Spark sees them, without the slice column."""
        return StructType([StructField(c.name, c.type, c.nullable) for c in self.columns])

    @property
    def stored_schema(self) -> StructType:
        """The columns as they are on disk: `as_of` comes last where the table is sliced."""
        slice_field = [StructField(SLICE_COLUMN, DateType(), False)] if self.sliced else []
        return StructType([*self.schema.fields, *slice_field])

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError when there is none."""
        return {c.name: c for c in self.columns}[name]

    def as_numbered(self, frame: DataFrame, rows: int) -> DataFrame:
        """Of a numbered table its first `rows` rows: what it was when it had so many, whatever was added since."""
        return frame.where(F.col(self.numbered) < rows) if self.numbered else frame

    def conform(self, frame: DataFrame) -> DataFrame:
        """`frame` with this contract's columns in their order; more columns are left out.

        Raises ContractError that lists every missing column and every type that differs, all at once.
        Nullability is the gate's to check: Spark's plans rarely know it.
        """
        found = {f.name: f.dataType for f in frame.schema.fields}
        faults = list(_mismatches(self.columns, found))
        if faults:
            raise ContractError(
                f"{self.full_name}: the frame does not have this table's contract: " + "; ".join(faults),
                fix="mend the builder of this table, or change the contract and say so in the CHANGELOG",
            )
        return frame.select(*[F.col(c.name) for c in self.columns])


def _mismatches(columns: Iterable[Column], found: dict[str, Any]) -> Iterable[str]:
    for column in columns:
        if column.name not in found:
            yield f"column {column.name} is missing"
        elif (given := found[column.name].simpleString()) != (wanted := column.type.simpleString()):
            # as text: it leaves out whether array elements may be null, which Delta does not keep
            yield f"column {column.name} is {given}, wanted {wanted}"
