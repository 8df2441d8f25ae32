"""A graph packed into blocks of compressed sparse rows, once, in Spark; each block is one row of a frame.

Vertices get dense numbers 0..n-1 in the order of their ids. Vertex v belongs to block v mod B, as its row v div B,
which spreads neighbours in id over all blocks. Edges travel once: each task sorts its own by block and sends one
packed row per block, so that the shuffle moves a few thousand binary rows, not one row per edge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark import Broadcast
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from marketgraph.communities.csr import Block, Chunk, Edges, compressed, sorted_by_block
from marketgraph.communities.votes import UNITS, Ints, Longs
from marketgraph.workers import spare_the_archives

# What a task is given and what it answers: batches of packed rows.
Batches = Iterable[Any]
Answers = Iterator[Any]

EDGES_OF_A_BLOCK = 4_000_000
EDGES_AT_ONCE = 2_000_000  # that a task holds before it sends them on
_CHUNK = "place int, block int, rows binary, neighbours binary, votes binary"
_BLOCK = "block int, indptr binary, neighbours binary, votes binary"


@dataclass(frozen=True)
class Packed:
    """A packed graph. ids: the vertex id of each dense number, ascending; frame: one row per block, cached.

    edges: undirected edges that were packed. weighted: whether neighbours have votes of their own.
    """

    frame: DataFrame
    ids: Longs
    blocks: int
    edges: int
    weighted: bool


def pack(edges: DataFrame, *, weighted: bool, blocks: int | None = None) -> Packed:
    """Pack undirected edges (src, dst and, where `weighted`, weight); each votes in both directions.

    blocks: how many; None: by the number of edges and cores. It changes no label. Self-loops are left out.
    The driver holds the ids (8 bytes a vertex) and no edge. Two passes over `edges`, one shuffle of packed rows.
    """
    spark = edges.sparkSession
    columns = ["src", "dst", *(["weight"] if weighted else [])]
    proper = edges.where("src <> dst").select(*columns)
    ids, count = _ids_of(proper)
    cores = spark.sparkContext.defaultParallelism
    blocks = blocks or max(1, min(cores, -(-count // 50_000)), -(-2 * count // EDGES_OF_A_BLOCK))
    places = _places(spark, blocks)
    sent = proper.mapInArrow(_sender(spark.sparkContext.broadcast(ids), places, weighted), _CHUNK)
    frame = sent.repartition(blocks, "place").mapInArrow(_receiver(ids.size, blocks), _BLOCK).persist()
    return Packed(frame, ids, blocks, count, weighted)


def _ids_of(edges: DataFrame) -> tuple[Longs, int]:
    """Every vertex id once, ascending, and the number of edges: one packed row per task comes to the driver."""

    def distinct(batches: Batches) -> Answers:
        found, rows = np.empty(0, np.int64), 0
        for part in _gathered(batches, weighted=False):
            found, rows = np.unique(np.concatenate([found, part.src, part.dst])), rows + part.src.size
        yield pa.RecordBatch.from_pydict({"ids": [found.tobytes()], "rows": [rows]})

    tasks = edges.select("src", "dst").mapInArrow(distinct, "ids binary, rows long").collect()
    parts = [np.frombuffer(task["ids"], np.int64) for task in tasks]
    ids = np.unique(np.concatenate(parts)) if parts else np.empty(0, np.int64)
    return ids, sum(task["rows"] for task in tasks)


def _places(spark: SparkSession, blocks: int) -> list[int]:
    """For each block a number that Spark's hash sends to a partition of its own."""
    tried = spark.range(max(64, 24 * blocks)).select(F.col("id").cast("int").alias("place"))
    where = tried.withColumn("partition", F.pmod(F.hash("place"), F.lit(blocks)))
    first = where.groupBy("partition").agg(F.min("place").alias("place"))
    found = {row["partition"]: row["place"] for row in first.collect()}
    return [found.get(block, block) for block in range(blocks)]


def _sender(ids: Broadcast[Longs], places: list[int], weighted: bool) -> Callable[[Batches], Answers]:
    def send(batches: Batches) -> Answers:
        for edges in _gathered(batches, weighted):
            for block, chunk in sorted_by_block(edges, ids.value, len(places)):
                yield _row(place=places[block], block=block, **_binary(chunk))

    return send


def _gathered(batches: Batches, weighted: bool) -> Iterator[Edges]:
    """The edges of some batches together: the more at once, the fewer packed rows."""
    spare_the_archives()
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        held, rows = [*held, batch], rows + batch.num_rows
        if rows >= EDGES_AT_ONCE:
            yield _edges_of(held, weighted)
            held, rows = [], 0
    if held:
        yield _edges_of(held, weighted)


def _edges_of(batches: list[pa.RecordBatch], weighted: bool) -> Edges:
    table = pa.Table.from_batches(batches)
    src, dst = table.column("src").to_numpy(), table.column("dst").to_numpy()
    votes = np.rint(table.column("weight").to_numpy() * UNITS).astype(np.int64) if weighted else None
    return Edges(src, dst, votes)


def _receiver(vertices: int, blocks: int) -> Callable[[Batches], Answers]:
    def receive(batches: Batches) -> Answers:
        chunks: dict[int, list[Chunk]] = {}
        for row in rows_of(batches):
            chunk = Chunk(ints(row["rows"]), ints(row["neighbours"]), longs(row["votes"]))
            chunks.setdefault(row["block"], []).append(chunk)
        for block in sorted(chunks):
            packed = compressed(chunks.pop(block), height(block, vertices, blocks))
            yield _row(block=block, **_binary(packed))

    return receive


def height(block: int, vertices: int, blocks: int) -> int:
    """How many vertices a block has."""
    return max(0, -(-(vertices - block) // blocks))


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


def _value(scalar: Any) -> Any:
    return scalar.as_buffer() if isinstance(scalar, pa.BinaryScalar) else scalar.as_py()


def _binary(arrays: Chunk | Block) -> dict[str, bytes]:
    return {field.name: getattr(arrays, field.name).tobytes() for field in fields(arrays)}


def _row(**values: Any) -> pa.RecordBatch:
    kinds = {bytes: pa.binary(), int: pa.int32()}
    return pa.RecordBatch.from_pydict({n: pa.array([v], kinds[type(v)]) for n, v in values.items()})
