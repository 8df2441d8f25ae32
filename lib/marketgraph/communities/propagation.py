"""Label propagation: iterations of votes until a stop rule holds, with a report of how it went.

The loop is the same for either exchange, and so are the labels, bit for bit, for any number of blocks, tasks and
cores. Source: Raghavan, Albert and Kumara (2007); synchronous with ties to the smallest is LDBC Graphalytics' CDLP.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pyspark.sql import DataFrame

from marketgraph.communities.measures import Measure
from marketgraph.communities.report import Partition, Report, Step, Stop
from marketgraph.communities.settings import Propagation

Watch = Callable[[Step], object]


class State(Protocol):
    """The labels after an iteration: how many changed in it, and their digest."""

    @property
    def changed(self) -> int: ...

    @property
    def digest(self) -> int: ...


class Exchanging(Protocol):
    """What an exchange does for the loop. total: all votes, each edge twice; vertices: those with an edge."""

    mode: Literal["broadcast", "shuffle"]
    vertices: int

    @property
    def total(self) -> int: ...
    def begin(self) -> Any: ...
    def resume(self, labels: DataFrame) -> Any: ...
    def iterate(self, state: Any, number: int) -> tuple[Any, Measure]: ...
    def measure(self, state: Any) -> Measure: ...
    def refined(self, state: Any, settings: Propagation) -> Any: ...
    def partition(self, state: Any) -> Partition: ...
    def labelled(self, state: Any) -> DataFrame: ...
    def drop(self, state: Any) -> None: ...


@dataclass
class History:
    """What the stop rules look back to. A kept state is one of at most three: the last two and the best."""

    states: dict[int, Any]
    digests: list[int]
    steps: list[Step]
    best: int = 0
    best_modularity: int | None = None


Keep = Callable[[History], object]


def propagate(
    exchange: Exchanging,
    settings: Propagation,
    *,
    history: History | None = None,
    watch: Watch | None = None,
    keep: Keep | None = None,
) -> tuple[Any, Report]:
    """The state whose labels are given, and the report.

    history: of iterations that were made before, to go on from. watch: is told of each iteration as it ends.
    keep: is given the history after each iteration that another one follows.
    """
    past = history or begun(exchange)
    stopped: Stop | None = _stop(past, settings)
    while stopped is None:
        started, at = time.monotonic(), len(past.steps)
        after, measure = exchange.iterate(past.states[at], at)
        if _collapsed(past, at, measure, exchange, settings):
            exchange.drop(after)
            return _ended(past, "collapsed", past.best, exchange, settings)
        share = after.changed / max(1, exchange.vertices)
        past.steps.append(Step(at + 1, after.changed, share, time.monotonic() - started))
        past.digests.append(after.digest)
        past.states[at + 1] = after
        _forget(past, at + 1, exchange)
        if watch is not None:
            watch(past.steps[-1])
        stopped = _stop(past, settings)
        if stopped is None and keep is not None:
            keep(past)
    last = len(past.steps)
    if settings.largest_share < 1 and _collapsed(
        past, last, exchange.measure(past.states[last]), exchange, settings
    ):
        return _ended(past, "collapsed", past.best, exchange, settings)
    if stopped == "oscillating" and (settings.max_iterations - last) % 2:
        last -= 1  # two states take turns for ever: the one is given that the last iteration would have left
    return _ended(past, stopped, last, exchange, settings)


def begun(exchange: Exchanging, initial: DataFrame | None = None) -> History:
    """Before the first iteration. initial: (vertex_id, label) to begin from; none: each vertex with its own."""
    state = exchange.begin() if initial is None else exchange.resume(initial)
    return History({0: state}, [state.digest], [])


def _stop(past: History, settings: Propagation) -> Stop | None:
    if past.steps and not past.steps[-1].changed:
        return "converged"
    if past.steps and past.steps[-1].share < settings.least_changed:
        return "few_changes"
    # halves are others in each iteration, so that labels that are back need not come back again
    same = settings.schedule == "synchronous" and len(past.digests) > 2
    if same and past.digests[-1] == past.digests[-3]:
        return "oscillating"  # the labels of two iterations ago are back, and would come back for ever
    return "max_iterations" if len(past.steps) >= settings.max_iterations else None


def _collapsed(past: History, at: int, measure: Measure, exchange: Exchanging, settings: Propagation) -> bool:
    """Whether the largest community of iteration `at` is too large; keeps in mind the best iteration so far."""
    if settings.largest_share >= 1:
        return False
    modularity = measure.modularity(exchange.total)
    if past.best_modularity is None or modularity > past.best_modularity:
        past.best, past.best_modularity = at, modularity
    return measure.largest > settings.largest_share * exchange.vertices


def _forget(past: History, at: int, exchange: Exchanging) -> None:
    for old in [k for k in past.states if k not in (at, at - 1, past.best)]:
        exchange.drop(past.states.pop(old))


def _ended(
    past: History, stopped: Stop, kept: int, exchange: Exchanging, settings: Propagation
) -> tuple[Any, Report]:
    state = past.states[kept]
    if settings.renames:
        state = exchange.refined(state, settings)
    report = Report(tuple(past.steps), stopped, kept, exchange.mode, state.digest, exchange.partition(state))
    return state, report
