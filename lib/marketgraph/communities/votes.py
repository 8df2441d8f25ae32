"""The vote of one block of vertices, compiled: which label do most of a vertex's neighbours have?

A block is a part of the graph as compressed sparse rows: `indptr` (rows + 1) says where in `neighbours` each
vertex's neighbours begin. Vertices are dense numbers in the order of their ids, so that the smaller number is the
smaller id; row r of a block is vertex r * stride + block. Votes are int64, so sums are exact and no order matters.
Source: Raghavan, Albert and Kumara (2007).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.uint8]
Function = TypeVar("Function", bound=Callable[..., Any])

UNITS = 1 << 20  # votes of an edge of weight 1: weights are voted with as integers, exactly
NO_VOTES = np.empty(0, np.int64)  # every neighbour has the votes of a weight of 1
ALL = np.empty(0, np.uint8)  # as `moved` and `turn`: every vertex
_SPREAD, _HALF = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)  # Fibonacci hashing: neighbours land far apart


def compiled(function: Function) -> Function:
    """Compile at the first call, and keep it beside the source where that is a file and not in a zip."""
    try:
        return numba.njit(cache=True, nogil=True)(function)  # type: ignore[no-any-return]
    except RuntimeError:
        return numba.njit(nogil=True)(function)  # type: ignore[no-any-return]


@compiled
def vote(
    indptr: Longs,
    neighbours: Ints,
    votes: Longs,
    labels: Ints,
    moved: Flags,
    turn: Flags,
    block: int,
    stride: int,
    keep_current: bool,
    own_vote: int,
) -> Ints:
    """The next label of each row of a block.

    labels: of all vertices. moved: 1 for vertices whose label changed in the step before; a row without such a
    neighbour keeps its label, for the same votes give the same. turn: 1 for vertices that may change now; the others
    keep their labels. keep_current: a tie goes to the vertex's own label
    if that is among the best, else, as all other ties, to the smallest. own_vote: votes for the own label.
    """
    rows = indptr.size - 1
    chosen = np.empty(rows, np.int32)
    size = _table_size(indptr)
    keys, sums = np.empty(size, np.int32), np.empty(size, np.int64)
    holder = np.full(size, -1, np.int32)  # the row that a slot was last used for: saves clearing the table
    for row in range(rows):
        begin, end = indptr[row], indptr[row + 1]
        vertex = row * stride + block
        own = labels[vertex]
        chosen[row] = own
        if turn.size and not turn[vertex]:
            continue
        if begin == end or not _any_moved(neighbours, begin, end, moved):
            continue
        mask = 7
        while mask < 2 * (end - begin + 1):
            mask = 2 * mask + 1
        best, most, own_sum = own, np.int64(0), np.int64(0)
        if own_vote > 0:
            own_sum = _add(keys, sums, holder, row, mask, own, own_vote)
            most = own_sum
        for at in range(begin, end):
            label = labels[neighbours[at]]
            count = _add(keys, sums, holder, row, mask, label, votes[at] if votes.size else UNITS)
            if label == own:
                own_sum = count
            if count > most or (count == most and label < best):
                best, most = label, count
        chosen[row] = own if keep_current and own_sum == most else best
    return chosen


@compiled
def inner_votes(
    indptr: Longs, neighbours: Ints, votes: Longs, labels: Ints, block: int, stride: int
) -> np.int64:
    """Votes between a block's rows and neighbours of the same label; over all blocks each edge counts twice."""
    inner: np.int64 = np.int64(0)
    for row in range(indptr.size - 1):
        own = labels[row * stride + block]
        for at in range(indptr[row], indptr[row + 1]):
            if labels[neighbours[at]] == own:
                inner += votes[at] if votes.size else UNITS
    return inner


@compiled
def _table_size(indptr: Longs) -> int:
    widest = np.int64(0)
    for row in range(indptr.size - 1):
        widest = max(widest, indptr[row + 1] - indptr[row])
    size = 8
    while size < 4 * (widest + 1):
        size *= 2
    return size


@compiled
def _any_moved(neighbours: Ints, begin: int, end: int, moved: Flags) -> bool:
    if not moved.size:
        return True
    for at in range(begin, end):  # noqa: SIM110 - numba compiles a loop, not a generator
        if moved[neighbours[at]]:
            return True
    return False


@compiled
def _add(keys: Ints, sums: Longs, holder: Ints, row: int, mask: int, label: int, count: int) -> np.int64:
    """Add to a label's sum in an open-addressing table of mask + 1 slots, and give the new sum."""
    slot = np.int64((np.uint64(label) * _SPREAD) >> _HALF) & mask
    while holder[slot] == row and keys[slot] != label:
        slot = (slot + 1) & mask
    if holder[slot] != row:
        holder[slot], keys[slot], sums[slot] = row, label, 0
    total: np.int64 = sums[slot] + count
    sums[slot] = total
    return total
