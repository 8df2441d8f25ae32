"""`python -m bench.soak_read WAREHOUSE FIRST NEWEST`: one query on the releases of two dates; tells a line of JSON."""

from __future__ import annotations

import json
import statistics
import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from marketgraph.releases.load import load_release
from marketgraph.session import build_session
from marketgraph.spark_settings import SparkSettings

TURNS = 5
EDGES = ("edges.bought_merchant", "edges.shares_device")


def asked(spark: SparkSession, warehouse: str, as_of: str) -> float:
    """Seconds to open a release and to sum the weights of merchants' edges by community, in one table."""
    begun = time.monotonic()
    release = load_release(spark, as_of, root=warehouse)
    members = release.table("communities.members").select(F.col("vertex_id").alias("dst"), "community_id")
    ties = release.slices(EDGES)
    names = release.table("entities.merchants").select(F.col("vertex_id").alias("dst"), "merchant_id")
    found = ties.join(members, "dst").join(names, "dst").groupBy("community_id")
    found.agg(F.sum("weight"), F.count_distinct("merchant_id")).collect()
    return time.monotonic() - begun


def main(warehouse: str, first: str, newest: str) -> None:
    """Both in turns, so that what warms up does so for both."""
    spark = build_session(SparkSettings(shuffle_partitions=2, generated_code="quick"), app_name="soak read")
    times = [
        {name: asked(spark, warehouse, day) for name, day in (("first", first), ("newest", newest))}
        for _ in range(TURNS + 1)
    ]
    told = {name: statistics.median(one[name] for one in times[1:]) for name in ("first", "newest")}
    spark.stop()
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
