"""One peer on one graph, as a process of its own: reads Parquet, finds labels, writes them, says how long it took."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from marketgraph.communities import graphframes_engine, kernel_engine
from marketgraph.communities.propagation import propagate
from marketgraph.communities.settings import Exchange, Propagation
from marketgraph.communities.sql_exchange import SqlExchange
from marketgraph.session import build_session
from marketgraph.spark_settings import SparkSettings

Peer = Callable[[DataFrame, int], DataFrame]


def kernel(edges: DataFrame, rounds: int, mode: str = "broadcast", **choices: str) -> DataFrame:
    """Ours. mode: of the exchange. choices: further fields of Propagation."""
    rule = Propagation.model_validate({"max_iterations": rounds, **choices})
    how = Exchange.model_validate({"mode": mode})
    labels, report = kernel_engine.label_propagation(edges, rule, exchange=how)
    if report.exchange != mode:
        raise SystemExit(f"asked for the exchange {mode}, had {report.exchange}")
    return labels


def sql(edges: DataFrame, rounds: int) -> DataFrame:
    rule = Propagation(max_iterations=rounds)
    exchange = SqlExchange(edges, rule)
    return exchange.labelled(propagate(exchange, rule)[0])


def graphframes(edges: DataFrame, rounds: int) -> DataFrame:
    return graphframes_engine.label_propagation(edges, Propagation(max_iterations=rounds))


def graphx(edges: DataFrame, rounds: int) -> DataFrame:
    return graphframes_engine.label_propagation(edges, Propagation(max_iterations=rounds), algorithm="graphx")


PEERS: dict[str, Peer] = {
    "kernel": kernel,
    "kernel-shuffle": partial(kernel, mode="shuffle"),
    "sql": sql,
    "graphx": graphx,
    "graphframes": graphframes,
}


def read_edges(spark: SparkSession, folder: str) -> DataFrame:
    """The undirected edges of a graph on disk."""
    return spark.read.schema("src long, dst long").parquet(folder)


def session(name: str, memory: str) -> SparkSession:
    """A session that has begun: its start, the JVM's and Python workers', is no peer's. memory: the driver's heap."""
    settings = SparkSettings(driver_memory=memory, shuffle_partitions=8, local_dir=tempfile.gettempdir())
    spark = build_session(settings, app_name=f"bench {name}")
    spark.range(2, numPartitions=2).mapInArrow(_as_it_is, "id long").collect()
    return spark


def _as_it_is(batches: Iterable[Any]) -> Iterator[Any]:
    yield from batches


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
