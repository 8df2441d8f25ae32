"""The contract of a table as a value: its columns with type, meaning and unit, its key and its clock."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
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
    lasts: a time up to which something was so; of one at or after the run's date it is known that it lasts until then.
    default: what it is in rows written before it was there: of a column that is never null; else they have null.
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
    lasts: bool = False
    default: str | int | float | bool | None = None

    def __post_init__(self) -> None:
        if self.nullable and self.default is not None:
            raise ValueError(
                f"column {self.name}: may be null, so that is what it is where it was not written yet"
            )


@dataclass(frozen=True)
class Table:
    """A table's contract. `room` and `name` say where it lives; `grain` says what one row is.

    key: unique and never null. event_time: when the fact happened; known_time: when it became known. A run
    as of a date sees only rows whose times, where they are set, lie before that date.
    spans: pairs of columns (start, end) of which the end, where both are set, is not before the start.
    sliced: partitioned by `as_of`; a write replaces one slice.
    grows: its columns come of the config: a write adds those that the stored table does not have.
    version: major.minor of the contract; of one that grows, of the columns that it has under any config.
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
    version: str = "1.0"
    numbered: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[1-9][0-9]*\.[0-9]+", self.version):
            raise ValueError(f"{self.full_name}: {self.version!r} is no version, such as 1.0")

    @classmethod
    def named(cls, stored_name: str) -> Table:
        """A table of which no more is known than its name, as books and releases have it: it is read as it is stored.

        Raises ContractError for what is no name of a table: names lead to folders, and maintenance deletes in them.
        """
        found = re.fullmatch(r"([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)(@[1-9][0-9]*)?", stored_name)
        if not found:
            raise ContractError(f"{stored_name!r} is no name of a table", fix="mend the row that has it")
        room, name, major = found.groups()
        return cls(room, name, grain="", key=(), columns=(), version=f"{(major or '@1')[1:]}.0")

    @property
    def full_name(self) -> str:
        """Room and name, as logs and messages give it: `sources.orders`."""
        return f"{self.room}.{self.name}"

    @property
    def major(self) -> int:
        """Which contract it is of those that can't be read as one another."""
        return int(self.version.partition(".")[0])

    @property
    def minor(self) -> int:
        """How many times columns were added to it since."""
        return int(self.version.partition(".")[2])

    @property
    def folder(self) -> str:
        """Its folder in the room's: its name; from version 2 on with the major version, `orders@2`."""
        return self.name if self.major == 1 else f"{self.name}@{self.major}"

    @property
    def stored_name(self) -> str:
        """Room and folder, as books and releases have it: each major version has a Delta table of its own."""
        return f"{self.room}.{self.folder}"

    def stored_as(self, stored_name: str) -> Table:
        """The Delta table of that name; it is this one, of this or of another major version."""
        return (
            self
            if self.stored_name == stored_name
            else replace(self, version=Table.named(stored_name).version)
        )

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


def full_name_of(stored_name: str) -> str:
    """The full name of a table that books and releases know as `stored_name`."""
    return stored_name.partition("@")[0]


def _mismatches(columns: Iterable[Column], found: dict[str, Any]) -> Iterable[str]:
    for column in columns:
        if column.name not in found:
            yield f"column {column.name} is missing"
        elif (given := found[column.name].simpleString()) != (wanted := column.type.simpleString()):
            # as text: it leaves out whether array elements may be null, which Delta does not keep
            yield f"column {column.name} is {given}, wanted {wanted}"
