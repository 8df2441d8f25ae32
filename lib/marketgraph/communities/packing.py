"""What packed rows are made of: numpy arrays as binary columns of Arrow batches, a handful of rows per task.

A function that Spark is given must be one of a module, its arguments bound by `partial`: a nested one would be sent by
value with the compiled functions that it calls, and each worker would compile them anew for seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from marketgraph.communities.votes import Ints, Longs
from marketgraph.workers import spare_the_archives

# What a task is given and what it answers: batches of packed rows.
Batches = Iterable[Any]
Answers = Iterator[Any]

_KINDS = {int: pa.int32(), np.int64: pa.int64(), float: pa.float64(), bytes: pa.binary()}


def packed_row(**values: Any) -> pa.RecordBatch:
    """One row: arrays become binaries; an int is an int column, an np.int64 a long one."""
    told = {n: v.tobytes() if isinstance(v, np.ndarray) else v for n, v in values.items()}
    return pa.RecordBatch.from_pydict({n: pa.array([v], _KINDS[type(v)]) for n, v in told.items()})


def rows_of(batches: Batches) -> Iterator[dict[str, Any]]:
    """The packed rows one by one: binaries as buffers, not copied."""
    spare_the_archives()
    for batch in batches:
        names = batch.schema.names
        for at in range(batch.num_rows):
            yield {name: _value(batch.column(name)[at]) for name in names}


def ints(buffer: Any) -> Ints:
    """A binary column's value as int32."""
    return np.frombuffer(buffer, np.int32)


def longs(buffer: Any) -> Longs:
    """A binary column's value as int64."""
    return np.frombuffer(buffer, np.int64)


def places(partitions: int) -> list[int]:
    """For each partition a number that Spark's `repartition` sends there, and no other of these.

    Spark hashes an int by Murmur3 (seed 42) and takes the remainder; plain block numbers would share partitions.
    """
    found: dict[int, int] = {}
    number = 0
    while len(found) < partitions:
        found.setdefault(_murmur3(number) % partitions, number)
        number += 1
    return [found[partition] for partition in range(partitions)]


def _murmur3(value: int) -> int:
    """Spark's hash of an int, signed. Source: Appleby's MurmurHash3 x86_32 of one block of four bytes."""
    bits = 0xFFFFFFFF
    k = _rotated(value * 0xCC9E2D51 & bits, 15) * 0x1B873593 & bits
    h = (_rotated(42 ^ k, 13) * 5 + 0xE6546B64 & bits) ^ 4
    h = (h ^ h >> 16) * 0x85EBCA6B & bits
    h = (h ^ h >> 13) * 0xC2B2AE35 & bits
    h ^= h >> 16
    return h - (1 << 32) if h >> 31 else h


def _rotated(value: int, by: int) -> int:
    return (value << by | value >> 32 - by) & 0xFFFFFFFF


def _value(scalar: Any) -> Any:
    return scalar.as_buffer() if isinstance(scalar, pa.BinaryScalar) else scalar.as_py()
