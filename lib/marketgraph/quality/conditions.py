"""When a row is at fault: each row check as an SQL condition that is true for a bad row and never null.

SQL text in place of Column calls: a table has up to fifty of them, and each call of the Column API is several
round trips to the JVM.
"""

from __future__ import annotations

from pyspark.sql.types import DoubleType, FloatType

from marketgraph.quality.checks import Check
from marketgraph.tables import Column, Table

ROW_KINDS = ("not_null", "allowed", "range")


def bad_row(table: Table, check: Check) -> str:
    """The condition under which a row fails `check`, one of ROW_KINDS; nulls fail not_null alone."""
    column = table.column(check.columns[0])
    made = {"not_null": _is_null, "allowed": _is_not_allowed, "range": _is_out_of_range}
    return f"coalesce({made[check.kind](column)}, false)"


def all_null(columns: tuple[str, ...]) -> str:
    """No column has a value: such rows have no key that could be repeated, and not_null names them."""
    return "(" + " and ".join(f"{quoted(name)} is null" for name in columns) + ")"


def any_null(columns: tuple[str, ...]) -> str:
    """A part is missing: such rows refer to nothing."""
    return "(" + " or ".join(f"{quoted(name)} is null" for name in columns) + ")"


def quoted(name: str) -> str:
    """A column's name as SQL."""
    return "`" + name.replace("`", "``") + "`"


def literal(text: str) -> str:
    """A string as SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _is_null(column: Column) -> str:
    return f"{quoted(column.name)} is null"


def _is_not_allowed(column: Column) -> str:
    return f"{quoted(column.name)} not in ({', '.join(map(literal, column.allowed))})"


def _is_out_of_range(column: Column) -> str:
    name, tests = quoted(column.name), []
    if column.minimum is not None:
        tests.append(f"{name} < {_number(column.minimum)}")
    if column.maximum is not None:
        tests.append(f"{name} > {_number(column.maximum)}")
    if isinstance(column.type, DoubleType | FloatType):  # Spark holds NaN to be above every number
        tests.append(f"isnan({name}) or abs({name}) = double('Infinity')")
    return " or ".join(tests)


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value!r}D"
