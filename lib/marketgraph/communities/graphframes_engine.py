"""GraphFrames behind our semantics: unweighted, synchronous, a tie goes to the smallest label, no seeds.

GraphFrames' `graphframes` label propagation votes from src to dst only, and a vertex without a message loses its
label: it gets symmetrised edges and only the vertices that have one. Its `graphx` one votes both ways by itself,
and breaks ties by the order of a hash map: fast, and the same labels only where nothing ties.
"""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from marketgraph.communities.graph import heard_votes
from marketgraph.communities.settings import Algorithm, Propagation
from marketgraph.errors import ConfigError
from marketgraph.graphs.graph import ends_of
from marketgraph.jvm_classes import has_class
from marketgraph.spark_settings import is_local_master

MAX_ROUNDS_OF_COMPONENTS = 1000
_JVM_SIDE = "org.graphframes.GraphFramePythonAPI"


def label_propagation(
    edges: DataFrame, settings: Propagation, *, algorithm: Algorithm = "graphframes"
) -> DataFrame:
    """One row per vertex that has an edge: (vertex_id, label), the label the id of the vertex that gave it.

    edges: (src, dst). Raises ConfigError for settings that GraphFrames does not have. The frames that it caches live
    until `left_tidy` ends.
    """
    require_known(settings)
    heard = heard_votes(edges, settings).select(
        F.col("neighbour").alias("src"), F.col("vertex_id").alias("dst")
    )
    voting = heard if algorithm == "graphframes" else heard.where("src < dst")
    labels: DataFrame = _graph(voting).labelPropagation(
        maxIter=settings.max_iterations,
        algorithm=algorithm,
        use_local_checkpoints=_checkpoints_are_local(edges.sparkSession),
    )
    found = labels.select(F.col("id").alias("vertex_id"), F.col("label").cast("long").alias("label"))
    # no label to a vertex that has only self-loops, one to any other
    own = F.coalesce("label", "vertex_id").alias("label")
    return ends_of(edges).join(found, "vertex_id", "left").select("vertex_id", own)


def require_known(settings: Propagation) -> None:
    """Raises ConfigError for a setting that GraphFrames has no like of."""
    ours = Propagation(max_iterations=settings.max_iterations, orientation=settings.orientation).model_dump()
    for name, value in settings.model_dump().items():
        if value != ours[name]:
            raise ConfigError(
                f"the engine graphframes has no {name}: {value}",
                fix="take engine kernel or sql, or leave it out",
            )


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


def is_here(spark: SparkSession) -> bool:
    """Whether this Spark was given GraphFrames' classes: not every line of Spark has a jar of them everywhere."""
    return has_class(spark, _JVM_SIDE)


def require_here(spark: SparkSession) -> None:
    """Raises ConfigError where GraphFrames' classes are missing."""
    if not is_here(spark):
        raise ConfigError(
            f"the engine graphframes is not here: this Spark {spark.version} was given no jar of GraphFrames",
            fix="take engine kernel or sql, which give the same labels, or give its jar (docs/setup.md)",
        )


def _graph(edges: DataFrame) -> Any:
    require_here(edges.sparkSession)
    from graphframes import (
        GraphFrame,
    )  # brings pyspark.ml: a third of a second that the other engines need not pay

    vertices = ends_of(edges).withColumnRenamed("vertex_id", "id")
    return GraphFrame(vertices, edges.select("src", "dst"))


def _checkpoints_are_local(spark: SparkSession) -> bool:
    """Local checkpoints are quick, and lost with their executor: for one process only."""
    return is_local_master(str(spark.sparkContext.master))
