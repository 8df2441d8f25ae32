"""What is seen of a run, in two voices: lines and tables for people, and one JSON object per line for machines."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict

from rich.console import Console
from rich.markup import escape
from rich.status import Status
from rich.table import Table as Grid

from marketgraph import log
from marketgraph.edges.estimates import Estimate
from marketgraph.printable import printable
from marketgraph.run import Run
from marketgraph.runs.seen import amount
from marketgraph.slices import Slice
from marketgraph.stages.stage import StageResult


class Reporter:
    """Writes to a terminal, or plain lines where there is none; where the log is told to be JSON, only that."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(soft_wrap=True, quiet=log.speaks_json())
        self._log = log.bound()
        self._status: Status | None = None
        self._name = self._told = self._beside = ""

    @property
    def is_watched(self) -> bool:
        """Whether somebody sees what goes on: a terminal, and not one that is given JSON."""
        return self.console.is_terminal and not self.console.quiet

    def begin(self, run: Run, command: str) -> None:
        """A run begins: from now on every line of the log names it."""
        log.name_run(run_id=run.run_id, as_of=run.as_of)
        self._log = log.bound()
        self._log.info("run begun", command=command, config=run.config_hash, code=run.code_version)

    def end(self, *, seconds: float, release: str | None) -> None:
        """A run has ended well; people have seen its tables."""
        self._log.info("run ended", seconds=round(seconds, 3), release=release)

    def failed(self, *, stage: str | None, seconds: float, error: str, exit_code: int) -> None:
        """A run has failed, in that stage if in one, by an error of that class; its message comes after."""
        told = {"seconds": round(seconds, 3), "error": error, "exit_code": exit_code}
        self._log.error("run failed", stage=stage, **told)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """A spinner with the stage's name, on a terminal; nothing elsewhere, `done` says it all."""
        before, self._log = self._log, self._log.bind(stage=name)
        self._log.info("stage begun")
        try:
            with self.console.status(f"[bold]{escape(name)}[/] …") as status:
                self._status, self._name = status, name
                yield
        finally:
            self._status, self._told, self._beside, self._log = None, "", "", before

    def progress(self, text: str) -> None:
        """How far the stage is, beside its name: on a terminal, while it works."""
        self._told = text
        self._show()

    def beside(self, text: str) -> None:
        """What the progress display has counted, behind what the stage itself says."""
        self._beside = text
        self._show()

    def _show(self) -> None:
        status = self._status
        if status is not None:
            text = " · ".join(filter(None, (self._told, self._beside)))
            status.update(f"[bold]{escape(self._name)}[/] … {escape(text)}")

    def wrote(self, written: Slice) -> None:
        """A slice was written: a line of the log alone."""
        self._log.info("table written", table=written.table, rows=written.rows, version=written.delta_version)

    def done(self, result: StageResult) -> None:
        """One line for a stage that ended."""
        rows = sum(s.rows for s in result.slices)
        told = "unchanged, nothing to do" if result.unchanged else amount(len(result.slices), rows) or "done"
        self.console.print(f"[green]✓[/] {result.name:<18}{result.seconds:>7.1f} s  {told}")
        counts = {"seconds": round(result.seconds, 3), "tables": len(result.slices), "rows": rows}
        self._log.info("stage ended", stage=result.name, unchanged=result.unchanged, **counts)

    def warn(self, message: str) -> None:
        """A warning; its text is never taken for markup."""
        self.console.print(f"[yellow]![/] {escape(printable(message))}")
        self._log.warning("warning", message=message)

    def say(self, message: str) -> None:
        """A plain line."""
        self.console.print(escape(printable(message)))
        self._log.info("note", message=message)

    def tables(self, results: Sequence[StageResult], *, as_of: str) -> None:
        """Rows and Delta version of every table of the run. The log has had them one by one."""
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
            self._log.info("groups", as_of=as_of, over_budget=one.relation in over, **asdict(one))
        self.console.print(grid)

    def facts(self, title: str, facts: Sequence[tuple[str, str]]) -> None:
        """A small table of what is worth knowing."""
        grid = Grid(title=title, title_justify="left", title_style="bold", show_header=False)
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")  # a path is told whole
        for name, value in facts:
            grid.add_row(escape(name), escape(value))
        self.console.print(grid)
        self._log.info("facts", title=title, facts=[list(fact) for fact in facts])
