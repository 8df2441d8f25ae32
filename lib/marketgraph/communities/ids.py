"""Vertex ids as they come (any int64) and the dense numbers that arrays are made of. No Spark here."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from marketgraph.communities.votes import Ints, Longs, compiled, inlined

Hashes = npt.NDArray[np.uint64]
SPARE = 4  # a table by id is used while at most this many times larger than the number of vertices
_PIECE = 1 << 16  # values that are counted before the table may grow
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_BITS = (np.uint64(30), np.uint64(27), np.uint64(31))


class IdTally:
    """Each id once, and how often it was seen: an open-addressing table that grows."""

    def __init__(self) -> None:
        self._keys, self._counts, self._filled = np.empty(1 << 10, np.int64), np.zeros(1 << 10, np.int64), 0

    def add(self, ids: Longs, counts: Longs | None = None) -> None:
        """Count each id once, or as often as `counts` says (at least once)."""
        for at in range(0, ids.size, _PIECE):
            piece = ids[at : at + _PIECE]
            times = np.ones(piece.size, np.int64) if counts is None else counts[at : at + _PIECE]
            while 2 * (self._filled + piece.size) > self._keys.size:
                self._grow()
            self._filled += _count(self._keys, self._counts, piece, times)

    def _grow(self) -> None:
        keys, counts = np.empty(2 * self._keys.size, np.int64), np.zeros(2 * self._keys.size, np.int64)
        used = self._counts > 0
        _count(keys, counts, self._keys[used], self._counts[used])
        self._keys, self._counts = keys, counts

    def told(self) -> tuple[Longs, Longs]:
        """The ids, in no order, and how often each was seen."""
        used = self._counts > 0
        return self._keys[used], self._counts[used]


class Numbering:
    """The dense number of an id: its place among the ascending `ids`."""

    def __init__(self, ids: Longs) -> None:
        span = int(ids[-1]) - int(ids[0]) + 1 if ids.size else 0
        self._first = int(ids[0]) if ids.size else 0
        self._dense = span == ids.size
        self._keys = np.empty(0, np.int64)
        if self._dense:
            self._numbers = np.empty(0, np.int32)
        elif span <= SPARE * ids.size:
            self._numbers = np.empty(span, np.int32)
            self._numbers[ids - self._first] = np.arange(ids.size, dtype=np.int32)
        else:
            self._keys, self._numbers = _indexed(ids)

    def of(self, values: Longs) -> Ints:
        """The number of each value, all of which must be among the ids."""
        if self._dense:
            return np.asarray(values - self._first, np.int32)
        if not self._keys.size:
            return np.asarray(self._numbers[values - self._first], np.int32)
        return _looked_up(self._keys, self._numbers, values)


@compiled
def mixed(values: Longs) -> Hashes:
    """A hash of each value that spreads all its bits. Source: splitmix64's finaliser (Steele, Lea, Flood 2014)."""
    found = np.empty(values.size, np.uint64)
    for at in range(values.size):
        found[at] = mix(values[at])
    return found


@inlined
def mix(value: int) -> np.uint64:
    bits: np.uint64 = np.uint64(value)
    bits = (bits ^ (bits >> _BITS[0])) * _MIX[0]
    bits = (bits ^ (bits >> _BITS[1])) * _MIX[1]
    return bits ^ (bits >> _BITS[2])  # type: ignore[no-any-return]


@compiled
def _count(keys: Longs, counts: Longs, ids: Longs, times: Longs) -> int:
    """Add to the table, whose size is a power of two, and say how many ids are new."""
    mask, new = np.int64(keys.size - 1), 0
    for at in range(ids.size):
        slot = np.int64(mix(ids[at])) & mask
        while counts[slot] and keys[slot] != ids[at]:
            slot = (slot + 1) & mask
        if not counts[slot]:
            keys[slot] = ids[at]
            new += 1
        counts[slot] += times[at]
    return new


@compiled
def _indexed(ids: Longs) -> tuple[Longs, Ints]:
    """A table from id to number; a free slot has the number -1."""
    size = 8
    while size < 2 * ids.size:
        size *= 2
    keys, numbers, mask = np.empty(size, np.int64), np.full(size, -1, np.int32), np.int64(size - 1)
    for at in range(ids.size):
        slot = np.int64(mix(ids[at])) & mask
        while numbers[slot] >= 0:
            slot = (slot + 1) & mask
        keys[slot], numbers[slot] = ids[at], at
    return keys, numbers


@compiled
def _looked_up(keys: Longs, numbers: Ints, values: Longs) -> Ints:
    found, mask = np.empty(values.size, np.int32), np.int64(keys.size - 1)
    for at in range(values.size):
        slot = np.int64(mix(values[at])) & mask
        while keys[slot] != values[at]:
            slot = (slot + 1) & mask
        found[at] = numbers[slot]
    return found
