"""The edges as they come, once: in packed rows of many, with every vertex id and how often it is an end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import DataFrame

from marketgraph.communities.holding import held
from marketgraph.communities.ids import IdTally
from marketgraph.communities.packing import Answers, Batches, longs, packed_row, places, rows_of
from marketgraph.communities.votes import NO_VOTES, UNITS, Longs
from marketgraph.workers import spare_the_archives

EDGES_AT_ONCE = 1_000_000  # that a task holds before it sends them on
_GATHERED = "place int, first binary, second binary, votes binary"
_COUNTED = "ids binary, hubs binary, vertices long, ends long"
_NO_PLACE = -1


@dataclass(frozen=True)
class Gathered:
    """The edges of a graph. chunks: (place, first, second, votes): packed rows of edges, cached on disk.

    ids: one packed row per task, cached: (ids, hubs, vertices, ends). vertices: how many; ends: of all edge rows.
    hubs: ascending ids of the vertices with `hub_degree` edge rows or more.
    """

    chunks: DataFrame
    ids: DataFrame
    vertices: int
    ends: int
    hubs: Longs

    def release(self) -> None:
        """Give the disk back."""
        self.chunks.unpersist()
        self.ids.unpersist()

    @property
    def edges(self) -> DataFrame:
        """The packed rows of edges alone."""
        return self.chunks.where(f"place = {_NO_PLACE}")

    def all_ids(self) -> Longs:
        """Every vertex id, ascending, on the driver: 8 bytes each."""
        parts = [longs(row["ids"]) for row in self.ids.select("ids").collect()]
        return np.sort(np.concatenate([*parts, np.empty(0, np.int64)]))


def gathered(edges: DataFrame, *, weighted: bool, hub_degree: int) -> Gathered:
    """Read edges (src, dst: long; where `weighted`, weight: double) once. Hubs are all that the driver holds."""
    cores = edges.sparkSession.sparkContext.defaultParallelism
    columns = ["src", "dst", *(["weight"] if weighted else [])]
    chunks = edges.select(*columns).mapInArrow(partial(_gather, places(cores), weighted), _GATHERED)
    chunks = held(chunks, StorageLevel.DISK_ONLY)
    parts = chunks.where(f"place <> {_NO_PLACE}").repartition(cores, "place")
    ids = held(parts.mapInArrow(partial(_merge, hub_degree), _COUNTED), StorageLevel.DISK_ONLY)
    told = ids.select("hubs", "vertices", "ends").collect()
    hubs = np.sort(np.concatenate([*(longs(row["hubs"]) for row in told), np.empty(0, np.int64)]))
    return Gathered(chunks, ids, sum(r["vertices"] for r in told), sum(r["ends"] for r in told), hubs)


def _gather(parts: list[int], weighted: bool, batches: Batches) -> Answers:
    """Edges as they come in packed rows of many, then every vertex id with its degree, by a hash of the id."""
    tally = IdTally()
    for src, dst, votes in _joined(batches, weighted):
        tally.add(src)
        tally.add(dst)
        yield packed_row(place=_NO_PLACE, first=src, second=dst, votes=votes)
    ids, degrees = tally.told()
    for part, place in enumerate(parts):
        own = ids % len(parts) == part
        yield packed_row(place=place, first=ids[own], second=degrees[own], votes=NO_VOTES)


def _joined(batches: Batches, weighted: bool) -> Iterator[tuple[Longs, Longs, Longs]]:
    """The edges of many batches together: the more at once, the fewer packed rows."""
    spare_the_archives()
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        waiting.append(batch)
        rows += batch.num_rows
        if rows >= EDGES_AT_ONCE:
            yield _arrays(waiting, weighted)
            waiting, rows = [], 0
    if waiting:
        yield _arrays(waiting, weighted)


def _arrays(batches: list[pa.RecordBatch], weighted: bool) -> tuple[Longs, Longs, Longs]:
    table = pa.Table.from_batches(batches)
    votes = np.rint(table.column("weight").to_numpy() * UNITS).astype(np.int64) if weighted else NO_VOTES
    return table.column("src").to_numpy(), table.column("dst").to_numpy(), votes


def _merge(hub_degree: int, batches: Batches) -> Answers:
    """What tasks have counted of some ids, put together."""
    tally = IdTally()
    for row in rows_of(batches):
        tally.add(longs(row["first"]), longs(row["second"]))
    ids, degrees = tally.told()
    yield packed_row(
        ids=ids,
        hubs=ids[degrees >= hub_degree],
        vertices=np.int64(ids.size),
        ends=np.int64(degrees.sum()),
    )
