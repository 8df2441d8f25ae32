"""A graph packed into blocks of compressed sparse rows, once, in Spark; each block is one row of a frame.

Vertices get dense numbers 0..n-1 in the order of their ids; vertex v belongs to block v mod B, which spreads
neighbours in id over all blocks. The edges are read once. Each task sorts its own by block and sends one packed row
per block, so that the shuffle moves a few thousand binary rows, not one row per edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from pyspark import Broadcast
from pyspark.sql import DataFrame

from marketgraph.communities.csr import Chunk, Edges, Layout, compressed, sorted_by_block, volumes
from marketgraph.communities.gathering import Gathered
from marketgraph.communities.holding import held
from marketgraph.communities.ids import Numbering
from marketgraph.communities.packing import Answers, Batches, ints, longs, packed_row, places, rows_of
from marketgraph.communities.votes import UNITS, Longs, Rows
from marketgraph.errors import SourceError

ENTRIES_OF_A_BLOCK = 16_000_000  # an edge has two
MOST_VOTES = 2.0**62  # of all edges together: any sum of them is exact in 64 bits
_CHUNK = "place int, block int, rows binary, neighbours binary, votes binary"
_BLOCK = "block int, indptr binary, neighbours binary, votes binary, volumes binary, total double"


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


def pack(edges: Gathered, *, once: bool = True, blocks: int | None = None) -> Packed:
    """Pack gathered edges; each votes in both directions.

    once: the rows that join a pair, in either direction, are one edge, whose weight is their sum (1 without weights);
    else each row votes. blocks: how many (None: by the numbers of edges and cores); it changes no label.
    Self-loops have no vote; their vertices are kept.
    Raises SourceError when the weights are too large to be added up exactly.
    The driver holds 16 bytes a vertex and no edge. One shuffle of packed rows.
    """
    context = edges.chunks.sparkSession.sparkContext
    count = blocks or blocks_for(edges.ends, context.defaultParallelism)
    ids = edges.all_ids()
    hubs = np.searchsorted(ids, edges.hubs) if count > 1 else np.empty(0, np.int64)
    layout = Layout(ids.size, count, hubs.astype(np.int32))
    frame = _blocks_of(edges.edges, context.broadcast(ids), layout, once)
    return Packed(frame, ids, layout, _volumes(frame, layout))


def blocks_for(entries: int, cores: int) -> int:
    """How many blocks for so many entries, two per edge: as many as cores, or a multiple, so that no core waits."""
    wanted = max(min(cores, -(-entries // 100_000)), -(-entries // ENTRIES_OF_A_BLOCK), 1)
    return wanted if wanted < cores else -(-wanted // cores) * cores


def require_exact(total: float) -> None:
    """Raises SourceError when all votes, as a float, are too many to be added up exactly."""
    if total >= MOST_VOTES:
        raise SourceError(
            f"the weights of all edges add up to {total / 2 / UNITS:.3g}, more than can be counted exactly",
            fix="divide all weights by one number so that they add up to less than 2e12; labels stay the same",
        )


def _blocks_of(chunks: DataFrame, ids: Broadcast[Longs], layout: Layout, once: bool) -> DataFrame:
    sent = chunks.mapInArrow(partial(_send, ids, layout), _CHUNK)
    received = sent.repartition(layout.blocks, "place").mapInArrow(partial(_receive, layout, once), _BLOCK)
    return held(received)


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
    require_exact(total)
    return told


def rows_in(row: dict[str, object]) -> Rows:
    """The compressed rows of a block: its own vertices', then each hub's."""
    return Rows(longs(row["indptr"]), ints(row["neighbours"]), longs(row["votes"]))
