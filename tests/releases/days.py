"""Releases of a few small tables, written and published as the stages do it, in a second each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pyspark.sql import SparkSession
from typer.testing import CliRunner, Result

from marketgraph.books import Books
from marketgraph.cli import app
from marketgraph.errors import MarketgraphError
from marketgraph.releases.release import GateCounts, Pin, pin, release_fingerprint, release_id, release_row
from marketgraph.run import Run
from marketgraph.slices import Slice
from marketgraph.store import Store
from marketgraph.tables import Table
from marketgraph.tables.communities import LABELS
from marketgraph.tables.operations import RELEASES

ROOT = Path(__file__).resolve().parent.parent.parent
MONDAY, TUESDAY, WEDNESDAY = date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)
NOON = datetime(2024, 1, 5, 12)
Rows = Sequence[tuple[Any, ...]]


class Warehouse:
    """A store in which each `publish` writes slices, the books and a release, a minute after the one before."""

    def __init__(self, spark: SparkSession, root: str) -> None:
        self.spark, self.root, self.store = spark, root, Store(spark, root)
        self._clock = NOON

    def publish(self, as_of: date, made_by: str, tables: Mapping[Table, Rows] | None = None) -> str:
        """The id of a release of `tables` (labels of one vertex if not said). made_by: its inputs, config and code."""
        run = self.run_of(as_of)
        pins = self.write(as_of, made_by, tables or {LABELS: [(1, len(made_by))]})
        fingerprint = release_fingerprint(pins)
        self._clock += timedelta(minutes=1)
        row = release_row(self.spark, pins, run=run, gate=GateCounts(3, 1), published_at=self._clock)
        self.store.append(RELEASES, row, app_id=f"release/{fingerprint}", app_version=1)
        return release_id(run, fingerprint)

    def write(self, as_of: date, made_by: str, tables: Mapping[Table, Rows]) -> list[Pin]:
        """Slices and books, and what would be pinned."""
        run = self.run_of(as_of)
        slices = [self._written(table, rows, run, made_by) for table, rows in tables.items()]
        Books(self.store, as_of).record(slices, run)
        return [pin(table, held) for table, held in zip(tables, slices, strict=True)]

    def run_of(self, as_of: date) -> Run:
        """A run for a date."""
        return Run(f"{as_of}.test", as_of, "config", "code", NOON)

    def _written(self, table: Table, rows: Rows, run: Run, made_by: str) -> Slice:
        frame = self.spark.createDataFrame(list(rows), table.schema)
        books = Books(self.store, run.as_of)
        sequence = books.next_sequence(table)
        if table.sliced:
            return self.store.write(table, frame, run, fingerprint=made_by, sequence=sequence)
        before = self.store.version(table)
        landed = self.store.append(table, frame, app_id=table.full_name, app_version=before + 1)
        assert landed is not None
        held = self.store.read(table, version=landed.version).count()
        return Slice(table.full_name, run.as_of, sequence, made_by, landed.version, held)

    def command(self, *words: str) -> Result:
        """What `marketgraph WORDS` on this warehouse prints and exits with; a MarketgraphError is its message."""
        place = ["--config", str(ROOT / "conf" / "local.yml"), "--set", f"store.root={self.root}"]
        done = CliRunner().invoke(app, [*words, *place])
        if isinstance(done.exception, MarketgraphError):
            return SimpleNamespace(exit_code=done.exception.exit_code, output=str(done.exception))  # type: ignore[return-value]
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done
