"""Which earlier date a run goes on from."""

from __future__ import annotations

from datetime import date, timedelta

from marketgraph.books import Books
from marketgraph.stages.stage import Context
from marketgraph.tables.communities import CHURN, MEMBERS
from marketgraph.tables.contract import SLICE_COLUMN
from marketgraph.tables.operations import SLICES


def days_before(context: Context, most: int) -> list[date]:
    """The dates within `most` days before the run's that something was written for, the latest first."""
    today = context.run.as_of
    if context.store.version(SLICES) < 0:
        return []
    written = context.store.read(SLICES).select(SLICE_COLUMN).distinct().collect()
    days = sorted((row[SLICE_COLUMN] for row in written), reverse=True)
    return [day for day in days if today - timedelta(days=most) <= day < today]


def named_before(context: Context) -> tuple[date, Books] | None:
    """The date that the run's communities are named after, with its books; None: the run's is the first.

    The latest one before the run's within `identity.days` that has communities. A date that was named already stays
    with the one that it was named after: a backfill of a day in between, or of a training set's dates, renames
    nothing. A run with `--full` looks for the latest anew.
    """
    days = days_before(context, context.config.communities.identity.days)
    if context.books.has(CHURN) and not context.whole:
        told = context.store.read_slice(CHURN, context.books.slice(CHURN)).collect()[0]
        days = [day for day in days if day == told["previous_as_of"]]
    for day in days:
        books = Books(context.store, day)
        if books.has(MEMBERS):
            return day, books
    return None
