"""A graph packed into shards, in Spark: no array of all vertices is ever in one place, neither driver nor task."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from pyspark import Broadcast, StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.communities.blocks import blocks_for, require_exact
from marketgraph.communities.gathering import Gathered
from marketgraph.communities.holding import held
from marketgraph.communities.packing import Answers, Batches, ints, longs, packed_row, places, rows_of
from marketgraph.communities.shards import (
    Routed,
    Shard,
    assembled,
    block_of,
    linked,
    routed,
    wanted,
)  # fmt: skip
from marketgraph.communities.votes import PINNED, UNITS, Longs

_ROUTED = "place int, block int, rows binary, neighbours binary, votes binary"
_FIELDS = ", ".join(f"{name} binary" for name in Shard._fields)
_SHARD = f"place int, block int, total double, {_FIELDS}"
_INTS = {"sections", "neighbours", "hubs", "ranks", "targets", "sent", "seeds", "owned_hubs", "owned_ranks"}
_WISH = "place int, block int, source int, ids binary, seed_labels binary, seed_votes binary"
_SEEDS = -1  # in place of a source: what is told are seeds


def shards_of(
    edges: Gathered, *, once: bool, blocks: int | None, seeds: DataFrame | None, pin_seeds: bool
) -> tuple[DataFrame, int]:
    """One row per block, cached and partitioned by `place`, and how many blocks there are.

    seeds: (vertex_id, label, weight), one row per vertex. Edges travel once, 16 bytes per direction; each block then
    tells the others whom it hears (8 bytes a ghost), and travels once itself, to lie where its letters will come.
    """
    spark = edges.chunks.sparkSession
    count = blocks or blocks_for(edges.ends, spark.sparkContext.defaultParallelism)
    hubs = spark.sparkContext.broadcast(edges.hubs if count > 1 else edges.hubs[:0])
    sent = edges.edges.mapInArrow(partial(_route, hubs, count), _ROUTED)
    bare = sent.repartition(count, "place").mapInArrow(partial(_assemble, hubs, count, once), _SHARD)
    bare = held(bare, StorageLevel.DISK_ONLY)
    require_exact(bare.agg(F.sum("total").alias("total")).collect()[0]["total"] or 0.0)
    wishes = bare.mapInArrow(partial(_wish, count), _WISH)
    if seeds is not None:
        told = seeds.select("vertex_id", "label", F.col("weight").cast("double").alias("weight"))
        wishes = wishes.unionByName(told.mapInArrow(partial(_sow, count, pin_seeds), _WISH))
    both = bare.unionByName(wishes, allowMissingColumns=True).repartition(count, "place")
    whole = both.mapInArrow(partial(_link), _SHARD).repartition(count, "place")
    whole = held(whole)
    whole.select("block").count()
    bare.unpersist()
    return whole, count


def shard_in(row: Any) -> Shard:
    """The shard of a row."""
    return Shard(**{n: (ints if n in _INTS else longs)(row[n]) for n in Shard._fields})  # type: ignore[arg-type]


def _route(hubs: Broadcast[Longs], blocks: int, batches: Batches) -> Answers:
    where = places(blocks)
    for row in rows_of(batches):
        src, dst, votes = (longs(row[name]) for name in ("first", "second", "votes"))
        for block, part in routed(src, dst, votes, blocks, hubs.value):
            yield packed_row(place=where[block], block=block, **part._asdict())


def _assemble(hubs: Broadcast[Longs], blocks: int, once: bool, batches: Batches) -> Answers:
    parts: dict[int, list[Routed]] = {}
    where = places(blocks)
    for row in rows_of(batches):
        part = Routed(*(longs(row[name]) for name in Routed._fields))
        parts.setdefault(row["block"], []).append(part)
    for block in sorted(parts):
        told = parts.pop(block)
        total = float(sum(part.votes.sum(dtype=np.float64) for part in told))
        shard = assembled(told, block, blocks, hubs.value, once=once)
        yield packed_row(place=where[block], block=block, total=total, **shard._asdict())


def _wish(blocks: int, batches: Batches) -> Answers:
    """To each other block: whom this one wants to hear of."""
    where, none = places(blocks), np.empty(0, np.int64)
    for row in rows_of(batches):
        for owner, ids in wanted(shard_in(row)):
            yield packed_row(
                place=where[owner],
                block=owner,
                source=row["block"],
                ids=ids,
                seed_labels=none,
                seed_votes=none,
            )


def _sow(blocks: int, pin: bool, batches: Batches) -> Answers:
    """To each block: its seeds."""
    where = places(blocks)
    for batch in batches:
        ids, labels = (batch.column(name).to_numpy() for name in ("vertex_id", "label"))
        votes = np.rint(batch.column("weight").to_numpy() * UNITS).astype(np.int64)
        votes = np.full_like(votes, PINNED) if pin else votes
        blocks_of = block_of(ids, blocks)
        for block in np.unique(blocks_of).tolist():
            here = blocks_of == block
            told = {"ids": ids[here], "seed_labels": labels[here], "seed_votes": votes[here]}
            yield packed_row(place=where[block], block=block, source=_SEEDS, **told)


def _link(batches: Batches) -> Answers:
    """Each block with what the others wish of it."""
    bare: dict[int, dict[str, Any]] = {}
    wishes: dict[int, dict[int, Longs]] = {}
    seeds: dict[int, list[tuple[Longs, Longs, Longs]]] = {}
    for row in rows_of(batches):
        if row["source"] is None:
            bare[row["block"]] = row
        elif row["source"] == _SEEDS:
            told = (longs(row["ids"]), longs(row["seed_labels"]), longs(row["seed_votes"]))
            seeds.setdefault(row["block"], []).append(told)
        else:
            wishes.setdefault(row["block"], {})[row["source"]] = longs(row["ids"])
    for block in sorted(bare):
        sown = seeds.get(block)
        joined = tuple(np.concatenate(part) for part in zip(*sown, strict=True)) if sown else None
        shard = linked(shard_in(bare[block]), wishes.get(block, {}), joined)  # type: ignore[arg-type]
        yield packed_row(place=bare[block]["place"], block=block, total=0.0, **shard._asdict())
