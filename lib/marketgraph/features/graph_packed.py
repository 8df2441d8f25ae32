"""Edges and members as packed rows, and as the arrays that one task makes of all of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.communities.packing import Answers, Batches, packed_row, rows_of
from marketgraph.communities.votes import NO_VOTES, UNITS, Ints, Longs
from marketgraph.features.graph_groups import NO_KIND, UNKNOWN_AGE, Members
from marketgraph.workers import spare_the_archives

PACKED = "members int, ids binary, others binary, values binary, kinds binary, risky binary"
_FIELDS = (
    ("ids", np.int64),
    ("others", np.int64),
    ("values", np.int64),
    ("kinds", np.int8),
    ("risky", np.uint8),
)
_NONE = np.empty(0, np.int8)


class Arrays(NamedTuple):
    """All of a graph. ids: of its vertices, ascending. votes: per edge, or NO_VOTES. own: places of the members' ids.

    members: one entry per vertex; an end of an edge that is no member has a community of its own, and no kind.
    """

    ids: Longs
    src: Longs
    dst: Longs
    votes: Longs
    own: Longs
    members: Members


def packed(edges: DataFrame, members: DataFrame, *, weighted: bool) -> DataFrame:
    """Rows `PACKED`, one per Arrow batch: edges (src, dst, weight); members (vertex_id, label, kind, age, risky)."""
    pairs = edges.select("src", "dst", "weight")
    told = members.select(
        "vertex_id",
        "label",
        F.col("age").cast("long"),
        F.col("kind").cast("byte"),
        F.col("risky").cast("byte"),
    )
    task = _pack_weighted if weighted else _pack_edges
    return pairs.mapInArrow(task, PACKED).unionByName(told.mapInArrow(_pack_members, PACKED))


def received(batches: Batches) -> Arrays:
    """What has come, in any order, as arrays in one order."""
    parts: dict[tuple[int, str], list[Any]] = {}
    for row in rows_of(batches):
        for name, kind in _FIELDS:
            parts.setdefault((row["members"], name), []).append(np.frombuffer(row[name], kind))

    def joined(members: int, name: str) -> npt.NDArray[Any]:
        empty = np.empty(0, dict(_FIELDS)[name])
        return np.concatenate([*parts.get((members, name), []), empty])

    src, dst, votes = joined(0, "ids"), joined(0, "others"), joined(0, "values")
    vertices, labels, ages = joined(1, "ids"), joined(1, "others"), joined(1, "values")
    ids = np.unique(np.concatenate([vertices, src, dst]))
    at = np.searchsorted(ids, vertices)
    members = Members(
        labels=_numbered(labels, at, ids.size),
        kinds=_placed(joined(1, "kinds").astype(np.int64), at, ids.size, NO_KIND),
        ages=_placed(ages, at, ids.size, UNKNOWN_AGE),
        risky=_placed(joined(1, "risky"), at, ids.size, 0),
    )
    return Arrays(ids, src, dst, votes, np.sort(at), members)


def _numbered(labels: Longs, at: Longs, size: int) -> Ints:
    """Labels as numbers 0..n-1; each vertex that has none is alone in a community."""
    names, numbers = np.unique(labels, return_inverse=True)
    found = names.size + np.arange(size, dtype=np.int32)
    found[at] = numbers
    return np.unique(found, return_inverse=True)[1].astype(np.int32)


def _placed(values: npt.NDArray[Any], at: Longs, size: int, otherwise: int) -> npt.NDArray[Any]:
    found = np.full(size, otherwise, values.dtype)
    found[at] = values
    return found


def _pack_weighted(batches: Batches) -> Answers:
    yield from _edges(batches, weighted=True)


def _pack_edges(batches: Batches) -> Answers:
    yield from _edges(batches, weighted=False)


def _edges(batches: Batches, *, weighted: bool) -> Answers:
    spare_the_archives()
    for batch in batches:
        src, dst, weight = (batch.column(name).to_numpy() for name in ("src", "dst", "weight"))
        votes = np.rint(weight * UNITS).astype(np.int64) if weighted else NO_VOTES
        yield packed_row(members=0, ids=src, others=dst, values=votes, kinds=_NONE, risky=_NONE)


def _pack_members(batches: Batches) -> Answers:
    spare_the_archives()
    for batch in batches:
        ids, labels, ages, kinds, risky = (column.to_numpy() for column in batch.columns)
        yield packed_row(members=1, ids=ids, others=labels, values=ages, kinds=kinds, risky=risky)


def table_rows(columns: dict[str, npt.NDArray[Any]], at_once: int) -> Answers:
    """Arrays as plain rows, so many in a batch; NaN is null."""
    size = len(next(iter(columns.values())))
    for begin in range(0, size, at_once):
        part = {
            name: pa.array(values[begin : begin + at_once], from_pandas=True)
            for name, values in columns.items()
        }
        yield pa.RecordBatch.from_pydict(part)
