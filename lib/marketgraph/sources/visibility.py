"""What a run as of a date may see: rows whose times lie before it, and no time at or after it."""

from __future__ import annotations

from datetime import date, datetime, timezone
from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import TimestampType

from marketgraph.tables.contract import Table


def midnight(as_of: date) -> Column:
    """The moment the run's date begins (UTC): what happened at it or after it is not seen."""
    return F.lit(datetime(as_of.year, as_of.month, as_of.day, tzinfo=timezone.utc))


def lies_later(table: Table, as_of: date) -> Column:
    """Whether a row's own times, where they are set, lie at or after the run's date; never null."""
    times = [name for name in (table.event_time, table.known_time) if name is not None]
    later: list[Column] = [F.coalesce(F.col(name) >= midnight(as_of), F.lit(False)) for name in times]
    return reduce(lambda one, other: one | other, later, F.lit(False))


def ends_before_start(start: str, end: str, as_of: date) -> Column:
    """Whether a span's end lies before its start; false where either is null or the end is not yet known."""
    seen = F.col(end) < midnight(as_of)  # a later end is masked, and what is masked is not judged
    return F.coalesce(seen & (F.col(end) < F.col(start)), F.lit(False))


def masked_times(table: Table) -> list[str]:
    """Columns of times that a run does not know until they have come: nullable, and not what dates the row."""
    clocks = (table.event_time, table.known_time)
    times = [c for c in table.columns if isinstance(c.type, TimestampType) and c.nullable]
    return [c.name for c in times if c.name not in clocks]


def without_the_future(table: Table, as_of: date) -> list[Column]:
    """The contract's columns; of a nullable time that lies at or after the run's date what was known before it.

    A session's end was not: it is null. An identifier that was last seen later was still in use: its last sight is the
    moment before the date. As null, like one that nobody wrote down, it would count from its first sight, and what
    stays in use would look older than what is about to end.
    """
    columns, masked = [], masked_times(table)
    for column in table.columns:
        value = F.col(column.name)
        if column.name in masked:
            seen = F.when(value < midnight(as_of), value)
            until = midnight(as_of) - F.expr("interval 1 microsecond")
            value = (seen.when(value.isNotNull(), until) if column.lasts else seen).alias(column.name)
        columns.append(value)
    return columns
