"""Why a source row is refused, and the columns that a row carries through this room besides its values."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from pyspark.sql import Column
from pyspark.sql import functions as F

from marketgraph.tables.contract import Table


class Reason(str, Enum):
    """The closed list of reasons. A refused row has one: the first that holds.

    The record is judged first, then its columns in the order of their table's contract (each by the reasons
    in this order), then its references, and at last whether other rows without a fault share its key.
    """

    UNREADABLE = "unreadable"
    MISSING_VALUE = "missing_value"
    BAD_ENCODING = "bad_encoding"
    BAD_TYPE = "bad_type"
    NOT_ALLOWED = "not_allowed"
    OUT_OF_RANGE = "out_of_range"
    ENDS_BEFORE_START = "ends_before_start"
    UNKNOWN_REFERENCE = "unknown_reference"
    DUPLICATE_ROW = "duplicate_row"
    DUPLICATE_KEY = "duplicate_key"


MEANING = {
    Reason.UNREADABLE: "the record is cut, or has too few or too many fields",
    Reason.MISSING_VALUE: "a value that the table needs is missing",
    Reason.BAD_ENCODING: "the text is not UTF-8",
    Reason.BAD_TYPE: "the text is no number, time or map of the column's type",
    Reason.NOT_ALLOWED: "the value is none of the column's closed set",
    Reason.OUT_OF_RANGE: "the value lies outside of the column's range",
    Reason.ENDS_BEFORE_START: "the end lies before the start of the same row",
    Reason.UNKNOWN_REFERENCE: "it names a row that its parent table does not have",
    Reason.DUPLICATE_ROW: "an exact copy of another row, which is kept",
    Reason.DUPLICATE_KEY: "rows share this key and differ: none of them is kept",
}


class Outcome(str, Enum):
    """What became of a source row: each has exactly one."""

    ACCEPTED = "accepted"
    LATER = "later"  # lies at or after the run's date, itself or by a parent
    ERASED = "erased"  # it names an entity that was erased
    SET_ASIDE = "set_aside"  # its identifier stands for nothing, as the config's sentinels say
    MERGED = "merged"  # another row stands for its key, as the mapping's one_per_key says
    REFUSED = "refused"


# Names that no raw table has, carried beside the values. FAULT is a code, see fault_code.
FILE, CORRUPT, RAW, PART = "__file", "__corrupt", "__raw", "__part"
FAULT, VALUE, MERGED, OUTCOME = "__fault", "__value", "__merged", "__outcome"

BROKEN_CHARACTER = "\ufffd"  # what a decoder leaves where bytes are no UTF-8
LONGEST_VALUE = 200  # characters of a bad value that are kept

_REASONS = tuple(Reason)
_SPAN = 16  # more than there are reasons


def fault_places(table: Table) -> tuple[str | None, ...]:
    """What can be at fault in a row: the record (None), a column, the key, a reference's column."""
    columns = [column.name for column in table.columns]
    return (None, *columns, ", ".join(table.key), *[reference.columns[-1] for reference in table.references])


def fault_code(place: int, reason: Reason) -> int:
    """One small number for a place (index in fault_places) and a reason: cheap to carry with every row."""
    return place * _SPAN + _REASONS.index(reason)


def decoded(code: int, table: Table) -> tuple[Reason, str | None]:
    """The reason and the column that a code stands for."""
    return _REASONS[code % _SPAN], fault_places(table)[code // _SPAN]


def place_of(code: Column) -> Column:
    """The place in a column of codes; null where there is no fault."""
    return F.floor(code / _SPAN).cast("int")


def reason_name(code: Column) -> Column:
    """The reason's name in a column of codes."""
    return F.array(*[F.lit(reason.value) for reason in _REASONS])[code % _SPAN]


def column_name(code: Column, table: Table) -> Column:
    """The column's name in a column of codes; null where the record itself is at fault."""
    return F.array(*[F.lit(name).cast("string") for name in fault_places(table)])[place_of(code)]


def first_fault(checks: Iterable[tuple[Column, int]], *, otherwise: Column | None = None) -> Column:
    """The code of the first condition that holds; `otherwise` (null) where none does."""
    chosen: Column | None = None
    for broken, code in checks:
        chosen = F.when(broken, code) if chosen is None else chosen.when(broken, code)
    fallback = F.lit(None).cast("int") if otherwise is None else otherwise
    return fallback if chosen is None else chosen.otherwise(fallback)
