"""Label propagation over a packed graph: rounds of votes until nothing changes, with a report of how it went.

The driver holds one label per vertex (int32) and sends it to the blocks each round; edges never leave them. The same
graph and settings give the same labels, bit for bit, for any number of blocks, tasks and cores.
Source: Raghavan, Albert and Kumara (2007); synchronous with ties to the smallest is LDBC Graphalytics' CDLP.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
from pyspark import Broadcast

from marketgraph.communities.blocks import Answers, Batches, Packed, ints, longs, rows_of
from marketgraph.communities.votes import ALL, UNITS, Flags, Ints, Longs, vote

Stop = Literal["converged", "few_changes", "oscillating", "max_iterations"]


@dataclass(frozen=True)
class Propagation:
    """How labels are found.

    schedule: `synchronous`: all vertices change at once; `alternating`: half of them, then the other half (by a
    hash of the vertex id), which can't oscillate between the sides of a bipartite graph. ties: `smallest` label, or
    `current`: the vertex's own label if it is among the best. own_vote: votes for the own label, in weights of an edge.
    least_changed: the share of vertices (0..1) below which changes are too few to go on; 0: until none changes.
    """

    max_iterations: int = 10
    schedule: Literal["synchronous", "alternating"] = "synchronous"
    ties: Literal["smallest", "current"] = "smallest"
    own_vote: float = 0.0
    least_changed: float = 0.0


@dataclass(frozen=True)
class Step:
    """One iteration: how many vertices changed, their share of all, and how long it took."""

    iteration: int
    changed: int
    share: float
    seconds: float


@dataclass(frozen=True)
class Report:
    """How a propagation went, and why it ended."""

    steps: tuple[Step, ...]
    stopped: Stop


def propagate(
    packed: Packed, settings: Propagation, *, watch: Callable[[Step], object] | None = None
) -> tuple[Ints, Report]:
    """A label for each vertex, as the dense number of the vertex that gave it, and the report.

    watch: is told of each iteration as it ends.
    """
    labels = np.arange(packed.ids.size, dtype=np.int32)
    turns = _turns(packed.ids, settings)
    moved: list[Flags] = [ALL] * len(turns)
    seen: list[bytes] = [_digest(labels)]
    steps: list[Step] = []
    for iteration in range(1, settings.max_iterations + 1):
        begun, before = time.monotonic(), labels
        for at, turn in enumerate(turns):
            # what a vertex of this turn has not heard of yet: all that changed since its last turn
            news = ALL if any(m is ALL for m in moved) else np.bitwise_or.reduce(moved)
            after = _round(packed, labels, news, turn, settings)
            moved[at], labels = (after != labels).astype(np.uint8), after
        step = _step(iteration, before, labels, begun)
        steps.append(step)
        if watch is not None:
            watch(step)
        seen.append(_digest(labels))
        stopped = _stop(step, seen, settings)
        if stopped is not None:
            # two states take turns for ever: the one is given that the last iteration would have left
            last = stopped != "oscillating" or (settings.max_iterations - iteration) % 2 == 0
            return labels if last else before, Report(tuple(steps), stopped)
    return labels, Report(tuple(steps), "max_iterations")


def _stop(step: Step, seen: list[bytes], settings: Propagation) -> Stop | None:
    if not step.changed:
        return "converged"
    if step.share < settings.least_changed:
        return "few_changes"
    # the labels of two iterations ago are back, and would come back for ever
    return "oscillating" if len(seen) > 2 and seen[-1] == seen[-3] else None


def _turns(ids: Longs, settings: Propagation) -> list[Flags]:
    """Who may change, half step by half step."""
    if settings.schedule == "synchronous":
        return [ALL]
    mixed = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    first: Flags = ((mixed >> np.uint64(63)) == 0).astype(np.uint8)
    return [first, (first == 0).astype(np.uint8)]


def _round(packed: Packed, labels: Ints, moved: Flags, turn: Flags, settings: Propagation) -> Ints:
    context = packed.frame.sparkSession.sparkContext
    sent = context.broadcast((labels, moved, turn))
    told = packed.frame.mapInArrow(_voter(sent, packed.blocks, settings), "block int, labels binary")
    after: Ints = labels.copy()
    for row in told.collect():
        after[row["block"] :: packed.blocks] = ints(row["labels"])
    sent.destroy()
    return after


def _voter(
    sent: Broadcast[tuple[Ints, Flags, Flags]], blocks: int, settings: Propagation
) -> Callable[[Batches], Answers]:
    keep_current, own_vote = settings.ties == "current", round(settings.own_vote * UNITS)

    def answer(batches: Batches) -> Answers:
        labels, moved, turn = sent.value
        for row in rows_of(batches):
            votes = longs(row["votes"])
            chosen = vote(
                longs(row["indptr"]),
                ints(row["neighbours"]),
                votes,
                labels,
                moved,
                turn,
                row["block"],
                blocks,
                keep_current,
                own_vote,
            )
            block = pa.array([row["block"]], pa.int32())
            yield pa.RecordBatch.from_pydict({"block": block, "labels": [chosen.tobytes()]})

    return answer


def _step(iteration: int, before: Ints, after: Ints, begun: float) -> Step:
    changed = int(np.count_nonzero(before != after))
    return Step(iteration, changed, changed / max(1, after.size), time.monotonic() - begun)


def _digest(labels: Ints) -> bytes:
    return hashlib.blake2b(labels.tobytes(), digest_size=16).digest()
