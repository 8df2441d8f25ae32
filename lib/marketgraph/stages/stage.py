"""A stage: what it reads and writes, what its result depends on, and how it is run once and not again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from marketgraph.books import Books
from marketgraph.communities.report import Step
from marketgraph.config import Config, digest
from marketgraph.errors import QualityError
from marketgraph.run import Run
from marketgraph.runs.seen import Standing
from marketgraph.runs.watch import Watch
from marketgraph.side_by_side import side_by_side
from marketgraph.slices import Slice
from marketgraph.store import Store
from marketgraph.tables import Table
from marketgraph.tables.operations import FAILED

# Some tables are what the config makes of them.
Tables = tuple[Table, ...] | Callable[[Config], tuple[Table, ...]]


@dataclass(frozen=True)
class Context:
    """What every stage of a run is given. whole: build anew what could go on from an earlier date.

    watch: who sees the run from beside.
    """

    spark: SparkSession
    config: Config
    run: Run
    store: Store
    books: Books
    warn: Callable[[str], None]
    progress: Callable[[str], None]
    whole: bool = False
    watch: Watch = field(default_factory=Watch)


@dataclass
class Work:
    """One stage at work: reads pinned slices, writes its own, keeps what it wrote.

    note: what each of its commits says besides run and code.
    """

    context: Context
    fingerprint: str
    slices: list[Slice] = field(default_factory=list)
    note: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Config:
        return self.context.config

    @property
    def run(self) -> Run:
        return self.context.run

    def read(self, table: Table) -> DataFrame:
        """The run's slice of `table`, at the version in the books, whatever else is written meanwhile."""
        return self.context.store.read_slice(table, self.context.books.slice(table))

    def read_all(self, tables: Iterable[Table]) -> dict[str, DataFrame]:
        """Slices by the tables' short names."""
        return {table.name: self.read(table) for table in tables}

    def read_together(self, tables: Sequence[Table]) -> DataFrame:
        """The run's slices of tables that have one schema, in one frame and one scan."""
        slices = [(table, self.context.books.slice(table)) for table in tables]
        return self.context.store.read_together(tables[0], slices)

    def watch(self, step: Step) -> None:
        """Say how far label propagation is."""
        self.context.progress(f"iteration {step.iteration}: {step.share:.1%} of the vertices changed")

    def write(self, table: Table, frame: DataFrame) -> Slice:
        """Replace the run's slice of `table`."""
        sequence = self.context.books.next_sequence(table)
        written = self.context.store.write(
            table, frame, self.run, fingerprint=self.fingerprint, sequence=sequence, note=self.note
        )
        self.slices.append(written)
        self.context.watch.wrote(written)
        return written

    def write_all(self, frames: Mapping[Table, Callable[[], DataFrame]]) -> None:
        """Replace several slices, a few at a time. The first error is raised once all have ended.

        frames: what builds each slice's frame; that takes a core as long as the write does, so it is done beside
        the other writes too.
        """
        works = [partial(self._build_and_write, table, build) for table, build in frames.items()]
        side_by_side(works)

    def _build_and_write(self, table: Table, build: Callable[[], DataFrame]) -> None:
        self.write(table, build())


@dataclass(frozen=True)
class Stage:
    """One job's work.

    depends_on: what beside the input slices can change the result (config values, listings of files).
    ahead: what can be done aside before its turn comes, such as an import that takes seconds.
    """

    name: str
    inputs: Tables
    outputs: Tables
    depends_on: Callable[[Context], Any]
    build: Callable[[Work], None]
    ahead: Callable[[], object] | None = None

    def inputs_of(self, config: Config) -> tuple[Table, ...]:
        """The tables that it reads."""
        return self.inputs(config) if callable(self.inputs) else self.inputs

    def outputs_of(self, config: Config) -> tuple[Table, ...]:
        """The tables that it writes."""
        return self.outputs(config) if callable(self.outputs) else self.outputs

    def read_now(self, context: Context) -> Standing:
        """Its input tables with the slices of them that stand."""
        return standing(self.inputs_of(context.config), context)

    def fingerprint(self, context: Context) -> str:
        """Hash of code, date, inputs and settings: the same when nothing that matters has changed."""
        return self.fingerprint_of(context, self.depends_on(context))

    def fingerprint_of(self, context: Context, told: Any) -> str:
        """The fingerprint where `depends_on` has told this."""
        inputs = {
            table.full_name: context.books.slice(table).fingerprint
            for table in self.inputs_of(context.config)
        }
        run = context.run
        return digest([self.name, run.code_version, run.as_of, inputs, told])


def standing(tables: Iterable[Table], context: Context) -> Standing:
    """Those of the tables of which a slice stands, with it."""
    return tuple((table, context.books.slice(table)) for table in tables if context.books.has(table))


@dataclass(frozen=True)
class StageResult:
    """What became of a stage: seconds, the slices that now stand, whether it had nothing to do."""

    name: str
    seconds: float
    slices: tuple[Slice, ...]
    unchanged: bool


def run_stage(stage: Stage, context: Context) -> StageResult:
    """Run a stage unless its slices stand and came of the same fingerprint.

    Raises what the stage raises. A QualityError keeps the slices that were written as evidence, under a
    fingerprint of their own, so that the stage is not taken for done.
    """
    begun = time.monotonic()
    fingerprint = stage.fingerprint(context)
    outputs = stage.outputs_of(context.config)
    unchanged = bool(outputs) and all(context.books.stands(table, fingerprint) for table in outputs)
    if not unchanged:
        _work(stage, Work(context, fingerprint))
    slices = tuple(context.books.slice(table) for table in outputs)
    return StageResult(stage.name, time.monotonic() - begun, slices, unchanged)


def _work(stage: Stage, work: Work) -> None:
    try:
        stage.build(work)
    except QualityError:
        evidence = [_as_evidence(written) for written in work.slices]
        if evidence:
            work.context.books.record(evidence, work.run)
        raise
    if work.slices:
        work.context.books.record(work.slices, work.run)


def _as_evidence(written: Slice) -> Slice:
    return Slice(**{**written.__dict__, "fingerprint": FAILED + written.fingerprint})
