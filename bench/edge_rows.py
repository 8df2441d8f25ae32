"""The rows of a warehouse's edge tables as one number each, to compare two warehouses by. A process of its own."""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import date
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.session import build_session
from marketgraph.spark_settings import SparkSettings
from marketgraph.store import Store
from marketgraph.tables.edges import EDGE_TABLES, SUPPRESSED


def hashed(name: str, frame: DataFrame) -> DataFrame:
    """One row: the table's name, its rows, and the sum of their hashes, whatever the order they lie in."""
    each = F.xxhash64(*frame.columns).cast("decimal(20, 0)")
    return frame.select(each.alias("hash")).agg(
        F.lit(name).alias("name"),
        F.count(F.lit(1)).cast("string").alias("rows"),
        F.coalesce(F.sum("hash").cast("string"), F.lit("0")).alias("hash"),
    )


def main(warehouse: str, as_of: str, memory: str) -> None:
    """Prints by table [rows, hash], as text."""
    settings = SparkSettings(driver_memory=memory, shuffle_partitions=2, local_dir=tempfile.gettempdir())
    spark = build_session(settings, app_name="bench edge rows")
    store, day = Store(spark, warehouse), date.fromisoformat(as_of)
    each = [hashed(table.name, store.read(table, as_of=day)) for table in (*EDGE_TABLES.values(), SUPPRESSED)]
    found = reduce(DataFrame.unionAll, each).collect()
    spark.stop()
    sys.stdout.write(json.dumps({row["name"]: [row["rows"], row["hash"]] for row in found}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
