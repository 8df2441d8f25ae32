"""A graph in blocks that know only themselves: what the exchange `shuffle` works on. Plain numpy and numba, no Spark.

Vertex v belongs to the block hash(v) mod B. A block has its own vertices, ascending by id, and ghosts: vertices of
other blocks that its own hear, by owner and id. Both are numbered locally, own first. A hub is heard in every block
that has neighbours of it, and its counts go to its owner.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from marketgraph.communities.csr import Chunk, compressed
from marketgraph.communities.ids import IdTally, Numbering, mixed
from marketgraph.communities.votes import Flags, Ints, Longs, Rows, compiled


class Routed(NamedTuple):
    """Some of a block's votes, by vertex ids: rows[i] hears neighbours[i]. A row that hears itself is only known."""

    rows: Longs
    neighbours: Longs
    votes: Longs


class Shard(NamedTuple):
    """One block. own, ghosts: vertex ids; sections: where in `ghosts` those of each block begin.

    rows: `indptr` covers the own vertices, then `hubs`, whose places among own and ghosts are given; neighbours are
    local numbers. targets, begins, sent: which of the own rows (`sent[begins[i]:begins[i + 1]]`) the block targets[i]
    hears, in the order of its ghosts. seeds: own rows that are seeds, with label and votes. owned_hubs, hub_ranks: own
    rows that are hubs, and which of all hubs.
    """

    own: Longs
    ghosts: Longs
    sections: Ints
    indptr: Longs
    neighbours: Ints
    votes: Longs
    hubs: Ints
    ranks: Ints
    targets: Ints
    begins: Longs
    sent: Ints
    seeds: Ints
    seed_labels: Longs
    seed_votes: Longs
    owned_hubs: Ints
    owned_ranks: Ints

    @property
    def rows(self) -> Rows:
        """What the own vertices hear."""
        return Rows(self.indptr[: self.own.size + 1], self.neighbours, self.votes)

    @property
    def hub_rows(self) -> Rows:
        """What this block's vertices say to each of its hubs."""
        return Rows(self.indptr[self.own.size :], self.neighbours, self.votes)


def block_of(ids: Longs, blocks: int) -> Ints:
    """The block that each vertex belongs to."""
    found: Ints = (mixed(ids) % np.uint64(blocks)).astype(np.int32)
    return found


def routed(src: Longs, dst: Longs, votes: Longs, blocks: int, hubs: Longs) -> Iterator[tuple[int, Routed]]:
    """Each edge as a vote for either end, by block: that of the end, or, for a hub, that of the neighbour.

    hubs: ascending ids. Each vertex is known to its own block, if only by a row that hears itself.
    """
    rows, neighbours = np.concatenate([src, dst]), np.concatenate([dst, src])
    given = np.concatenate([votes, votes])
    of_hub = np.isin(rows, hubs) if hubs.size else np.zeros(rows.size, bool)
    known = np.intersect1d(rows[of_hub], hubs)
    blocks_of = block_of(np.where(of_hub, neighbours, rows), blocks)
    rows, neighbours = np.concatenate([rows, known]), np.concatenate([neighbours, known])
    given = np.concatenate([given, np.zeros(known.size if votes.size else 0, np.int64)])
    ends, order = _by_block(np.concatenate([blocks_of, block_of(known, blocks)]), blocks)
    for block in range(blocks):
        here = order[ends[block] : ends[block + 1]]
        yield block, Routed(rows[here], neighbours[here], given[here] if votes.size else votes)


def assembled(parts: Sequence[Routed], block: int, blocks: int, hubs: Longs, *, once: bool) -> Shard:
    """A block from what was sent to it; whom it sends to is not known yet."""
    ids = _distinct(parts)
    owners = block_of(ids, blocks)
    own, others = ids[owners == block], np.flatnonzero(owners != block)
    others = others[np.argsort(owners[others], kind="stable")]
    ghosts = ids[others]
    sections = np.searchsorted(owners[others], np.arange(blocks + 1)).astype(np.int32)
    local = np.empty(ids.size, np.int32)
    local[owners == block] = np.arange(own.size)
    local[others] = own.size + np.arange(ghosts.size)
    hub_places = np.flatnonzero(np.isin(ids, hubs)) if hubs.size else np.empty(0, np.int64)
    here, ranks = local[hub_places], np.searchsorted(hubs, ids[hub_places]).astype(np.int32)
    row_of = np.arange(ids.size, dtype=np.int32)
    row_of[here] = own.size + np.arange(here.size)
    numbering = Numbering(ids)
    chunks = [_chunk(part, numbering, local, row_of) for part in parts]
    rows = compressed(chunks, own.size + here.size, known=ids.size, once=once)
    mine = here < own.size
    none, no_longs = np.empty(0, np.int32), np.empty(0, np.int64)
    return Shard(
        own, ghosts, sections, *rows, here, ranks, none, no_longs, none, none, no_longs, no_longs,
        here[mine], ranks[mine],
    )  # fmt: skip


def _distinct(parts: Sequence[Routed]) -> Longs:
    tally = IdTally()
    for part in parts:
        tally.add(part.rows)
        tally.add(part.neighbours)
    return np.sort(tally.told()[0])


def _chunk(part: Routed, numbering: Numbering, local: Ints, row_of: Ints) -> Chunk:
    rows, neighbours = local[numbering.of(part.rows)], local[numbering.of(part.neighbours)]
    heard = rows != neighbours
    votes = part.votes[heard] if part.votes.size else part.votes
    return Chunk(row_of[rows[heard]], neighbours[heard], votes)


def wanted(shard: Shard) -> Iterator[tuple[int, Longs]]:
    """For each other block the ids of the vertices that this one hears of it."""
    for block in range(shard.sections.size - 1):
        begin, end = shard.sections[block], shard.sections[block + 1]
        if begin < end:
            yield block, shard.ghosts[begin:end]


def linked(shard: Shard, wishes: dict[int, Longs], seeds: tuple[Longs, Longs, Longs] | None) -> Shard:
    """The block that knows whom it sends to. wishes: by block the ids it wants. seeds: vertices, labels, votes."""
    targets = sorted(wishes)
    lists = [np.searchsorted(shard.own, wishes[target]).astype(np.int32) for target in targets]
    begins = np.cumsum([0, *(part.size for part in lists)])
    found = shard._replace(
        targets=np.array(targets, np.int32),
        begins=begins.astype(np.int64),
        sent=np.concatenate([*lists, np.empty(0, np.int32)]),
    )
    if seeds is None:
        return found
    vertices, labels, votes = seeds
    here = np.isin(vertices, shard.own)
    rows = np.searchsorted(shard.own, vertices[here]).astype(np.int32)
    return found._replace(seeds=rows, seed_labels=labels[here], seed_votes=votes[here])


def news(shard: Shard, labels: Longs, changed: Flags) -> Iterator[tuple[int, Ints, Longs]]:
    """For each block that hears of a change: the block, places in its list, and the labels there."""
    for at, target in enumerate(shard.targets):
        rows = shard.sent[shard.begins[at] : shard.begins[at + 1]]
        places = np.flatnonzero(changed[rows]).astype(np.int32)
        if places.size:
            yield int(target), places, labels[rows[places]]


@compiled
def _by_block(blocks_of: Ints, blocks: int) -> tuple[Longs, Longs]:
    """Where each block's entries end, and the entries block by block, in their order."""
    ends = np.zeros(blocks + 1, np.int64)
    for block in blocks_of:
        ends[block + 1] += 1
    ends = np.cumsum(ends)
    free, order = ends[:-1].copy(), np.empty(blocks_of.size, np.int64)
    for at in range(blocks_of.size):
        order[free[blocks_of[at]]] = at
        free[blocks_of[at]] += 1
    return ends, order
