"""One peer on one graph, as a process of its own: reads Parquet, finds labels, writes them, says how long it took."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from marketgraph.communities import graphframes_engine, kernel_engine, sql_engine
from marketgraph.communities.propagation import Propagation
from marketgraph.session import build_session
from marketgraph.spark_settings import SparkSettings

Peer = Callable[[DataFrame, int], DataFrame]


def kernel(edges: DataFrame, rounds: int, **choices: str) -> DataFrame:
    """Ours. choices: further fields of Propagation."""
    return kernel_engine.label_propagation(edges, Propagation(max_iterations=rounds, **choices))  # type: ignore[arg-type]


def sql(edges: DataFrame, rounds: int) -> DataFrame:
    return sql_engine.label_propagation(_with_weight(edges), max_iterations=rounds)


def graphframes(edges: DataFrame, rounds: int) -> DataFrame:
    return graphframes_engine.label_propagation(_with_weight(edges), max_iterations=rounds)


def graphx(edges: DataFrame, rounds: int) -> DataFrame:
    return graphframes_engine.label_propagation(edges, max_iterations=rounds, algorithm="graphx")


def _with_weight(edges: DataFrame) -> DataFrame:
    """These engines name the column of `undirected_edges`; no vote is counted by it, and Spark drops it at once."""
    return edges.withColumn("weight", F.lit(1.0))


PEERS: dict[str, Peer] = {
    "kernel": partial(kernel, exchange="broadcast"),
    "kernel-shuffle": partial(kernel, exchange="shuffle"),
    "sql": sql,
    "graphx": graphx,
    "graphframes": graphframes,
}


def read_edges(spark: SparkSession, folder: str) -> DataFrame:
    """The undirected edges of a graph on disk."""
    return spark.read.schema("src long, dst long").parquet(folder)


def session(name: str, memory: str) -> SparkSession:
    """A session that has begun: its start is not the peer's. memory: the driver's heap."""
    settings = SparkSettings(driver_memory=memory, shuffle_partitions=8, local_dir=tempfile.gettempdir())
    spark = build_session(settings, app_name=f"bench {name}")
    spark.range(1).count()
    return spark


def main(name: str, graph: str, out: str, rounds: str, memory: str) -> None:
    """Prints the seconds from the edges on disk to the labels in Delta."""
    spark = session(name, memory)
    begun = time.monotonic()
    labels = PEERS[name](read_edges(spark, graph), int(rounds))
    labels.write.format("delta").mode("overwrite").save(out)
    seconds = time.monotonic() - begun
    cores = spark.sparkContext.defaultParallelism
    spark.stop()
    sys.stdout.write(json.dumps({"seconds": seconds, "cores": cores}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
