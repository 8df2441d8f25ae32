"""Labels and components of every vertex of a graph, by the engine that is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.communities import graphframes_engine, kernel_engine
from marketgraph.communities.checkpoints import Checkpoints, propagate_kept
from marketgraph.communities.kernel_engine import Prepared
from marketgraph.communities.propagation import Watch
from marketgraph.communities.report import Report
from marketgraph.communities.settings import Algorithm, Engine, Exchange, Propagation
from marketgraph.communities.sql_exchange import SqlExchange
from marketgraph.errors import ConfigError
from marketgraph.tables.communities import COMPONENTS, LABELS


@dataclass(frozen=True)
class Means:
    """By which engine, and how; none of it changes a label. algorithm: which of GraphFrames' two."""

    engine: Engine = "kernel"
    algorithm: Algorithm = "graphframes"
    exchange: Exchange = field(default_factory=Exchange)


KERNEL = Means()


def prepared(edges: DataFrame, settings: Propagation, means: Means) -> DataFrame | Prepared:
    """The edges as the engine wants them, to be shared by several runs of it: packed for the kernel."""
    if means.engine == "kernel":
        return kernel_engine.prepared(edges, settings, means.exchange)
    return edges


def label_vertices(
    vertices: DataFrame,
    edges: DataFrame | Prepared,
    settings: Propagation,
    *,
    means: Means = KERNEL,
    seeds: DataFrame | None = None,
    watch: Watch | None = None,
    checkpoints: Checkpoints | None = None,
    initial: DataFrame | None = None,
) -> tuple[DataFrame, Report]:
    """One row per vertex: its community by label propagation, and how it went (GraphFrames tells no iterations).

    vertices: (vertex_id), unique. edges: (src, dst, weight), or `prepared`; both ends must be vertices. seeds:
    (vertex_id, label, weight), unique. A vertex without an edge has its seed's label, or else its own id.
    checkpoints: where it begins anew after a crash; not for GraphFrames. initial: labels to begin from (warm_start.py);
    not with seeds, and not for GraphFrames.
    """
    if isinstance(edges, Prepared) or means.engine == "kernel":
        labels, report = kernel_engine.label_propagation(
            edges,
            settings,
            seeds=seeds,
            exchange=means.exchange,
            watch=watch,
            checkpoints=checkpoints,
            initial=initial,
        )
    elif means.engine == "sql":
        exchange = SqlExchange(edges, settings, seeds)
        state, report = propagate_kept(
            exchange, settings, watch=watch, checkpoints=checkpoints, initial=initial
        )
        labels = exchange.labelled(state)
    elif initial is not None:
        raise ConfigError(
            "the engine graphframes has no initial labels",
            fix="take engine kernel or sql, or warm_start: false",
        )
    else:
        labels = graphframes_engine.label_propagation(edges, settings, algorithm=means.algorithm)
        measured = SqlExchange(edges, settings)
        state = measured.resume(labels)
        partition = measured.partition(state)
        report = Report((), "max_iterations", settings.max_iterations, "shuffle", state.digest, partition)
    # communities that were cut or made smaller bear names of their own, and one of a single vertex its vertex's
    kept = None if settings.renames else seeds
    return LABELS.conform(_every_vertex(vertices, labels, "label", kept)), report


def component_of_vertices(
    vertices: DataFrame, edges: DataFrame | Prepared, *, means: Means = KERNEL
) -> DataFrame:
    """One row per vertex: the smallest vertex id of its connected component. Frames as in `label_vertices`.

    The engine `sql` has no components of its own: GraphFrames' are taken, or where it is not here the kernel's.
    """
    if (
        isinstance(edges, Prepared)
        or means.engine == "kernel"
        or (means.engine == "sql" and not graphframes_engine.is_here(vertices.sparkSession))
    ):
        found = kernel_engine.connected_components(edges, means.exchange)
    else:
        found = graphframes_engine.connected_components(edges)
    return COMPONENTS.conform(_every_vertex(vertices, found, "component"))


def _every_vertex(
    vertices: DataFrame, found: DataFrame, column: str, seeds: DataFrame | None = None
) -> DataFrame:
    # one label to one vertex, none to an isolated one
    joined = vertices.join(found, "vertex_id", "left")
    otherwise = [F.col("vertex_id")]
    if seeds is not None:
        # at most one seed to one vertex
        joined = joined.join(seeds.select("vertex_id", F.col("label").alias("seed")), "vertex_id", "left")
        otherwise.insert(0, F.col("seed"))
    return joined.withColumn(column, F.coalesce(F.col(column), *otherwise)).drop("seed")
