"""Edges as arrays: ids to dense numbers, edges sorted by block, rows compressed. Plain numpy and numba, no Spark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from marketgraph.communities.votes import NO_VOTES, Ints, Longs, compiled

SPARE = 4  # a table by id is used while at most this many times larger than the number of vertices


@dataclass(frozen=True)
class Edges:
    """Undirected edges by vertex id. votes: None for one each."""

    src: Longs
    dst: Longs
    votes: Longs | None


@dataclass(frozen=True)
class Chunk:
    """Some of a block's votes: row r of the block hears the vertex neighbours[i], with votes[i] (none: one each)."""

    rows: Ints
    neighbours: Ints
    votes: Longs


@dataclass(frozen=True)
class Block:
    """Compressed rows, see `votes`."""

    indptr: Longs
    neighbours: Ints
    votes: Longs


def numbered(ids: Longs, values: Longs) -> Ints:
    """The dense number of each value, all of which must be among the ascending `ids`."""
    span = int(ids[-1]) - int(ids[0]) + 1 if ids.size else 0
    if span == ids.size:
        return np.asarray(values - ids[0], np.int32)
    if span <= SPARE * ids.size:
        table = np.empty(span, np.int32)
        table[ids - ids[0]] = np.arange(ids.size, dtype=np.int32)
        found: Ints = table[values - ids[0]]
        return found
    return np.asarray(np.searchsorted(ids, values), np.int32)


def sorted_by_block(edges: Edges, ids: Longs, blocks: int) -> Iterator[tuple[int, Chunk]]:
    """Each edge as a vote for either end, in the chunk of the end's block; blocks that get nothing are left out."""
    src, dst = numbered(ids, edges.src), numbered(ids, edges.dst)
    votes = NO_VOTES if edges.votes is None else edges.votes
    ends, rows, neighbours, sorted_votes = _scattered(src, dst, votes, blocks)
    for block in range(blocks):
        begin, end = ends[block], ends[block + 1]
        if begin < end:
            part = sorted_votes[begin:end] if votes.size else NO_VOTES
            yield block, Chunk(rows[begin:end], neighbours[begin:end], part)


def compressed(chunks: Sequence[Chunk], height: int) -> Block:
    """The chunks of one block as compressed rows. height: the block's number of vertices."""
    indptr = np.zeros(height + 1, np.int64)
    for chunk in chunks:
        _count(chunk.rows, indptr)
    np.cumsum(indptr, out=indptr)
    weighted = any(chunk.votes.size for chunk in chunks)
    neighbours = np.empty(indptr[-1], np.int32)
    votes = np.empty(indptr[-1], np.int64) if weighted else NO_VOTES
    free = indptr[:-1].copy()
    for chunk in chunks:
        _fill(chunk.rows, chunk.neighbours, chunk.votes, free, neighbours, votes)
    return Block(indptr, neighbours, votes)


@compiled
def _scattered(src: Ints, dst: Ints, votes: Longs, blocks: int) -> tuple[Longs, Ints, Ints, Longs]:
    """Both directions of each edge, those of one block side by side: where blocks end, rows, neighbours, votes."""
    ends = np.zeros(blocks + 1, np.int64)
    for at in range(src.size):
        ends[src[at] % blocks + 1] += 1
        ends[dst[at] % blocks + 1] += 1
    for block in range(blocks):
        ends[block + 1] += ends[block]
    free = ends[:-1].copy()
    rows, neighbours = np.empty(2 * src.size, np.int32), np.empty(2 * src.size, np.int32)
    given = np.empty(2 * votes.size, np.int64)
    for at in range(src.size):
        for row, neighbour in ((src[at], dst[at]), (dst[at], src[at])):
            place = free[row % blocks]
            free[row % blocks] += 1
            rows[place], neighbours[place] = row // blocks, neighbour
            if votes.size:
                given[place] = votes[at]
    return ends, rows, neighbours, given


@compiled
def _count(rows: Ints, indptr: Longs) -> None:
    for row in rows:
        indptr[row + 1] += 1


@compiled
def _fill(
    rows: Ints, neighbours: Ints, votes: Longs, free: Longs, all_neighbours: Ints, all_votes: Longs
) -> None:
    for at in range(rows.size):
        place = free[rows[at]]
        free[rows[at]] += 1
        all_neighbours[place] = neighbours[at]
        if votes.size:
            all_votes[place] = votes[at]
