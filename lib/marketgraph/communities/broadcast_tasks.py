"""What tasks do in the exchange `broadcast`, block by block."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark import Broadcast

from marketgraph.communities.blocks import rows_in
from marketgraph.communities.csr import Layout
from marketgraph.communities.hubs import Count, counted, elected
from marketgraph.communities.measures import inner_votes
from marketgraph.communities.packing import Answers, Batches, ints, longs, packed_row, places, rows_of
from marketgraph.communities.seeds import of_rows
from marketgraph.communities.votes import NO_VOTES, Heard, Ints, Longs, Rule, Seeds, vote

ANSWER = "place int, block int, hub int, labels binary, votes binary, inner long"
PAIRS = "ids binary, labels binary"
NO_HUB = -1  # in place of a hub: the answer is for the block's own rows


class SeedNumbers(NamedTuple):
    """The seeds by the numbers of their vertices and labels."""

    vertices: Ints
    labels: Ints
    votes: Longs


class Told(NamedTuple):
    """What every round needs beside the blocks."""

    seeds: SeedNumbers
    layout: Layout
    rule: Rule


def ballots(told: Broadcast[Told], sent: Broadcast[Any], batches: Batches) -> Answers:
    """The next labels of each block, and what it has counted for each hub. sent: labels, moved, turn."""
    (seeds, layout, rule), (labels, moved, turn) = told.value, sent.value
    where = places(layout.blocks)
    for row in rows_of(batches):
        rows, block, height = rows_in(row), row["block"], layout.height(row["block"])
        own = rows._replace(indptr=rows.indptr[: height + 1])
        heard = Heard(labels, moved, turn, block, layout.blocks)
        chosen, inner = vote(own, heard, _seeds_of(seeds, labels, block, layout), rule)
        yield _answer(where[block], block, NO_HUB, chosen, NO_VOTES, inner)
        if not layout.hubs.size:
            continue
        hubs = rows._replace(indptr=rows.indptr[height:])
        for hub, (found, votes) in enumerate(counted(hubs, labels)):
            yield _answer(where[hub % layout.blocks], block, hub, found, votes, 0)


def _answer(place: int, block: int, hub: int, labels: Ints, votes: Longs, inner: int) -> pa.RecordBatch:
    return packed_row(place=place, block=block, hub=hub, labels=labels, votes=votes, inner=np.int64(inner))


def elections(told: Broadcast[Told], sent: Broadcast[Any], batches: Batches) -> Answers:
    """What all blocks have counted for a hub becomes one answer; answers for blocks pass as they are."""
    (seeds, layout, rule), (labels, _, turn) = told.value, sent.value
    counts: dict[int, list[Count]] = {}
    for batch in batches:
        for_block = pc.equal(batch.column("hub"), NO_HUB)
        yield batch.filter(for_block)
        for row in rows_of([batch.filter(pc.invert(for_block))]):
            counts.setdefault(row["hub"], []).append((ints(row["labels"]), longs(row["votes"])))
    for hub in sorted(counts):
        vertex = layout.hubs[hub]
        pulls = _seeds_of(seeds, labels, vertex, Layout(layout.vertices, layout.vertices, layout.hubs))
        may_change = not turn.size or bool(turn[vertex])
        label, inner = elected(counts[hub], labels[vertex], pulls, rule, may_change)
        yield _answer(0, 0, hub, np.array([label], np.int32), NO_VOTES, inner)


def _seeds_of(seeds: SeedNumbers, labels: Ints, block: int, layout: Layout) -> Seeds:
    """The seeds among a block's vertices, by its rows."""
    here = seeds.vertices % layout.blocks == block
    rows = seeds.vertices[here] // layout.blocks
    return of_rows(rows, seeds.labels[here], seeds.votes[here], labels[block :: layout.blocks])


def inner_counts(told: Broadcast[Told], sent: Broadcast[Ints], batches: Batches) -> Answers:
    """For each row of each block the votes of neighbours of its label. sent: labels."""
    layout, labels = told.value.layout, sent.value
    for row in rows_of(batches):
        own = np.concatenate([labels[row["block"] :: layout.blocks], labels[layout.hubs]])
        yield packed_row(block=row["block"], inner=inner_votes(rows_in(row), own, labels))


def labels_told(sent: Broadcast[tuple[Longs, Longs]], blocks: int, batches: Batches) -> Answers:
    """Rows (vertex_id, label) of each block. sent: ids and labels of all vertices."""
    ids, labels = sent.value
    for row in rows_of(batches):
        own = slice(row["block"], None, blocks)
        arrays = {"vertex_id": ids[own], "label": labels[own]}
        yield pa.RecordBatch.from_pydict({n: pa.array(np.ascontiguousarray(a)) for n, a in arrays.items()})


def pairs(batches: Batches) -> Answers:
    """Rows (vertex_id, label) as one packed row a batch."""
    for batch in batches:
        yield packed_row(ids=batch.column("vertex_id").to_numpy(), labels=batch.column("label").to_numpy())
