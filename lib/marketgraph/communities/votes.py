"""The vote of one block of vertices, compiled: which label do most of a vertex's neighbours have?

A block is a part of the graph as compressed sparse rows. Labels are numbers in the order of the ids that they
stand for, so that the smaller number is the smaller label. Votes are int64 in units of 2^-20 of a weight, so sums
are exact and no order matters. Source: Raghavan, Albert and Kumara (2007).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numba
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Labels = npt.NDArray[Any]  # int32 where labels are numbers of vertices, int64 where they are vertex ids
Flags = npt.NDArray[np.uint8]
Function = TypeVar("Function", bound=Callable[..., Any])

UNITS = 1 << 20  # votes of an edge of weight 1
PINNED = -1  # in place of a seed's votes: its vertex keeps the seed's label
NO_VOTES = np.empty(0, np.int64)  # every neighbour has the votes of a weight of 1
ALL = np.empty(0, np.uint8)  # as `moved` and `turn`: every vertex
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # Fibonacci hashing: neighbours land far apart


def compiled(function: Function) -> Function:
    """Compile at the first call, and keep it beside the source where that is a file and not in a zip."""
    try:
        return numba.njit(cache=True, nogil=True)(function)  # type: ignore[no-any-return]
    except RuntimeError:
        return numba.njit(nogil=True)(function)  # type: ignore[no-any-return]


def inlined(function: Function) -> Function:
    """A part of a compiled loop. A call would count references to each array: five times the loop's own time."""
    return numba.njit(inline="always")(function)  # type: ignore[no-any-return]


class Rows(NamedTuple):
    """Compressed rows: `indptr` (rows + 1) says where in `neighbours` and `votes` each row begins.

    neighbours: where in `Heard` each neighbour's label stands. votes: int64, or NO_VOTES.
    """

    indptr: Longs
    neighbours: Ints
    votes: Longs


class Heard(NamedTuple):
    """What a block knows of vertices before a vote. Row r is the vertex first + r * stride of these arrays.

    moved: 1 for vertices whose label changed since their neighbours last voted; a row without such a neighbour keeps
    its label, for the same votes give the same. turn: 1 for vertices that may change now.
    """

    labels: Labels
    moved: Flags
    turn: Flags
    first: int
    stride: int


class Seeds(NamedTuple):
    """What pulls the rows of a block to labels of their own: one entry per row, or none at all.

    votes: 0 for a row that is no seed; PINNED for one that never changes.
    """

    labels: Labels
    votes: Longs


class Rule(NamedTuple):
    """keep_current: a tie goes to the vertex's own label if that is among the best, else to the smallest."""

    keep_current: bool
    own_vote: int


@compiled
def vote(rows: Rows, heard: Heard, seeds: Seeds, rule: Rule) -> tuple[Labels, int]:
    """The next label of each row of a block, and the votes that the rows' present labels have now.

    The second is the sum over rows of the votes of neighbours with the row's own label: each edge inside a
    community counts twice in it, over all blocks. A label without votes is never taken.
    """
    indptr, neighbours, votes = rows
    labels, moved, turn = heard.labels, heard.moved, heard.turn
    chosen = np.empty(indptr.size - 1, labels.dtype)
    keys, sums, holder, near = _tables(indptr, labels)
    inner = np.int64(0)
    for row in range(indptr.size - 1):
        begin, end = indptr[row], indptr[row + 1]
        vertex = heard.first + row * heard.stride
        own = labels[vertex]
        chosen[row] = own
        active = not moved.size
        for at in range(begin, end):
            near[at - begin] = labels[neighbours[at]]
            if moved.size and moved[neighbours[at]]:
                active = True
        pull = seeds.votes[row] if seeds.votes.size else np.int64(0)
        if not active or pull == PINNED or (turn.size and not turn[vertex]):
            for at in range(begin, end):
                if near[at - begin] == own:
                    inner += votes[at] if votes.size else UNITS
            continue
        shift = _shift(end - begin + 2)
        best, most, own_sum, extra = own, np.int64(0), np.int64(0), np.int64(0)
        for at in range(begin - 2, end):
            if at >= begin:
                label, cast = near[at - begin], votes[at] if votes.size else np.int64(UNITS)
            elif at == begin - 1:
                label, cast = own, np.int64(rule.own_vote)
                extra += cast
            else:
                label, cast = (seeds.labels[row], pull) if pull > 0 else (own, np.int64(0))
                extra += cast if label == own else 0
            if cast == 0:
                continue
            slot = _slot(keys, holder, row, label, shift)
            if holder[slot] != row:
                holder[slot], keys[slot], sums[slot] = row, label, 0
            sums[slot] += cast
            if label == own:
                own_sum = sums[slot]
            if sums[slot] > most or (sums[slot] == most and label < best):
                best, most = label, sums[slot]
        inner += own_sum - extra
        chosen[row] = own if rule.keep_current and own_sum == most else best
    return chosen, inner


@compiled
def tally(rows: Rows, labels: Labels) -> tuple[Longs, Labels, Longs]:
    """For each row the labels of its neighbours, each once with its votes: where rows begin, labels, votes."""
    indptr, neighbours, votes = rows
    keys, sums, holder, _ = _tables(indptr, labels)
    begins = np.zeros(indptr.size, np.int64)
    told, told_votes = np.empty(neighbours.size, labels.dtype), np.empty(neighbours.size, np.int64)
    filled = 0
    for row in range(indptr.size - 1):
        shift = _shift(indptr[row + 1] - indptr[row])
        for at in range(indptr[row], indptr[row + 1]):
            label = labels[neighbours[at]]
            slot = _slot(keys, holder, row, label, shift)
            if holder[slot] != row:
                holder[slot], keys[slot], sums[slot] = row, label, filled
                told[filled], told_votes[filled] = label, 0
                filled += 1
            told_votes[sums[slot]] += votes[at] if votes.size else UNITS
        begins[row + 1] = filled
    return begins, told[:filled].copy(), told_votes[:filled].copy()


@inlined
def _tables(indptr: Longs, labels: Labels) -> tuple[Labels, Longs, Ints, Labels]:
    """An open-addressing table for the widest row, and a row's worth of labels.

    The third says which row a slot was last used for: it saves clearing the table.
    """
    widest = np.int64(0)
    for row in range(indptr.size - 1):
        widest = max(widest, indptr[row + 1] - indptr[row])
    size = np.int64(1) << (64 - np.int64(_shift(widest + 2)))
    return (
        np.empty(size, labels.dtype),
        np.empty(size, np.int64),
        np.full(size, -1, np.int32),
        np.empty(widest, labels.dtype),
    )


@inlined
def _shift(entries: int) -> np.uint64:
    """By how much a 64-bit hash is shifted for a table that `entries` fill by half at most."""
    size = np.int64(8)
    shift: np.uint64 = np.uint64(61)
    while size < 2 * entries:
        size *= 2
        shift -= np.uint64(1)
    return shift


@inlined
def _slot(keys: Labels, holder: Ints, row: int, label: int, shift: np.uint64) -> np.int64:
    """Where the label stands in the row's table, or would."""
    mask = (np.int64(1) << (64 - np.int64(shift))) - 1
    slot: np.int64 = np.int64((np.uint64(label) * _SPREAD) >> shift)
    while holder[slot] == row and keys[slot] != label:
        slot = (slot + 1) & mask
    return slot
