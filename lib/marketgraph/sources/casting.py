"""Strict casts from text to the types of the contract, and what makes a value a fault.

Spark's casts are lenient: '1.5' as an integer is 1, a time of day is a time today, a number with more digits
is rounded. Here a text is a value of its type whole and exactly, or it is a fault.
"""

from __future__ import annotations

from datetime import datetime, timezone

from pyspark.sql import Column as SparkColumn
from pyspark.sql import functions as F
from pyspark.sql.types import (
    DataType,
    DateType,
    DecimalType,
    IntegerType,
    MapType,
    StringType,
    TimestampNTZType,
    TimestampType,
)

from marketgraph.sources.faults import BROKEN_CHARACTER, Reason
from marketgraph.sources.times import parsed_time
from marketgraph.tables.contract import Column

INTEGER = r"^[+-]?\d{1,10}$"
# Beyond 15 digits a number in scientific notation has been a float that lost some.
SCIENTIFIC = r"^[+-]?(?=(?:\.?\d){1,15}\.?[eE])\d+(\.\d+)?[eE]([+]?\d{1,2}|-\d)$"
WIDE = "decimal(38,24)"  # holds each such number exactly, or gives null
EARLIEST = datetime(1970, 1, 1, tzinfo=timezone.utc)  # no marketplace is older; 0001-01-01 means "unknown"


def is_native(kind: DataType, wanted: DataType) -> bool:
    """Whether values of that type need no text: they are of the contract's type, or dates for a time."""
    if isinstance(wanted, TimestampType):
        return isinstance(kind, TimestampType | TimestampNTZType | DateType)
    return kind == wanted and not isinstance(kind, StringType)


def typed(text: SparkColumn, column: Column, pattern: str | None, *, place: str) -> SparkColumn:
    """The text as a value of the column's type; null where it is none.

    Raises TypeError for a type that no source table has (a defect of ours).
    """
    kind = column.type
    if isinstance(kind, StringType):
        return text
    if isinstance(kind, TimestampType):
        return parsed_time(text, pattern, place=place)
    if isinstance(kind, IntegerType):
        whole = text.cast("bigint")
        return F.when(text.rlike(INTEGER) & whole.between(-(2**31), 2**31 - 1), whole.cast("int"))
    if isinstance(kind, DecimalType):
        return _decimal(text, kind)
    if isinstance(kind, MapType):
        return _map(text)
    raise TypeError(f"{column.name}: no strict cast to {kind.simpleString()}")


def value_checks(
    given: SparkColumn, value: SparkColumn, column: Column, *, texts: list[SparkColumn]
) -> list[tuple[SparkColumn, Reason]]:
    """Conditions under which a value is a fault, in the order in which they are tried.

    given: what was given. value: what it was cast to. texts: the raw texts that it was made of.
    """
    checks = [] if column.nullable else [(given.isNull(), Reason.MISSING_VALUE)]
    checks += [(text.contains(BROKEN_CHARACTER), Reason.BAD_ENCODING) for text in texts]
    if not isinstance(column.type, StringType):
        checks.append((given.isNotNull() & value.isNull(), Reason.BAD_TYPE))
    if column.allowed:
        checks.append((~value.isin(*column.allowed), Reason.NOT_ALLOWED))
    return checks + [(outside, Reason.OUT_OF_RANGE) for outside in _outside(value, column)]


def _outside(value: SparkColumn, column: Column) -> list[SparkColumn]:
    bounds = []
    if column.minimum is not None:
        bounds.append(value < F.lit(column.minimum))
    if column.maximum is not None:
        bounds.append(value > F.lit(column.maximum))
    if isinstance(column.type, TimestampType):
        bounds.append(value < F.lit(EARLIEST))
    return bounds


def _decimal(text: SparkColumn, kind: DecimalType) -> SparkColumn:
    whole, scale = kind.precision - kind.scale, kind.scale
    plain = rf"^[+-]?0*(?=\.?\d)\d{{0,{whole}}}(\.(\d{{0,{scale}}}0*))?$"
    narrow, wide = text.cast(kind), text.cast(WIDE)
    return F.when(text.rlike(plain) | (text.rlike(SCIENTIFIC) & (wide == narrow.cast(WIDE))), narrow)


def _map(text: SparkColumn) -> SparkColumn:
    parsed = F.from_json(text, "map<string,string>")
    keys = F.map_keys(parsed)
    return F.when(F.size(keys) == F.size(F.array_distinct(keys)), parsed)
