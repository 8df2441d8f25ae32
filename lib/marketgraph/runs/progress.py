"""How far a run is, twice a second on a terminal: tables and rows written, tasks done, and how long it may still take.

It asks the same store as the meter does, a few milliseconds each time. Where there is no terminal, nothing is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from threading import Event, Thread
from time import monotonic
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from marketgraph.errors import MarketgraphError
from marketgraph.runs.history import last_stages, seconds_left
from marketgraph.runs.seen import StageSeen, amount
from marketgraph.runs.watch import Watch
from marketgraph.store import Store

EVERY_SECONDS = 0.5
_MINUTE = 60


class Progress:
    """What there is to say of the stage at work. command, as_of: of the run, to find one like it."""

    def __init__(self, watch: Watch, store: Store, *, command: str, as_of: date) -> None:
        self._watch, self._store, self._command, self._as_of = watch, store, command, as_of
        self._before: list[dict[str, Any]] | None = None

    def text(self) -> str:
        """Empty between stages. Raises Py4JError or OSError when Spark has gone."""
        stage = self._watch.now
        if stage is None:
            return ""
        done, tasks = self._watch.meter.tasks_at_work() if self._watch.meter else (0, 0)
        return progress_text(stage, done=done, tasks=tasks, left=self._left(stage))

    def _left(self, stage: StageSeen) -> float | None:
        if self._before is None:
            self._before = self._last()
        return seconds_left(
            self._before, stage.name, (self._as_of - stage.as_of).days, monotonic() - stage.clock
        )

    def _last(self) -> list[dict[str, Any]]:
        try:
            return last_stages(self._store, self._command)
        except (MarketgraphError, PySparkException):
            return []  # a table of runs that can't be read costs a guess


def progress_text(stage: StageSeen, *, done: int, tasks: int, left: float | None) -> str:
    """Tables, rows, tasks of what Spark is at, time left: of each what is known."""
    written = list(stage.written)
    told = [
        amount(len(written), sum(one.rows for one in written)),
        f"task {done:,} of {tasks:,}" if tasks else "",
        "" if left is None else _time(left),
    ]
    return " · ".join(filter(None, told))


@contextmanager
def shown(text: Callable[[], str], show: Callable[[str], None]) -> Iterator[None]:
    """Show the text anew twice a second as long as this lasts, from a thread of its own."""
    over = Event()
    thread = Thread(target=_keep_showing, args=(text, show, over), name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=EVERY_SECONDS)


def _keep_showing(text: Callable[[], str], show: Callable[[str], None], over: Event) -> None:
    try:
        while not over.wait(EVERY_SECONDS):
            show(text())
    except (Py4JError, OSError):
        return  # Spark has gone: the run itself will say so


def _time(left: float) -> str:
    if left < _MINUTE:
        return "under a minute left, by the run before"
    return f"about {round(left / _MINUTE)} min left, by the run before"
