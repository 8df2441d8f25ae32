"""Labels and components of every vertex of the run, by the engine that the config names."""

from __future__ import annotations

from typing import Literal

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.communities import graphframes_engine, kernel_engine, sql_engine
from marketgraph.communities.blocks import Packed, pack
from marketgraph.communities.propagation import Propagation
from marketgraph.tables.communities import COMPONENTS, LABELS

Engine = Literal["kernel", "sql", "graphframes"]


def prepared(edges: DataFrame, *, engine: Engine) -> DataFrame | Packed:
    """The edges as the engine wants them, to be shared by several runs of it: packed for the kernel."""
    return pack(edges, weighted=False) if engine == "kernel" else edges


def label_vertices(
    vertices: DataFrame,
    edges: DataFrame | Packed,
    *,
    engine: Engine = "kernel",
    algorithm: Literal["graphframes", "graphx"] = "graphframes",
    max_iterations: int,
) -> DataFrame:
    """One row per vertex: its community by label propagation. A vertex without an edge keeps its own id.

    vertices: (vertex_id), unique. edges: from `undirected_edges`, or `prepared`; both ends must be vertices.
    algorithm: which of GraphFrames' two, where that is the engine.
    Synchronous: all vertices change at once, each to the label most of its neighbours have; a tie goes to the
    smallest. Source: Raghavan, Albert and Kumara (2007), as LDBC Graphalytics counts it (CDLP).
    """
    if engine == "kernel" or isinstance(edges, Packed):
        labels = kernel_engine.label_propagation(edges, Propagation(max_iterations=max_iterations))
    elif engine == "sql":
        labels = sql_engine.label_propagation(edges, max_iterations=max_iterations)
    else:
        labels = graphframes_engine.label_propagation(
            edges, max_iterations=max_iterations, algorithm=algorithm
        )
    return LABELS.conform(_every_vertex(vertices, labels, "label"))


def component_of_vertices(
    vertices: DataFrame, edges: DataFrame | Packed, *, engine: Engine = "kernel"
) -> DataFrame:
    """One row per vertex: the smallest vertex id of its connected component. Frames as in `label_vertices`.

    The engine `sql` has no components of its own: GraphFrames' are taken.
    """
    if engine == "kernel" or isinstance(edges, Packed):
        found = kernel_engine.connected_components(edges)
    else:
        found = graphframes_engine.connected_components(edges)
    return COMPONENTS.conform(_every_vertex(vertices, found, "component"))


def _every_vertex(vertices: DataFrame, found: DataFrame, column: str) -> DataFrame:
    # one label to one vertex, none to an isolated one
    joined = vertices.join(found, "vertex_id", "left")
    return joined.withColumn(column, F.coalesce(F.col(column), F.col("vertex_id")))
