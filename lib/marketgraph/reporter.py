"""What a person sees of a run: a line per stage while it works, warnings, the tables at the end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from marketgraph.edges.estimates import Estimate
from marketgraph.printable import printable
from marketgraph.stages.stage import StageResult


class Reporter:
    """Writes to a terminal, or plain lines where there is none."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(soft_wrap=True)
        self._progress: Callable[[str], None] | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """A spinner with the stage's name, on a terminal; nothing elsewhere, `done` says it all."""
        with self.console.status(f"[bold]{escape(name)}[/] …") as status:
            self._progress = lambda text: status.update(f"[bold]{escape(name)}[/] … {escape(text)}")
            yield
        self._progress = None

    def progress(self, text: str) -> None:
        """How far the stage is, beside its name: on a terminal, while it works."""
        if self._progress is not None:
            self._progress(text)

    def done(self, result: StageResult) -> None:
        """One line for a stage that ended."""
        rows = sum(s.rows for s in result.slices)
        told = "unchanged, nothing to do" if result.unchanged else _amount(len(result.slices), rows)
        self.console.print(f"[green]✓[/] {result.name:<18}{result.seconds:>7.1f} s  {told}")

    def warn(self, message: str) -> None:
        """A warning; its text is never taken for markup."""
        self.console.print(f"[yellow]![/] {escape(printable(message))}")

    def say(self, message: str) -> None:
        """A plain line."""
        self.console.print(escape(printable(message)))

    def tables(self, results: Sequence[StageResult], *, as_of: str) -> None:
        """Rows and Delta version of every table of the run."""
        grid = Grid(title=f"tables as of {as_of}", title_justify="left", title_style="bold")
        for heading, side in (("table", "left"), ("rows", "right"), ("version", "right")):
            grid.add_column(heading, justify=side)  # type: ignore[arg-type]
        for held in [s for result in results for s in result.slices]:
            grid.add_row(held.table, f"{held.rows:,}", str(held.delta_version))
        self.console.print(grid)

    def estimates(self, found: Sequence[Estimate], *, over: Collection[str], as_of: str) -> None:
        """One line per relation: sizes of groups, pairs before and after the hub policy, what goes through shuffles."""
        grid = Grid(title=f"groups as of {as_of}", title_justify="left", title_style="bold")
        grid.add_column("relation")
        for heading in ("groups", "p50", "p99", "max", "pairs", "made", "shuffled"):
            grid.add_column(heading, justify="right")
        numbers = ("groups", "holders_p50", "holders_p99", "holders_max", "pairs_before", "pairs_after")
        for one in found:
            verdict = " [red]over budget[/]" if one.relation in over else ""
            shuffled = f"{one.bytes_shuffled / (1 << 20):,.1f} MiB"
            grid.add_row(one.relation + verdict, *[f"{getattr(one, n):,}" for n in numbers], shuffled)
        self.console.print(grid)

    def facts(self, title: str, facts: Sequence[tuple[str, str]]) -> None:
        """A small table of what is worth knowing."""
        grid = Grid(title=title, title_justify="left", title_style="bold", show_header=False)
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")  # a path is told whole
        for name, value in facts:
            grid.add_row(escape(name), escape(value))
        self.console.print(grid)


def _amount(tables: int, rows: int) -> str:
    return f"{tables} tables, {rows:,} rows" if tables else "done"
