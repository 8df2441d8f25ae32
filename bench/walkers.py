"""One engine's walk over one graph, as a process of its own: reads Parquet, walks, writes what it found, says how long.

All engines answer one question: PageRank with the reset probability RESTART, from every vertex alike, over the
undirected edges, after the same number of rounds. A walk from given seeds costs ours as much.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from bench.peers import read_edges, session
from marketgraph.communities.blocks import pack
from marketgraph.communities.gathering import gathered
from marketgraph.risk.exchange import hearing_of
from marketgraph.risk.scores import Scored, scores_table
from marketgraph.risk.ties import CODES
from marketgraph.risk.walk import walk

RESTART = 0.15
EVERY_SEED = 100  # one vertex in so many, for the columns beyond the first


def ours(edges: DataFrame, rounds: int, columns: int = 1) -> DataFrame:
    """Visits, of which RESTART is the PageRank, by our walk. columns: more walks beside it, each from its own seeds."""
    coded = edges.withColumn("weight", F.lit(float(CODES)))  # a weight of 1, of tie 0
    packed = pack(gathered(coded, weighted=True, hub_degree=1_000_000), once=False)
    hearing = hearing_of(packed, np.ones((1, 1)))
    seeds = np.ones((packed.ids.size, columns))
    for column in range(1, columns):
        seeds[:, column] = packed.ids % EVERY_SEED == column
    domains = np.zeros(columns, np.int32)
    found = walk(
        hearing, hearing.degrees(), seeds, domains, restart=RESTART, tolerance=0.0, max_iterations=rounds
    )  # fmt: skip
    visits = np.ascontiguousarray(found.visits[:, 0])
    none, no_rank = np.zeros(visits.size, bool), np.ones(visits.size, np.int64)
    told = scores_table(edges.sparkSession, packed.ids, [Scored("any", visits, visits, none, no_rank)])
    return told.select("vertex_id", (F.col("spread") * RESTART).alias("rank"))


def graphframes(edges: DataFrame, rounds: int) -> DataFrame:
    """GraphFrames' pageRank, which is GraphX's: over both directions of each edge."""
    from graphframes import GraphFrame

    both = edges.unionByName(edges.select(F.col("dst").alias("src"), F.col("src").alias("dst")))
    vertices = both.select(F.col("src").alias("id")).distinct()
    found = GraphFrame(vertices, both).pageRank(resetProbability=RESTART, maxIter=rounds)
    return found.vertices.select(F.col("id").alias("vertex_id"), F.col("pagerank").alias("rank"))


WALKERS: dict[str, Callable[[DataFrame, int], DataFrame]] = {
    "ours": ours,
    "ours, 5 at once": partial(ours, columns=5),
    "graphframes": graphframes,
}


def main(name: str, graph: str, out: str, rounds: str, memory: str) -> None:
    """Prints the seconds from the edges on disk to the ranks in Delta."""
    spark = session(name, memory)
    begun = time.monotonic()
    WALKERS[name](read_edges(spark, graph), int(rounds)).write.format("delta").mode("overwrite").save(out)
    seconds = time.monotonic() - begun
    cores = spark.sparkContext.defaultParallelism
    spark.stop()
    sys.stdout.write(json.dumps({"seconds": seconds, "cores": cores}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
