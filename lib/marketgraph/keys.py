"""Keys and their integers: an append-only map that never renumbers.

New entities are numbered from the map's size on, in the order of a hash of their key and then the key itself. The
order is a property of the keys alone, so neither row order nor partitions change a number; the hash spreads the
numbering over buckets, so that no one partition has to sort them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import accumulate

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.tables.entities import VERTEX_IDS

BUCKETS = 256
KEY = ("entity_kind", "entity_id")


def number_new_entities(known: DataFrame, entities: DataFrame, *, as_of: date) -> DataFrame:
    """One row per entity of `entities` (entity_kind, entity_id) that `known` lacks, with its new vertex_id.

    known: the VERTEX_IDS map. entities: unique keys. vertex_id goes on from the map's size, without gaps.
    """
    new = entities.select(*KEY).join(known, list(KEY), "left_anti")
    told = numbered(new, KEY, name="vertex_id", start=known.count())
    return VERTEX_IDS.conform(
        told.withColumn("first_as_of", F.lit(as_of)).withColumn("tombstone", F.lit(False))
    )


def numbered(new: DataFrame, key: Sequence[str], *, name: str, start: int) -> DataFrame:
    """`new` with a column `name`: numbers from `start` on, without gaps.

    new: unique keys; numbered in the order of a hash of the key, then of the key. Counts one small aggregate on the
    driver (one number per bucket).
    """
    bucketed = new.withColumn("bucket", F.pmod(F.xxhash64(*key), F.lit(BUCKETS)).cast("int"))
    counts = {row["bucket"]: row["count"] for row in bucketed.groupBy("bucket").count().collect()}
    in_bucket = F.row_number().over(Window.partitionBy("bucket").orderBy(*key)) - 1
    return bucketed.withColumn(name, (_offsets(counts, start) + in_bucket).cast("long")).drop("bucket")


def _offsets(counts: dict[int, int], start: int) -> Column:
    """Where each bucket's numbers begin, as an array that the bucket indexes."""
    sizes = [counts.get(b, 0) for b in range(BUCKETS)]
    begins = accumulate(sizes[:-1], initial=start)
    return F.array(*[F.lit(b).cast("long") for b in begins])[F.col("bucket")]
