"""Edges as arrays: sorted by block, rows compressed, a pair's rows made one. Plain numpy and numba, no Spark.

Vertices are dense numbers 0..n-1. Vertex v belongs to block v mod B, as its row v div B. A hub, whose neighbours are
too many for one block, has a row in every block instead, after the block's own: it hears there the neighbours that
belong to that block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from marketgraph.communities.votes import NO_VOTES, UNITS, Ints, Longs, Rows, compiled


class Edges(NamedTuple):
    """Edges by the numbers of their ends. votes: one per edge, or NO_VOTES for a weight of 1 each."""

    src: Ints
    dst: Ints
    votes: Longs


class Chunk(NamedTuple):
    """Some of a block's votes: its row rows[i] hears the vertex neighbours[i], with votes[i] (none: weight 1)."""

    rows: Ints
    neighbours: Ints
    votes: Longs


@dataclass(frozen=True)
class Layout:
    """How many vertices and blocks there are, and which vertices are hubs (ascending)."""

    vertices: int
    blocks: int
    hubs: Ints

    def height(self, block: int) -> int:
        """How many vertices belong to a block, hubs too."""
        return max(0, -(-(self.vertices - block) // self.blocks))

    def vertices_of(self, block: int) -> Ints:
        """The vertex of each row of a block: its own, then the hubs."""
        own = np.arange(block, self.vertices, self.blocks, dtype=np.int32)
        return np.concatenate([own, self.hubs])

    def ranks(self) -> Ints:
        """For each vertex which of the hubs it is, -1 for none; empty where there is no hub."""
        if not self.hubs.size:
            return self.hubs
        ranks = np.full(self.vertices, -1, np.int32)
        ranks[self.hubs] = np.arange(self.hubs.size, dtype=np.int32)
        return ranks


def sorted_by_block(edges: Edges, layout: Layout, ranks: Ints) -> Iterator[tuple[int, Chunk]]:
    """Each edge as a vote for either end, in the chunk of its block: one chunk for each block, if empty."""
    ends, rows, neighbours, votes = _scattered(edges, layout.vertices, layout.blocks, ranks)
    for block in range(layout.blocks):
        begin, end = ends[block], ends[block + 1]
        part = votes[begin:end] if votes.size else NO_VOTES
        yield block, Chunk(rows[begin:end], neighbours[begin:end], part)


def compressed(chunks: Sequence[Chunk], height: int, *, known: int, once: bool) -> Rows:
    """The chunks of one block as compressed rows.

    height: how many rows. known: neighbours are numbers below this. once: a neighbour that a row hears several times
    votes once, with the sum of the votes given (without votes: as one weight of 1); else each of them votes.
    """
    indptr = np.zeros(height + 1, np.int64)
    for chunk in chunks:
        _count(chunk.rows, indptr)
    np.cumsum(indptr, out=indptr)
    weighted = any(chunk.votes.size for chunk in chunks)
    neighbours = np.empty(indptr[-1], np.int32)
    votes = np.empty(indptr[-1], np.int64) if weighted else NO_VOTES
    free = indptr[:-1].copy()
    for chunk in chunks:
        _fill(chunk, free, neighbours, votes)
    rows = Rows(indptr, neighbours, votes)
    if once:
        kept = _made_one(rows, np.full(known, -1, np.int64))
        rows = Rows(indptr, neighbours[:kept].copy(), votes[:kept].copy())
    return rows


def volumes(rows: Rows) -> Longs:
    """The votes that each row hears, in all."""
    if not rows.votes.size:
        return np.diff(rows.indptr) * UNITS
    total = np.concatenate([np.zeros(1, np.int64), np.cumsum(rows.votes)])
    return np.diff(total[rows.indptr])


@compiled
def _scattered(edges: Edges, vertices: int, blocks: int, ranks: Ints) -> tuple[Longs, Ints, Ints, Longs]:
    """Both directions of each edge, those of one block side by side: where blocks end, rows, neighbours, votes.

    Self-loops have no vote.
    """
    src, dst, votes = edges
    ends = np.zeros(blocks + 1, np.int64)
    for at in range(src.size):
        for row, neighbour in ((src[at], dst[at]), (dst[at], src[at])):
            hub = ranks.size and ranks[row] >= 0
            if row != neighbour:
                ends[(neighbour if hub else row) % blocks + 1] += 1
    for block in range(blocks):
        ends[block + 1] += ends[block]
    free = ends[:-1].copy()
    rows, neighbours = np.empty(ends[-1], np.int32), np.empty(ends[-1], np.int32)
    given = np.empty(ends[-1] if votes.size else 0, np.int64)
    for at in range(src.size):
        for row, neighbour in ((src[at], dst[at]), (dst[at], src[at])):
            if row == neighbour:
                continue
            hub = ranks.size and ranks[row] >= 0
            block = (neighbour if hub else row) % blocks
            own_rows = (vertices - block + blocks - 1) // blocks
            place = free[block]
            free[block] += 1
            rows[place] = own_rows + ranks[row] if hub else row // blocks
            neighbours[place] = neighbour
            if votes.size:
                given[place] = votes[at]
    return ends, rows, neighbours, given


@compiled
def _count(rows: Ints, indptr: Longs) -> None:
    for row in rows:
        indptr[row + 1] += 1


@compiled
def _fill(chunk: Chunk, free: Longs, neighbours: Ints, votes: Longs) -> None:
    for at in range(chunk.rows.size):
        place = free[chunk.rows[at]]
        free[chunk.rows[at]] += 1
        neighbours[place] = chunk.neighbours[at]
        if votes.size:
            votes[place] = chunk.votes[at]


@compiled
def _made_one(rows: Rows, places: Longs) -> int:
    """Close up each row to distinct neighbours, in place, and say how many are left in all.

    places: for each neighbour where it was last kept; a place before the row's begin is an earlier row's.
    """
    indptr, neighbours, votes = rows
    kept, begin = 0, indptr[0]
    for row in range(indptr.size - 1):
        end, first = indptr[row + 1], kept
        for at in range(begin, end):
            neighbour = neighbours[at]
            place = places[neighbour]
            if place >= first:
                if votes.size:
                    votes[place] += votes[at]
                continue
            places[neighbour] = kept
            neighbours[kept] = neighbour
            if votes.size:
                votes[kept] = votes[at]
            kept += 1
        begin, indptr[row + 1] = end, kept
    return kept
