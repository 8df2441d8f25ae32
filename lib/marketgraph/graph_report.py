"""What a person sees of `marketgraph communities`: how far it is, what came out, and the same as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from marketgraph.communities.report import Report, Step
from marketgraph.tables.communities import STOPS


@dataclass(frozen=True)
class Outcome:
    """What came out. report: None for connected components. vertices: rows written. dropped: edges left out."""

    report: Report | None
    vertices: int
    communities: int
    largest: int
    dropped: int
    out: str
    seconds: float

    def told(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        told: dict[str, Any] = {
            "out": self.out,
            "vertices": self.vertices,
            "communities": self.communities,
            "largest": self.largest,
            "edges_left_out": self.dropped,
            "seconds": round(self.seconds, 3),
        }
        if self.report is None:
            return told
        found, report = asdict(self.report.partition), self.report
        found["sizes"] = dict(zip(("p50", "p90", "p99", "max"), found["sizes"], strict=True))
        return told | {
            "stopped": report.stopped,
            "why": STOPS[report.stopped],
            "kept_iteration": report.kept,
            "exchange": report.exchange,
            "labels_hash": f"{report.digest:016x}",
            "of_vertices_with_an_edge": found,
            "iterations": [asdict(step) for step in report.steps],
        }


class GraphReporter:
    """Writes to a terminal, with a live line; plain lines, one per iteration, where there is none."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(soft_wrap=True)
        self._update: Callable[[str], object] | None = None

    @contextmanager
    def working(self) -> Iterator[None]:
        """A live line while the block works, on a terminal."""
        if not self.console.is_terminal:
            yield
            return
        with self.console.status("") as status:
            self._update = status.update
            try:
                yield
            finally:
                self._update = None

    def phase(self, text: str) -> None:
        """What is being done: on the live line alone."""
        if self._update is not None:
            self._update(f"[bold]{escape(text)}[/] …")

    def step(self, step: Step) -> None:
        """An iteration that ended."""
        told = (
            f"iteration {step.iteration}: {step.changed:,} vertices changed "
            f"({step.share:.3%}) in {step.seconds:.1f} s"
        )
        if self._update is not None:
            self._update(f"[bold]label propagation[/] … {told}")
        else:
            self.console.print(told, highlight=False)

    def say(self, message: str) -> None:
        """A plain line."""
        self.console.print(escape(message), highlight=False)

    def warn(self, message: str) -> None:
        """A warning; its text is never taken for markup."""
        self.console.print(f"[yellow]warning:[/] {escape(message)}", highlight=False)

    def outcome(self, outcome: Outcome) -> None:
        """The iterations and what came out."""
        if outcome.report is not None and outcome.report.steps:
            self._iterations(outcome.report.steps)
        title = "connected components" if outcome.report is None else "communities"
        grid = Grid(title=title, title_justify="left", title_style="bold", show_header=False)
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in _facts(outcome):
            grid.add_row(name, escape(value))
        self.console.print(grid, soft_wrap=False)

    def _iterations(self, steps: tuple[Step, ...]) -> None:
        grid = Grid(title="iterations", title_justify="left", title_style="bold")
        for heading in ("iteration", "changed", "share", "seconds"):
            grid.add_column(heading, justify="right")
        for step in steps:
            grid.add_row(str(step.iteration), f"{step.changed:,}", f"{step.share:.3%}", f"{step.seconds:.2f}")
        self.console.print(grid)


def _facts(outcome: Outcome) -> list[tuple[str, str]]:
    facts = [("vertices", f"{outcome.vertices:,}"), ("communities", f"{outcome.communities:,}")]
    if outcome.report is None:
        facts.append(("largest", f"{outcome.largest:,} vertices"))
    else:
        facts += _facts_of(outcome.report)
    if outcome.dropped:
        facts.append(("edges left out", f"{outcome.dropped:,}, an end of each is none of the vertices"))
    return [*facts, ("seconds in all", f"{outcome.seconds:.1f}"), ("written to", outcome.out)]


def _facts_of(report: Report) -> list[tuple[str, str]]:
    found = report.partition
    return [
        ("vertices with an edge", f"{found.vertices:,}, in {found.communities:,} communities"),
        ("their sizes p50/p90/p99/max", " / ".join(f"{size:,}" for size in found.sizes)),
        ("modularity", f"{found.modularity:.4f}"),
        ("coverage", f"{found.coverage:.4f}"),
        ("mean conductance", f"{found.conductance:.4f}"),
        ("why it ended", f"{report.stopped}: {STOPS[report.stopped]}"),
        ("labels are those of", f"iteration {report.kept}" if report.kept else "the beginning"),
        ("exchange", report.exchange),
        ("labels hash", f"{report.digest:016x}"),
    ]
