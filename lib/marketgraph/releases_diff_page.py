"""What differs between two releases, for a person's eyes, and as JSON for a machine."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.markup import escape

from marketgraph.releases.compare import SchemaChange
from marketgraph.releases.diff import ReleaseDiff, TableDiff
from marketgraph.releases.regrouped import CommunityChange
from marketgraph.releases_page import console, grid_of
from marketgraph.reporter import Reporter


def print_diff(diff: ReleaseDiff) -> None:
    """A line per table that differs, what became of the communities, and how many tables are the same."""
    differs = [one for one in diff.tables if one]
    if differs:
        headings = {"table": False, "rows before": True, "rows after": True}
        grid = grid_of(
            {**headings, "added": True, "removed": True, "changed": True, "columns": False},
            title=f"{diff.before} to {diff.after}",
        )
        for one in differs:
            grid.add_row(*_line(one))
        console().print(grid)
    if diff.communities:
        Reporter(console()).facts("communities", _facts(diff.communities))
    same = len(diff.tables) - len(differs)
    Reporter().say(f"{same} of {len(diff.tables)} tables are the same in {diff.before} and {diff.after}")


def as_json_of_diff(diff: ReleaseDiff) -> dict[str, Any]:
    """All tables, those that are the same too: their counts are 0."""
    communities = diff.communities
    return {
        "before": diff.before,
        "after": diff.after,
        "tables": [{**asdict(one), "differs": bool(one)} for one in diff.tables],
        "communities": communities and {**asdict(communities), "churn": communities.churn},
    }


def _line(one: TableDiff) -> list[str]:
    keys = one.keys
    counts = [keys.added, keys.removed, keys.changed] if keys else [None] * 3
    numbers = [_number(n) for n in (one.rows_before, one.rows_after, *counts)]
    return [escape(one.table), *numbers, escape(_columns(one.schema))]


def _columns(schema: SchemaChange) -> str:
    told = [f"+{name}" for name in schema.added] + [f"-{name}" for name in schema.removed]
    return ", ".join([*told, *(f"{name}: {old} to {new}" for name, old, new in schema.retyped)])


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _facts(change: CommunityChange) -> list[tuple[str, str]]:
    of = (change.communities_before, change.communities_after, change.communities_kept)
    churn = "of none" if change.churn is None else f"{change.churn:.2%} of {change.kept:,} in both"
    return [
        ("communities", "{:,} before, {:,} after, {:,} in both".format(*of)),
        ("vertices in another one", f"{change.changed:,}, {churn}"),
    ]
