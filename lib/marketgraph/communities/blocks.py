"""A graph packed into blocks of compressed sparse rows, once, in Spark; each block is one row of a frame.

Vertices get dense numbers 0..n-1 in the order of their ids; vertex v belongs to block v mod B, which spreads
neighbours in id over all blocks. The edges are read once. Each task sorts its own by block and sends one packed row
per block, so that the shuffle moves a few thousand binary rows, not one row per edge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark import Broadcast, StorageLevel
from pyspark.sql import DataFrame

from marketgraph.communities.csr import Chunk, Edges, Layout, compressed, sorted_by_block, volumes
from marketgraph.communities.ids import IdTally, Numbering
from marketgraph.communities.packing import Answers, Batches, ints, longs, packed_row, places, rows_of
from marketgraph.communities.votes import NO_VOTES, UNITS, Longs, Rows
from marketgraph.errors import SourceError
from marketgraph.workers import spare_the_archives

ENTRIES_OF_A_BLOCK = 16_000_000  # an edge has two
EDGES_AT_ONCE = 1_000_000  # that a task holds before it sends them on
HUB_DEGREE = 1_000_000
MOST_VOTES = 2.0**62  # of all edges together: any sum of them is exact in 64 bits
_GATHERED = "place int, first binary, second binary, votes binary"
_CHUNK = "place int, block int, rows binary, neighbours binary, votes binary"
_BLOCK = "block int, indptr binary, neighbours binary, votes binary, volumes binary, total double"
_NO_PLACE = -1


@dataclass(frozen=True)
class Packed:
    """A packed graph: `frame` has one row per block, cached.

    ids: the vertex id of each dense number, ascending. volumes: for each vertex the votes that it hears, in all.
    """

    frame: DataFrame
    ids: Longs
    layout: Layout
    volumes: Longs

    @property
    def total(self) -> int:
        """All votes: each edge counts twice."""
        return int(self.volumes.sum())


def pack(
    edges: DataFrame,
    *,
    weighted: bool = False,
    once: bool = True,
    blocks: int | None = None,
    hub_degree: int = HUB_DEGREE,
) -> Packed:
    """Pack edges (src, dst: long; where `weighted`, weight: double, not negative); each votes in both directions.

    once: the rows that join a pair, in either direction, are one edge, whose weight is their sum (1 where not
    `weighted`); else each row votes. blocks: how many (None: by the numbers of edges and cores), and hub_degree, from
    which a vertex is heard in all blocks, change no label. Self-loops have no vote; their vertices are kept.
    Raises SourceError when the weights are too large to be added up exactly.
    The driver holds 16 bytes a vertex and no edge. One pass over `edges`, two shuffles of packed rows.
    """
    spark = edges.sparkSession
    cores = spark.sparkContext.defaultParallelism
    columns = ["src", "dst", *(["weight"] if weighted else [])]
    gathered = edges.select(*columns).mapInArrow(partial(_gather, places(cores), weighted), _GATHERED)
    gathered = gathered.persist(StorageLevel.DISK_ONLY)
    ids, degrees = _counted(gathered, cores)
    layout = _layout(degrees, cores, blocks, hub_degree)
    frame = _blocks_of(gathered, spark.sparkContext.broadcast(ids), layout, once)
    packed = Packed(frame, ids, layout, _volumes(frame, layout))
    gathered.unpersist()
    return packed


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
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(b.num_rows for b in held) >= EDGES_AT_ONCE:
            yield _arrays(held, weighted)
            held = []
    if held:
        yield _arrays(held, weighted)


def _arrays(batches: list[pa.RecordBatch], weighted: bool) -> tuple[Longs, Longs, Longs]:
    table = pa.Table.from_batches(batches)
    votes = np.rint(table.column("weight").to_numpy() * UNITS).astype(np.int64) if weighted else NO_VOTES
    return table.column("src").to_numpy(), table.column("dst").to_numpy(), votes


def _counted(gathered: DataFrame, cores: int) -> tuple[Longs, Longs]:
    """Every vertex id once, ascending, and its degree; added up by tasks, so that the driver gets each id once."""
    parts = gathered.where(f"place <> {_NO_PLACE}")
    told = parts.repartition(cores, "place").mapInArrow(_merge, "ids binary, degrees binary").collect()
    ids = np.concatenate([longs(row["ids"]) for row in told])
    order = np.argsort(ids)
    return ids[order], np.concatenate([longs(row["degrees"]) for row in told])[order]


def _merge(batches: Batches) -> Answers:
    tally = IdTally()
    for row in rows_of(batches):
        tally.add(longs(row["first"]), longs(row["second"]))
    ids, degrees = tally.told()
    yield packed_row(ids=ids, degrees=degrees)


def _layout(degrees: Longs, cores: int, blocks: int | None, hub_degree: int) -> Layout:
    entries = int(degrees.sum())
    if blocks is None:
        wanted = max(min(cores, -(-entries // 100_000)), -(-entries // ENTRIES_OF_A_BLOCK), 1)
        blocks = wanted if wanted < cores else -(-wanted // cores) * cores  # so that no core waits
    hubs = np.flatnonzero(degrees >= hub_degree).astype(np.int32) if blocks > 1 else np.empty(0, np.int32)
    return Layout(degrees.size, blocks, hubs)


def _blocks_of(gathered: DataFrame, ids: Broadcast[Longs], layout: Layout, once: bool) -> DataFrame:
    sent = gathered.where(f"place = {_NO_PLACE}").mapInArrow(partial(_send, ids, layout), _CHUNK)
    received = sent.repartition(layout.blocks, "place").mapInArrow(partial(_receive, layout, once), _BLOCK)
    return received.persist(StorageLevel.MEMORY_AND_DISK)


def _send(ids: Broadcast[Longs], layout: Layout, batches: Batches) -> Answers:
    where = places(layout.blocks)
    numbering, ranks = Numbering(ids.value), layout.ranks()
    for row in rows_of(batches):
        src, dst = numbering.of(longs(row["first"])), numbering.of(longs(row["second"]))
        for block, chunk in sorted_by_block(Edges(src, dst, longs(row["votes"])), layout, ranks):
            yield packed_row(place=where[block], block=block, **chunk._asdict())


def _receive(layout: Layout, once: bool, batches: Batches) -> Answers:
    chunks: dict[int, list[Chunk]] = {}
    for row in rows_of(batches):
        chunk = Chunk(ints(row["rows"]), ints(row["neighbours"]), longs(row["votes"]))
        chunks.setdefault(row["block"], []).append(chunk)
    for block in sorted(chunks):
        parts, height = chunks.pop(block), layout.height(block) + layout.hubs.size
        total = float(sum(part.votes.sum(dtype=np.float64) for part in parts))
        rows = compressed(parts, height, known=layout.vertices, once=once)
        yield packed_row(block=block, **rows._asdict(), volumes=volumes(rows), total=total)


def _volumes(frame: DataFrame, layout: Layout) -> Longs:
    """What each vertex hears in all; makes the blocks, and reads these columns alone of them."""
    told, total = np.zeros(layout.vertices, np.int64), 0.0
    for row in frame.select("block", "volumes", "total").collect():
        block, heard, height = row["block"], longs(row["volumes"]), layout.height(row["block"])
        told[block :: layout.blocks] += heard[:height]
        told[layout.hubs] += heard[height:]
        total += row["total"]
    if total >= MOST_VOTES:
        raise SourceError(
            f"the weights of all edges add up to {total / 2 / UNITS:.3g}, more than can be counted exactly",
            fix="divide all weights by one number so that they add up to less than 2e12; labels stay the same",
        )
    return told


def rows_in(row: dict[str, object]) -> Rows:
    """The compressed rows of a block: its own vertices', then each hub's."""
    return Rows(longs(row["indptr"]), ints(row["neighbours"]), longs(row["votes"]))
