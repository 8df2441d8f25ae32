"""The exchange `broadcast`: the driver holds one number per vertex and sends all of them to the blocks each time.

Labels are int32 numbers of `names`, the ascending vertex ids and seed labels. Edges never leave the blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark import Broadcast
from pyspark.sql import DataFrame

from marketgraph.communities.blocks import Packed, rows_in
from marketgraph.communities.csr import Layout
from marketgraph.communities.hubs import Count, counted, elected
from marketgraph.communities.measures import (
    Measure,
    digest,
    inner_votes,
    partition_of,
    smallest_of,
    sum_of_squares,
    summed,
)
from marketgraph.communities.packing import Answers, Batches, ints, longs, packed_row, places, rows_of
from marketgraph.communities.report import Partition
from marketgraph.communities.seeds import NO_SEEDS, GivenSeeds, of_rows
from marketgraph.communities.settings import Propagation
from marketgraph.communities.turns import turns_of
from marketgraph.communities.union_find import components
from marketgraph.communities.votes import (
    ALL,
    NO_VOTES,
    UNITS,
    Flags,
    Heard,
    Ints,
    Longs,
    Rule,
    Seeds,
    vote,
)  # fmt: skip

_ANSWER = "place int, block int, hub int, labels binary, votes binary, inner long"
_PAIRS = "ids binary, labels binary"
_NO_HUB = -1  # in place of a hub: the answer is for the block's own rows


@dataclass(frozen=True)
class State:
    """The labels after some iterations. moved: for each turn, who changed in it last."""

    labels: Ints
    moved: tuple[Flags, ...]
    changed: int
    digest: int


class _Seeds(NamedTuple):
    """The seeds by the numbers of their vertices and labels."""

    vertices: Ints
    labels: Ints
    votes: Longs


class _Told(NamedTuple):
    """What every round needs beside the blocks."""

    seeds: _Seeds
    layout: Layout
    rule: Rule


class BroadcastExchange:
    """Iterations over a packed graph whose labels the driver holds: `BYTES_A_VERTEX` of memory for each vertex."""

    mode: Literal["broadcast", "shuffle"] = "broadcast"

    def __init__(self, packed: Packed, settings: Propagation, seeds: GivenSeeds = NO_SEEDS) -> None:
        given = seeds.among(packed.ids)
        self._packed, self.vertices = packed, packed.layout.vertices
        self._names = np.union1d(packed.ids, given.labels) if given.labels.size else packed.ids
        self._turns, self._watched = turns_of(packed.ids, settings.schedule), settings.largest_share < 1
        vertices = np.searchsorted(packed.ids, given.vertices).astype(np.int32)
        self._seeds = _Seeds(vertices, self._numbers(given.labels), given.votes(settings.pin_seeds))
        rule = Rule(settings.ties == "current", round(settings.own_vote * UNITS))
        self._context = packed.frame.sparkSession.sparkContext
        self._told = self._context.broadcast(_Told(self._seeds, packed.layout, rule))

    @property
    def total(self) -> int:
        """All votes, each edge twice."""
        return self._packed.total

    def state_of(self, vertices: Ints) -> State:
        """The state in which each vertex has the label of the vertex of this number."""
        return self._state(self._numbers(self._packed.ids)[vertices], (ALL,) * len(self._turns), 0)

    def begin(self) -> State:
        """Each vertex with its own label, each seed with its seed's."""
        labels = self._numbers(self._packed.ids)
        labels[self._seeds.vertices] = self._seeds.labels
        return self._state(labels, (ALL,) * len(self._turns), 0)

    def resume(self, labels: DataFrame) -> State:
        """The state in which each vertex has the label of its row (vertex_id, label)."""
        parts = [(longs(r["ids"]), longs(r["labels"])) for r in labels.mapInArrow(_gather, _PAIRS).collect()]
        ids, found = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
        order = np.argsort(ids)
        if not np.array_equal(ids[order], self._packed.ids):
            raise ValueError("the labels are of other vertices")
        return self._state(self._numbers(found[order]), (ALL,) * len(self._turns), 0)

    def iterate(self, state: State) -> tuple[State, Measure]:
        """The state after one iteration, and the measure of the one before, where a collapse is watched for."""
        labels, moved, changed, measure = state.labels, list(state.moved), 0, Measure(0, 0, 0)
        for at, turn in enumerate(self._turns):
            # what a vertex of this turn has not heard of yet: all that changed since its last turn
            news = ALL if any(m is ALL for m in moved) else np.bitwise_or.reduce(moved)
            after, inner = self._round(labels, news, turn)
            if at == 0 and self._watched:
                measure = self._measured(labels, inner)
            moved[at], labels = (after != labels).astype(np.uint8), after
            changed += int(moved[at].sum())
        return self._state(labels, tuple(moved), changed), measure

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
            partial(_tell, sent, self._packed.layout.blocks), "vertex_id long, label long"
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
        answers = self._packed.frame.mapInArrow(partial(_vote, self._told, sent), _ANSWER)
        if layout.hubs.size:
            answers = answers.repartition(layout.blocks, "place").mapInArrow(
                partial(_elect, self._told, sent), _ANSWER
            )
        # a block's answer says nothing of its hubs: theirs come after it
        for row in sorted(answers.collect(), key=lambda row: row["hub"]):
            if row["hub"] == _NO_HUB:
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
            partial(_count, self._told, sent), "block int, inner binary"
        ).collect():
            height, found = layout.height(row["block"]), longs(row["inner"])
            inner[row["block"] :: layout.blocks] += found[:height]
            inner[layout.hubs] += found[height:]
        sent.destroy()
        return inner


def _vote(told: Broadcast[_Told], sent: Broadcast[Any], batches: Batches) -> Answers:
    (seeds, layout, rule), (labels, moved, turn) = told.value, sent.value
    where = places(layout.blocks)
    for row in rows_of(batches):
        rows, block, height = rows_in(row), row["block"], layout.height(row["block"])
        own = rows._replace(indptr=rows.indptr[: height + 1])
        heard = Heard(labels, moved, turn, block, layout.blocks)
        chosen, inner = vote(own, heard, _seeds_of(seeds, labels, block, layout), rule)
        yield _answer(where[block], block, _NO_HUB, chosen, NO_VOTES, inner)
        if not layout.hubs.size:
            continue
        hubs = rows._replace(indptr=rows.indptr[height:])
        for hub, (found, votes) in enumerate(counted(hubs, labels)):
            yield _answer(where[hub % layout.blocks], block, hub, found, votes, 0)


def _answer(place: int, block: int, hub: int, labels: Ints, votes: Longs, inner: int) -> pa.RecordBatch:
    return packed_row(place=place, block=block, hub=hub, labels=labels, votes=votes, inner=np.int64(inner))


def _elect(told: Broadcast[_Told], sent: Broadcast[Any], batches: Batches) -> Answers:
    """What all blocks have counted for a hub becomes one answer; answers for blocks pass as they are."""
    (seeds, layout, rule), (labels, _, turn) = told.value, sent.value
    counts: dict[int, list[Count]] = {}
    for batch in batches:
        for_block = pc.equal(batch.column("hub"), _NO_HUB)
        yield batch.filter(for_block)
        for row in rows_of([batch.filter(pc.invert(for_block))]):
            counts.setdefault(row["hub"], []).append((ints(row["labels"]), longs(row["votes"])))
    for hub in sorted(counts):
        vertex = layout.hubs[hub]
        pulls = _seeds_of(seeds, labels, vertex, Layout(layout.vertices, layout.vertices, layout.hubs))
        may_change = not turn.size or bool(turn[vertex])
        label, inner = elected(counts[hub], labels[vertex], pulls, rule, may_change)
        yield _answer(0, 0, hub, np.array([label], np.int32), NO_VOTES, inner)


def _seeds_of(seeds: _Seeds, labels: Ints, block: int, layout: Layout) -> Seeds:
    """The seeds among a block's vertices, by its rows."""
    here = seeds.vertices % layout.blocks == block
    rows = seeds.vertices[here] // layout.blocks
    return of_rows(rows, seeds.labels[here], seeds.votes[here], labels[block :: layout.blocks])


def _count(told: Broadcast[_Told], sent: Broadcast[Ints], batches: Batches) -> Answers:
    layout, labels = told.value.layout, sent.value
    for row in rows_of(batches):
        own = np.concatenate([labels[row["block"] :: layout.blocks], labels[layout.hubs]])
        yield packed_row(block=row["block"], inner=inner_votes(rows_in(row), own, labels))


def _tell(sent: Broadcast[tuple[Longs, Longs]], blocks: int, batches: Batches) -> Answers:
    ids, labels = sent.value
    for row in rows_of(batches):
        own = slice(row["block"], None, blocks)
        arrays = {"vertex_id": ids[own], "label": labels[own]}
        yield pa.RecordBatch.from_pydict({n: pa.array(np.ascontiguousarray(a)) for n, a in arrays.items()})


def _gather(batches: Batches) -> Answers:
    """Rows (vertex_id, label) as one packed row a batch."""
    for batch in batches:
        yield packed_row(ids=batch.column("vertex_id").to_numpy(), labels=batch.column("label").to_numpy())
