"""GraphFrames behind our semantics: undirected, unweighted, synchronous, a tie goes to the smallest label.

GraphFrames' `graphframes` label propagation votes from src to dst only, and a vertex without a message loses its
label: it gets symmetrised edges and only the vertices that have one. Its `graphx` one votes both ways by itself,
and breaks ties by the order of a hash map: fast, and the same labels only where nothing ties.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from marketgraph.communities.graph import joined_vertices, symmetrised
from marketgraph.spark_settings import is_local_master

MAX_ROUNDS_OF_COMPONENTS = 1000


def label_propagation(
    edges: DataFrame, *, max_iterations: int, algorithm: Literal["graphframes", "graphx"] = "graphframes"
) -> DataFrame:
    """One row per vertex that has an edge: (vertex_id, label), the label the id of the vertex that gave it.

    edges: from `undirected_edges`. The frames that GraphFrames caches live until `left_tidy` ends.
    """
    graph = _graph(symmetrised(edges) if algorithm == "graphframes" else edges)
    labels: DataFrame = graph.labelPropagation(
        maxIter=max_iterations,
        algorithm=algorithm,
        use_local_checkpoints=_checkpoints_are_local(edges.sparkSession),
    )
    return labels.select(F.col("id").alias("vertex_id"), F.col("label").cast("long").alias("label"))


def connected_components(edges: DataFrame) -> DataFrame:
    """One row per vertex that has an edge: (vertex_id, component), the component the smallest vertex id in it."""
    found: DataFrame = _graph(edges).connectedComponents(
        broadcastThreshold=-1,
        max_iter=MAX_ROUNDS_OF_COMPONENTS,
        use_local_checkpoints=_checkpoints_are_local(edges.sparkSession),
    )
    smallest = found.groupBy("component").agg(F.min("id").alias("smallest"))
    # many vertices to one component
    return found.join(smallest, "component", "inner").select(
        F.col("id").alias("vertex_id"), F.col("smallest").alias("component")
    )


@contextmanager
def left_tidy(spark: SparkSession) -> Iterator[None]:
    """What GraphFrames caches in here is dropped at the end; it leaves its iterates behind otherwise."""
    before = set(spark.sparkContext._jsc.getPersistentRDDs().keySet())
    try:
        yield
    finally:
        held = spark.sparkContext._jsc.getPersistentRDDs()
        for rdd_id in set(held.keySet()) - before:
            held[rdd_id].unpersist()


def _graph(edges: DataFrame) -> Any:
    from graphframes import (
        GraphFrame,
    )  # brings pyspark.ml: a third of a second that the other engines need not pay

    vertices = joined_vertices(edges).withColumnRenamed("vertex_id", "id")
    return GraphFrame(vertices, edges.select("src", "dst"))


def _checkpoints_are_local(spark: SparkSession) -> bool:
    """Local checkpoints are quick, and lost with their executor: for one process only."""
    return is_local_master(str(spark.sparkContext.master))
