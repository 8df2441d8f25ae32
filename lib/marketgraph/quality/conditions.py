"""When a row is sound and when it fails a check, as SQL conditions that are true or false, never null.

SQL text in place of Column calls: a table has up to fifty of them, and each call of the Column API is several
round trips to the JVM.
"""

from __future__ import annotations

from pyspark.sql.types import DoubleType, FloatType

from marketgraph.quality.checks import Check
from marketgraph.tables import Column, Table

ROW_KINDS = ("not_null", "allowed", "range", "self_loop")
ENDS = ("src", "dst")


def sound_row(table: Table) -> str:
    """True for a row that fails no row check: shorter than asking each, so that Spark compiles less of it."""
    parts = [part for column in table.columns if (part := _sound(column))]
    parts += ["src != dst"] if has_ends(table) else []
    return f"coalesce({' and '.join(parts)}, false)" if parts else "true"


def bad_row(table: Table, check: Check) -> str:
    """True for a row that fails `check`, one of ROW_KINDS; a null fails not_null alone."""
    if check.kind == "self_loop":
        return "coalesce(src = dst, false)"
    column = table.column(check.columns[0])
    if check.kind == "not_null":
        return f"{quoted(column.name)} is null"
    kept = _is_allowed(column) if check.kind == "allowed" else _is_in_range(column)
    return f"coalesce(not ({kept}), false)"


def has_ends(table: Table) -> bool:
    """Whether a row of the table is an edge."""
    return table.room == "edges" and all(any(c.name == end for c in table.columns) for end in ENDS)


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


def _sound(column: Column) -> str:
    """What a sound row meets in this column; null for a null, which is not sound unless it may be."""
    asked = [_is_allowed(column)] if column.allowed else []
    asked += [_is_in_range(column)] if column.minimum is not None or column.maximum is not None else []
    name, kept = quoted(column.name), " and ".join(asked)
    if column.nullable:
        return f"({name} is null or ({kept}))" if kept else ""
    return kept or f"{name} is not null"


def _is_allowed(column: Column) -> str:
    return f"{quoted(column.name)} in ({', '.join(map(literal, column.allowed))})"


def _is_in_range(column: Column) -> str:
    name, low, high = quoted(column.name), column.minimum, column.maximum
    tests = [] if low is None else [f"{name} >= {_number(low)}"]
    if high is not None:
        tests.append(f"{name} <= {_number(high)}")
    if isinstance(column.type, DoubleType | FloatType):
        # Spark holds NaN to be above all numbers, infinity too
        tests += [] if high is not None else [f"{name} < double('Infinity')"]
        tests += [] if low is not None else [f"{name} > double('-Infinity')"]
    return " and ".join(tests)


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value!r}D"
