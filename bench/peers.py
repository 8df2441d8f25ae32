"""One peer on one graph, as a process of its own: reads Parquet, finds labels, writes them, says how long it took."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from marketgraph.communities import graphframes_engine, kernel_engine, sql_engine
from marketgraph.communities.propagation import Propagation
from marketgraph.session import build_session
from marketgraph.spark_settings import SparkSettings

Peer = Callable[[DataFrame, int], DataFrame]


def kernel(edges: DataFrame, rounds: int) -> DataFrame:
    return kernel_engine.label_propagation(edges, Propagation(max_iterations=rounds))


def sql(edges: DataFrame, rounds: int) -> DataFrame:
    return sql_engine.label_propagation(edges, max_iterations=rounds)


def graphframes(edges: DataFrame, rounds: int) -> DataFrame:
    return graphframes_engine.label_propagation(edges, max_iterations=rounds)


def graphx(edges: DataFrame, rounds: int) -> DataFrame:
    return graphframes_engine.label_propagation(edges, max_iterations=rounds, algorithm="graphx")


PEERS: dict[str, Peer] = {peer.__name__: peer for peer in (kernel, sql, graphframes, graphx)}


def measured(spark: SparkSession, peer: Peer, graph: str, rounds: int, out: str) -> dict[str, float]:
    """Seconds from the edges on disk to the labels in Delta, and what they are like."""
    begun = time.monotonic()
    edges = spark.read.schema("src long, dst long").parquet(graph)
    labels = peer(edges, rounds)
    labels.write.format("delta").mode("overwrite").save(out)
    seconds = time.monotonic() - begun
    written = spark.read.format("delta").load(out)
    check = written.selectExpr(
        "sum(xxhash64(vertex_id, label) % 1000000007) as hash", "count(distinct label) as n"
    )
    row = check.collect()[0]
    return {"seconds": seconds, "labels": row["n"], "hash": row["hash"]}


def main(name: str, graph: str, rounds: str, memory: str) -> None:
    settings = SparkSettings(driver_memory=memory, shuffle_partitions=8)
    spark = build_session(settings, app_name=f"bench {name}")
    spark.range(1).count()  # the session's own start is not the peer's
    found = measured(spark, PEERS[name], graph, int(rounds), str(Path(graph).parent / f"labels-{name}"))
    spark.stop()
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
