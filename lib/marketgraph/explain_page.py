"""The page of `marketgraph explain`, for a terminal. What comes from the data is never taken for markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from marketgraph.evidence.explanation import Explanation
from marketgraph.tables.evidence import EDGES, HELD, PATHS, REASONS, SUBJECTS

_QUIET = ("vertex_id", "as_of")
NOTE = (
    "without: the score if that edge were not there, to first order: its own term is taken out, and what neighbours"
    " have stays as it is"
)


def print_page(told: Explanation, *, release: str, console: Console | None = None) -> None:
    """Print all that is told of one subject; a section without rows says what is not there."""
    out = console or Console()
    out.print(f"[bold]{escape(told.name)}[/]  [dim]release {escape(release)}[/]")
    out.print(escape(_facts(told.facts)), style="dim", highlight=False)
    _community(told, out)
    _scores(told, out)
    _reasons(told, out)
    _edges(told, out)
    _identifiers(told, out)
    _paths(told, out)


def _facts(facts: Mapping[str, Any]) -> str:
    told = {name: _plain(value) for name, value in facts.items() if name not in _QUIET and value is not None}
    return ", ".join(f"{name} {value}" for name, value in told.items())


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, Mapping):
        return " ".join(f"{name}={_plain(one)}" for name, one in sorted(value.items()))
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _community(told: Explanation, out: Console) -> None:
    if told.subject == "community":
        return
    if told.community is None:
        out.print("It is in no community: nothing ties it to others.")
        return
    ranks = [f"{row['domain']} {row['score']:.3f} (rank {row['rank']:,})" for row in told.community["scores"]]
    scored = f"; its score: {', '.join(ranks)}" if ranks else ""
    community = told.community
    out.print(
        escape(f"In community:{community['community_id']} of {community['members']:,} vertices{scored}")
    )


def _scores(told: Explanation, out: Console) -> None:
    if not told.scores:
        out.print("It has no risk score: no domain of the release scores it.")
        return
    grid = _grid("risk", "domain", "score", "rank", "known violation")
    for row in told.scores:
        known = (
            f"{row['seeds']} of {row['members']} members"
            if "seeds" in row
            else ("yes" if row["is_seed"] else "no")
        )
        grid.add_row(escape(row["domain"]), f"{row['score']:.4f}", f"{row['rank']:,}", known)
    out.print(grid)
    for row in told.rows(SUBJECTS):
        if row["visits"]:
            parts = f"{row['own']:.4f} begin at it, {row['received']:.4f} come along its ties"
            out.print(f"[dim]of {row['visits']:.4f} walks of {escape(told.domain)} that visit it, {parts}[/]")


def _reasons(told: Explanation, out: Console) -> None:
    rows = told.rows(REASONS)
    if not rows:
        out.print("No reason code holds of it.")
        return
    grid = _grid("reasons", "code", "count", "what it says")
    for row in rows:
        grid.add_row(escape(row["code"]), f"{row['count']:,}", escape(told.reasons[row["code"]]))
    out.print(grid)


_EDGE_HEADS = (
    *("other end", "relation", "facts", "weight", "= evidence", "x recency", "x rarity"),
    *("last seen", "brings", "without"),
)


def _edges(told: Explanation, out: Console) -> None:
    rows = told.rows(EDGES)
    if not rows:
        out.print("It has no edges.")
        return
    grid = _grid(f"strongest edges{f', for {told.domain}' if told.domain else ''}", *_EDGE_HEADS)
    for row in rows:
        ends = [row["neighbour"]] if told.subject == "entity" else [row["vertex_id"], row["neighbour"]]
        grid.add_row(escape(" - ".join(told.name_of(end) for end in ends)), *_edge_cells(row))
    out.print(grid)
    if any(row["score_without"] is not None for row in rows):
        out.print(NOTE, style="dim", highlight=False)


def _edge_cells(row: Mapping[str, Any]) -> list[str]:
    return [
        escape(row["relation"]),
        f"{row['evidence_count']:,}",
        *[f"{row[name]:.3g}" for name in ("weight", "evidence", "recency", "rarity")],
        "" if row["last_seen"] is None else f"{row['last_seen']:%Y-%m-%d}",
        *["" if row[name] is None else f"{row[name]:.4f}" for name in ("brings", "score_without")],
    ]


def _identifiers(told: Explanation, out: Console) -> None:
    rows = told.rows(HELD)
    if not rows:
        out.print("It shares no identifier.")
        return
    grid = _grid("shared identifiers", "kind", "hash begins", "holders", "within", "others")
    for row in rows:
        others = ", ".join(row["others"]) + (
            " ..." if row["holders"] - row["within"] > len(row["others"]) else ""
        )
        grid.add_row(row["kind"], row["value"], f"{row['holders']:,}", f"{row['within']:,}", escape(others))
    out.print(grid)


def _paths(told: Explanation, out: Console) -> None:
    rows = [row for row in told.rows(PATHS) if row["hops"]]
    if not told.domain:
        return
    if not rows:
        out.print("No path leads to another known violator within reach.")
        return
    out.print("[bold]nearest known violators[/]")
    for row in rows:
        names = [told.name_of(vertex) for vertex in row["vertices"]]
        out.print(escape(_steps(names, row["relations"])), highlight=False, soft_wrap=True)


def _steps(names: Sequence[str], relations: Sequence[str]) -> str:
    """`a -shares_device- b -shares_bank- c`."""
    return "  " + names[0] + "".join(f" -{r}- {name}" for r, name in zip(relations, names[1:], strict=True))


def _grid(title: str, *headings: str) -> Grid:
    grid = Grid(title=escape(title), title_justify="left", title_style="bold")
    for heading in headings:
        numeric = heading in (
            "score",
            "rank",
            "count",
            "facts",
            "weight",
            "brings",
            "without",
            "holders",
            "within",
        )
        grid.add_column(
            heading, justify="right" if numeric or heading[:1] in "=x" else "left", overflow="fold"
        )
    return grid
