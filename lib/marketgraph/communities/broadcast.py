"""The exchange `broadcast`: the driver holds one number per vertex and sends all of them to the blocks each time.

Labels are int32 numbers of `names`, the ascending vertex ids and seed labels. Edges never leave the blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from pyspark.sql import DataFrame

from marketgraph.communities.blocks import Packed
from marketgraph.communities.broadcast_tasks import (
    ANSWER,
    NO_HUB,
    PAIRS,
    SeedNumbers,
    Told,
    ballots,
    elections,
    inner_counts,
    labels_told,
    pairs,
)
from marketgraph.communities.measures import (
    Measure,
    digest,
    partition_of,
    smallest_of,
    sum_of_squares,
    summed,
)
from marketgraph.communities.packing import ints, longs
from marketgraph.communities.report import Partition
from marketgraph.communities.seeds import NO_SEEDS, GivenSeeds
from marketgraph.communities.settings import Propagation
from marketgraph.communities.turns import rounds_unheard, turns_of
from marketgraph.communities.union_find import components
from marketgraph.communities.votes import (
    ALL,
    UNITS,
    Flags,
    Ints,
    Longs,
    Rule,
)


@dataclass(frozen=True)
class State:
    """The labels after some iterations. moved: who changed in each of the last turns, the latest last."""

    labels: Ints
    moved: tuple[Flags, ...]
    changed: int
    digest: int


class BroadcastExchange:
    """Iterations over a packed graph whose labels the driver holds: `BYTES_A_VERTEX` of memory for each vertex."""

    mode: Literal["broadcast", "shuffle"] = "broadcast"

    def __init__(self, packed: Packed, settings: Propagation, seeds: GivenSeeds = NO_SEEDS) -> None:
        given = seeds.among(packed.ids)
        self._packed, self.vertices = packed, packed.layout.vertices
        self._names = np.union1d(packed.ids, given.labels) if given.labels.size else packed.ids
        self._schedule, self._watched = settings.schedule, settings.largest_share < 1
        self._unheard = (ALL,) * rounds_unheard(settings.schedule)
        vertices = np.searchsorted(packed.ids, given.vertices).astype(np.int32)
        self._seeds = SeedNumbers(vertices, self._numbers(given.labels), given.votes(settings.pin_seeds))
        rule = Rule(settings.ties == "current", round(settings.own_vote * UNITS))
        self._context = packed.frame.sparkSession.sparkContext
        self._told = self._context.broadcast(Told(self._seeds, packed.layout, rule))

    @property
    def total(self) -> int:
        """All votes, each edge twice."""
        return self._packed.total

    def state_of(self, vertices: Ints) -> State:
        """The state in which each vertex has the label of the vertex of this number."""
        return self._state(self._numbers(self._packed.ids)[vertices], self._unheard, 0)

    def begin(self) -> State:
        """Each vertex with its own label, each seed with its seed's."""
        labels = self._numbers(self._packed.ids)
        labels[self._seeds.vertices] = self._seeds.labels
        return self._state(labels, self._unheard, 0)

    def resume(self, labels: DataFrame) -> State:
        """The state in which each vertex has the label of its row (vertex_id, label)."""
        parts = [(longs(r["ids"]), longs(r["labels"])) for r in labels.mapInArrow(pairs, PAIRS).collect()]
        none = np.empty(0, np.int64)  # a graph without edges has no part
        ids, found = (np.concatenate([none, *(part[k] for part in parts)]) for k in (0, 1))
        order = np.argsort(ids)
        if not np.array_equal(ids[order], self._packed.ids):
            raise ValueError("the labels are of other vertices")
        return self._state(self._numbers(found[order]), self._unheard, 0)

    def iterate(self, state: State, number: int) -> tuple[State, Measure]:
        """The state after iteration `number` (from 0), and the measure of the one before, if a collapse is watched."""
        labels, moved, changed, measure = state.labels, state.moved, 0, Measure(0, 0, 0)
        for at, turn in enumerate(turns_of(self._packed.ids, self._schedule, number)):
            # what a vertex of this turn has not heard of yet: all that changed since its last turn
            news = ALL if any(m is ALL for m in moved) else np.bitwise_or.reduce(moved)
            after, inner = self._round(labels, news, turn)
            if at == 0 and self._watched:
                measure = self._measured(labels, inner)
            moved, labels = (*moved[1:], (after != labels).astype(np.uint8)), after
            changed += int(moved[-1].sum())
        return self._state(labels, moved, changed), measure

    def measure(self, state: State) -> Measure:
        """The measure of a state, in a round of its own."""
        return self._measured(state.labels, int(self._inner(state.labels).sum()))

    def refined(self, state: State, settings: Propagation) -> State:
        """Communities in one piece, if `split`, and of `min_size` vertices; each named by its smallest vertex."""
        pieces = components(self._packed, state.labels) if settings.split else smallest_of(state.labels)
        small = np.bincount(pieces, minlength=pieces.size)[pieces] < settings.min_size
        return self.state_of(np.where(small, np.arange(pieces.size, dtype=np.int32), pieces))

    def partition(self, state: State) -> Partition:
        """What the communities of a state are like."""
        size = self._names.size
        sizes = np.bincount(state.labels, minlength=size)
        used = sizes > 0
        volumes = summed(state.labels, self._packed.volumes, size)[used]
        inner = summed(state.labels, self._inner(state.labels), size)[used]
        return partition_of(sizes[used], volumes, inner)

    def labelled(self, state: State) -> DataFrame:
        """One row per vertex: (vertex_id, label). The rows are made where the blocks are."""
        sent = self._context.broadcast((self._packed.ids, self._names[state.labels]))
        return self._packed.frame.select("block").mapInArrow(
            partial(labels_told, sent, self._packed.layout.blocks), "vertex_id long, label long"
        )

    def drop(self, state: State) -> None:
        """Arrays go when nobody holds them."""

    def _numbers(self, labels: Longs) -> Ints:
        return np.searchsorted(self._names, labels).astype(np.int32)

    def _state(self, labels: Ints, moved: tuple[Flags, ...], changed: int) -> State:
        return State(labels, moved, changed, int(digest(self._packed.ids, self._names[labels])))

    def _measured(self, labels: Ints, inner: int) -> Measure:
        volumes = summed(labels, self._packed.volumes, self._names.size)
        largest = int(np.bincount(labels).max()) if labels.size else 0
        return Measure(inner, sum_of_squares(volumes), largest)

    def _round(self, labels: Ints, moved: Flags, turn: Flags) -> tuple[Ints, int]:
        """The labels after a vote of those whose turn it is, and the votes within communities before it."""
        layout, after, inner = self._packed.layout, labels.copy(), 0
        sent = self._context.broadcast((labels, moved, turn))
        answers = self._packed.frame.mapInArrow(partial(ballots, self._told, sent), ANSWER)
        if layout.hubs.size:
            answers = answers.repartition(layout.blocks, "place").mapInArrow(
                partial(elections, self._told, sent), ANSWER
            )
        # a block's answer says nothing of its hubs: theirs come after it
        for row in sorted(answers.collect(), key=lambda row: row["hub"]):
            if row["hub"] == NO_HUB:
                after[row["block"] :: layout.blocks] = ints(row["labels"])
            else:
                after[layout.hubs[row["hub"]]] = ints(row["labels"])[0]
            inner += row["inner"]
        sent.destroy()
        return after, inner

    def _inner(self, labels: Ints) -> Longs:
        """For each vertex the votes of neighbours of its label."""
        layout, inner = self._packed.layout, np.zeros(self.vertices, np.int64)
        sent = self._context.broadcast(labels)
        for row in self._packed.frame.mapInArrow(
            partial(inner_counts, self._told, sent), "block int, inner binary"
        ).collect():
            height, found = layout.height(row["block"]), longs(row["inner"])
            inner[row["block"] :: layout.blocks] += found[:height]
            inner[layout.hubs] += found[height:]
        sent.destroy()
        return inner
