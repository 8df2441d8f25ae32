"""What `marketgraph estimate` does: counts groups and pairs of a date, and says what a run over them needs."""

from __future__ import annotations

from typing import NamedTuple

from marketgraph.edges.estimates import Estimate
from marketgraph.errors import ConfigError
from marketgraph.jobs import command_session, told_of
from marketgraph.pipeline import Order, open_context
from marketgraph.sizing.measured import Measured, measured
from marketgraph.sizing.need import Need, need
from marketgraph.sizing_page import needs_grid
from marketgraph.stages.edges import estimate_edges
from marketgraph.stages.stage import Context
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.entities import VERTEX_IDS
from marketgraph.tables.sources import SOURCE_TABLES

# What docs/scale.md shows, beside the user's own.
SIZES = (10**8, 10**9, 10**10)


class Counts(NamedTuple):
    """Of one date: rows of all conformed sources, edges of all relations, vertices."""

    rows: int
    edges: int
    vertices: int


def show_estimates(order: Order, *, hours: float) -> None:
    """How large the groups of each relation are, what the hub policy makes of them, and what a run of `hours` needs.

    No pair is made, and nothing is written. Raises StoreError without the date's sources and entities.
    """
    config, as_of = order.read()
    reporter = told_of(config)
    with command_session(config, app_name=f"marketgraph estimate {as_of}") as spark:
        context = open_context(spark, config, as_of, reporter)
        found, over = estimate_edges(context)
        counts = counted(context, found)
    reporter.estimates(found, over={one.relation for one in over}, as_of=str(as_of))
    reporter.console.print()
    reporter.console.print(needs_grid(needs(counts, of=measured(), hours=hours), measured()))


def counted(context: Context, found: list[Estimate]) -> Counts:
    """Source rows, edges and vertices of the date. Edges: as built; before they are, at most so many.

    Then each pair of a group counts, and each source row as one deed of somebody.
    """
    books = context.books
    rows = sum(books.slice(table).rows for table in SOURCE_TABLES)
    built = sum(books.slice(table).rows for table in EDGE_TABLES.values() if books.has(table))
    return Counts(rows, built or rows + sum(one.pairs_after for one in found), books.slice(VERTEX_IDS).rows)


def needs(of_date: Counts, *, of: Measured, hours: float) -> list[Need]:
    """Of the user's own size, then of `SIZES`, with as many rows and vertices for each edge as the user has.

    hours: that a run may take. Raises ConfigError where the driver's own work takes longer.
    """
    each = max(of_date.edges, 1)
    try:
        return [
            need(
                of,
                rows=round(of_date.rows * size / each),
                edges=size,
                vertices=round(of_date.vertices * size / each),
                hours=hours,
            )
            for size in (of_date.edges, *SIZES)
        ]
    except ValueError as error:
        raise ConfigError(f"--hours {hours:g}: {error}", fix="give a run more hours") from error
