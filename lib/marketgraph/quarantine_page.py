"""Refused rows for a person's eyes: counts, the rows themselves, and what a replay made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from marketgraph.printable import in_one_line
from marketgraph.releases_page import console, grid_of
from marketgraph.reporter import Reporter
from marketgraph.sources.replayed import COUNTS, GROUP

if TYPE_CHECKING:
    from marketgraph.quarantine_replay import Replay

NOTHING_CHANGED = (
    "nothing changed since {} was conformed: the same mapping, files, settings and code; nothing to do"
)


@dataclass(frozen=True)
class Refused:
    """How many rows of a date were refused for one reason and column. column: None where the record is at fault."""

    as_of: date
    table: str
    reason: str
    column: str | None
    rows: int

    def order(self) -> tuple[date, str, str, str]:
        """A total order: date, table, reason, column."""
        return self.as_of, self.table, self.reason, self.column or ""


def print_counts(found: Sequence[Refused]) -> None:
    """One line per date, table, reason and column."""
    if not found:
        Reporter().say("no row is refused")
        return
    grid = grid_of({"as of": False, "table": False, "reason": False, "column": False, "rows": True})
    for one in found:
        grid.add_row(str(one.as_of), one.table, one.reason, escape(one.column or "–"), f"{one.rows:,}")
    console().print(grid)


def print_rows(rows: Sequence[dict[str, Any]], *, total: int, as_of: date) -> None:
    """Two lines per row: why it was refused and where it stood, then the row. What a terminal obeys is a number."""
    reporter = Reporter()
    for row in rows:
        column = "" if row["column"] is None else f"  {row['column']}"
        value = "" if row["bad_value"] is None else f" = {row['bad_value']}"
        reporter.say(in_one_line(f"{row['table']}  {row['reason']}{column}{value}  ({row['source_file']})"))
        reporter.say(f"  {in_one_line(row['raw_row'])}")
    more = "; --limit shows more" if total > len(rows) else ""
    reporter.say(f"{len(rows):,} of {total:,} rows refused as of {as_of}{more}")


def print_replay(found: Replay) -> None:
    """A line per table, reason and column, then the tables that have more or fewer rows, and what to do next."""
    reporter = Reporter()
    if not found.changed:
        reporter.say(NOTHING_CHANGED.format(found.as_of))
        return
    if found.rows:
        console().print(_groups(found))
    else:
        reporter.say("no row was refused before, and none is now")
    for one in found.accepted:
        before = "none, for the run before was stopped" if one.before is None else f"{one.before:,}"
        reporter.say(f"{one.table}: {one.now:,} rows accepted; before {before}")
    if found.stopped is None:
        reporter.say(f"nothing is published: marketgraph run --as-of {found.as_of} goes on from here")


def _groups(found: Replay) -> Any:
    heads = {**dict.fromkeys(GROUP, False), **{name.replace("_", " "): True for name in COUNTS}}
    grid = grid_of(heads, title=f"refused rows of {found.as_of}")
    for row in found.rows:
        names = [escape(row[name] or "–") for name in GROUP]
        grid.add_row(*names, *[f"{row[name]:,}" for name in COUNTS])
    return grid
