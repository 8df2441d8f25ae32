"""A run as it is seen from beside: its stages with their times, slices and what Spark did for them.

Who wants to know of it while it goes on is an onlooker. What goes wrong with the looking never fails the run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Protocol

from pyspark.sql import SparkSession

from marketgraph.runs.memory import driver_processes, peak_resident_bytes
from marketgraph.runs.seen import Ended, StageSeen, Standing
from marketgraph.runs.spark_work import SparkMeter, SparkWork
from marketgraph.slices import Slice


class Onlooker(Protocol):
    """Is told of the run and of each stage as they begin and when they are over. Raises nothing."""

    def run_begins(self, command: str) -> None:
        """The run begins."""

    def begins(self, stage: StageSeen) -> None:
        """A stage begins."""

    def is_over(self, stage: StageSeen) -> None:
        """It has ended or failed."""

    def run_is_over(self, ended: Ended) -> None:
        """The run has ended or failed."""


class Watch:
    """Keeps what was seen of each stage. Without a session nothing is asked of Spark."""

    def __init__(
        self,
        spark: SparkSession | None = None,
        *,
        wrote: Callable[[Slice], None] = lambda _: None,
    ) -> None:
        self.stages: list[StageSeen] = []
        self.onlookers: list[Onlooker] = []
        self.meter = SparkMeter(spark) if spark is not None else None
        self._processes = driver_processes(spark) if spark is not None else ()
        self._tell = wrote

    @property
    def now(self) -> StageSeen | None:
        """The stage at work."""
        return self.stages[-1] if self.stages and self.stages[-1].state == "running" else None

    def run_begins(self, command: str, onlookers: Iterable[Onlooker]) -> None:
        """The run begins, and these look on from now."""
        self.onlookers += onlookers
        for one in self.onlookers:
            one.run_begins(command)

    def run_is_over(self, ended: Ended) -> None:
        """The run has ended or failed."""
        for one in self.onlookers:
            one.run_is_over(ended)

    def wrote(self, written: Slice) -> None:
        """A slice was written by the stage at work. May come from any thread."""
        if self.now is not None:
            self.now.written.append(written)
        self._tell(written)

    @contextmanager
    def stage(self, name: str, as_of: date, inputs: Standing = ()) -> Iterator[StageSeen]:
        """See one stage from its begin to its end, and what it fails by."""
        seen = StageSeen(name, as_of, len(self.stages) + 1, inputs)
        self._read_work()  # what was done since the stage before is nobody's
        self.stages.append(seen)
        for one in self.onlookers:
            one.begins(seen)
        try:
            yield seen
        except BaseException as error:
            seen.state, seen.error = "failed", type(error).__name__
            raise
        finally:
            self._close(seen)

    def _close(self, seen: StageSeen) -> None:
        seen.seconds = time.monotonic() - seen.clock
        seen.work = self._read_work()
        seen.driver_peak_bytes = peak_resident_bytes(self._processes) if self._processes else None
        if seen.state == "running":
            seen.state = "ended"
        for one in self.onlookers:
            one.is_over(seen)

    def _read_work(self) -> SparkWork | None:
        return self.meter.read() if self.meter is not None else None
