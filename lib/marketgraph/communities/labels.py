"""Labels and components of every vertex of the run, by the engine that the config names."""

from __future__ import annotations

from typing import Literal

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.communities import graphframes_engine
from marketgraph.tables.communities import COMPONENTS, LABELS

Engine = Literal["graphframes"]


def label_vertices(
    vertices: DataFrame,
    edges: DataFrame,
    *,
    engine: Engine = "graphframes",
    algorithm: Literal["graphframes", "graphx"] = "graphframes",
    max_iterations: int,
) -> DataFrame:
    """One row per vertex: its community by label propagation. A vertex without an edge keeps its own id.

    vertices: (vertex_id), unique. edges: from `undirected_edges`; both ends must be vertices.
    Synchronous: all vertices change at once, each to the label most of its neighbours have; a tie goes to the
    smallest. Source: Raghavan, Albert and Kumara (2007), as LDBC Graphalytics counts it (CDLP).
    """
    engines = {"graphframes": graphframes_engine.label_propagation}
    labels = engines[engine](edges, max_iterations=max_iterations, algorithm=algorithm)
    return LABELS.conform(_every_vertex(vertices, labels, "label"))


def component_of_vertices(
    vertices: DataFrame, edges: DataFrame, *, engine: Engine = "graphframes"
) -> DataFrame:
    """One row per vertex: the smallest vertex id of its connected component. Frames as in `label_vertices`."""
    engines = {"graphframes": graphframes_engine.connected_components}
    return COMPONENTS.conform(_every_vertex(vertices, engines[engine](edges), "component"))


def _every_vertex(vertices: DataFrame, found: DataFrame, column: str) -> DataFrame:
    # one label to one vertex, none to an isolated one
    joined = vertices.join(found, "vertex_id", "left")
    return joined.withColumn(column, F.coalesce(F.col(column), F.col("vertex_id")))
