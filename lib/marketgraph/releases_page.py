"""Releases for a person's eyes, and as JSON for a machine."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from marketgraph.releases.standing import Listed
from marketgraph.reporter import Reporter


def grid_of(columns: dict[str, bool], *, title: str | None = None) -> Grid:
    """An empty grid. columns: heading -> whether it holds numbers, which stand on the right."""
    grid = Grid(title=title, title_justify="left", title_style="bold")
    for heading, number in columns.items():
        grid.add_column(heading, justify="right" if number else "left")
    return grid


def print_releases(listed: Sequence[Listed]) -> None:
    """One line per release: id, date, when, how it stands, how the gate ended, how much it holds."""
    if not listed:
        Reporter().say("no release yet")
        return
    headings = {"release": False, "as of": False, "published (UTC)": False, "state": False, "tables": True}
    grid = grid_of({**headings, "rows": True, "checks": False})
    for one in listed:
        pins = one.row["pins"]
        when, rows = f"{one.row['published_at']:%Y-%m-%d %H:%M:%S}", sum(pin["rows"] for pin in pins)
        grid.add_row(one.id, str(one.as_of), when, one.state, str(len(pins)), f"{rows:,}", _checks(one))
    console().print(grid)


def print_release(one: Listed) -> None:
    """What made the release, how it stands, and each table with its rows and exact Delta version."""
    Reporter(console()).facts(f"release {one.id}", _facts(one))
    grid = grid_of({"table": False, "rows": True, "version": True})
    for pin in one.row["pins"]:
        grid.add_row(escape(pin["table"]), f"{pin['rows']:,}", str(pin["delta_version"]))
    console().print(grid)


def as_json_of(one: Listed) -> dict[str, Any]:
    """The release's row, with how it stands."""
    mark = one.pinned
    return {
        **one.row.asDict(recursive=True),
        "current": one.current,
        "rolled_back": one.rolled_back,
        "pinned": None if mark is None else {"reason": mark.reason, "marked_at": mark.marked_at},
    }


def _facts(one: Listed) -> list[tuple[str, str]]:
    row = one.row
    pinned = [("pinned because", one.pinned.reason)] if one.pinned and one.pinned.reason else []
    return [
        ("as of", str(one.as_of)),
        ("state", one.state or "replaced by a later one of its date"),
        *pinned,
        ("published (UTC)", f"{row['published_at']:%Y-%m-%d %H:%M:%S}"),
        ("checks", _checks(one)),
        ("run", row["run_id"]),
        ("code", row["code_version"]),
        ("config", row["config_hash"]),
        ("fingerprint", row["fingerprint"]),
    ]


def _checks(one: Listed) -> str:
    return f"{one.row['checks_passed']} passed, {one.row['checks_warned']} warned"


def console() -> Console:
    """As wide as the terminal; in a file or a pipe wide enough to cut nothing."""
    return Console() if sys.stdout.isatty() else Console(width=200)
