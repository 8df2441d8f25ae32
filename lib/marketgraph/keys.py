"""Entity keys and their integers: an append-only map that never renumbers.

New entities are numbered from the map's size on, in the order of a hash of their key and then the key itself. The
order is a property of the keys alone, so neither row order nor partitions change a number; the hash spreads the
numbering over buckets, so that no one partition has to sort them all.
"""

from __future__ import annotations

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
    Counts one small aggregate on the driver (one number per bucket).
    """
    bucket = F.pmod(F.xxhash64(*KEY), F.lit(BUCKETS)).cast("int")
    new = entities.select(*KEY).join(known, list(KEY), "left_anti").withColumn("bucket", bucket)
    counts = {row["bucket"]: row["count"] for row in new.groupBy("bucket").count().collect()}
    in_bucket = F.row_number().over(Window.partitionBy("bucket").orderBy(*KEY)) - 1
    numbered = new.withColumn("vertex_id", (_offsets(counts, known.count()) + in_bucket).cast("long"))
    return VERTEX_IDS.conform(
        numbered.withColumn("first_as_of", F.lit(as_of)).withColumn("tombstone", F.lit(False))
    )


def _offsets(counts: dict[int, int], start: int) -> Column:
    """Where each bucket's numbers begin, as an array that the bucket indexes."""
    sizes = [counts.get(b, 0) for b in range(BUCKETS)]
    begins = accumulate(sizes[:-1], initial=start)
    return F.array(*[F.lit(b).cast("long") for b in begins])[F.col("bucket")]
