"""What was seen of a run: its stages, and how it ended. Plain values, of which nothing goes into a fingerprint."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from typing import Literal

from marketgraph.runs.spark_work import SparkWork
from marketgraph.slices import Slice
from marketgraph.tables import Table

State = Literal["running", "ended", "unchanged", "failed"]
Standing = tuple[tuple[Table, Slice], ...]


@dataclass
class StageSeen:
    """One stage of a run. error: the class of what ended it; never its message, which may quote a row.

    inputs, outputs: the slices that it reads, and those that stand after it. written: what it has written so far.
    """

    name: str
    as_of: date
    position: int
    inputs: Standing = ()
    outputs: Standing = ()
    written: list[Slice] = field(default_factory=list)
    state: State = "running"
    error: str | None = None
    began_at: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
    seconds: float = 0.0
    work: SparkWork | None = None
    driver_peak_bytes: int | None = None
    clock: float = field(default_factory=time.monotonic)

    @property
    def tables(self) -> int:
        """Slices that stand after it, or that it has written so far."""
        return len(self.outputs or self.written)

    @property
    def rows(self) -> int:
        """Their rows."""
        return sum(held.rows for _, held in self.outputs) or sum(held.rows for held in self.written)

    def end(self, outputs: Standing, *, unchanged: bool) -> None:
        """It has come to its end."""
        self.outputs, self.state = outputs, "unchanged" if unchanged else "ended"


def amount(tables: int, rows: int) -> str:
    """What was written, in words: `1 table, 2,000 rows`; empty for none."""
    return f"{tables} table{'' if tables == 1 else 's'}, {rows:,} rows" if tables else ""


@dataclass(frozen=True)
class Ended:
    """How a run ended, and how long it took. command: `run`, or the job. error: a class, never a message."""

    command: str
    seconds: float
    exit_code: int = 0
    error: str | None = None
    release_id: str | None = None

    @property
    def state(self) -> str:
        """As `runs.runs` has it."""
        return "failed" if self.error else "ended"
