"""`marketgraph communities`: a graph of the user's own from its files to a file of labels."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from marketgraph import __version__, hadoop_files
from marketgraph.communities.checkpoints import Checkpoints
from marketgraph.communities.holding import left_tidy
from marketgraph.communities.labels import component_of_vertices, label_vertices
from marketgraph.communities.report import Report
from marketgraph.errors import ConfigError, SourceError
from marketgraph.graph_options import GraphOrder, GraphPlan, keeps_labels, planned
from marketgraph.graph_report import GraphReporter, Outcome
from marketgraph.graphs.graph import Graph, ends_of, read_graph
from marketgraph.graphs.identity import identity_of
from marketgraph.graphs.ids import named, numbered
from marketgraph.graphs.writing import require_writable, write_labels
from marketgraph.session import build_session


def find_communities(order: GraphOrder, reporter: GraphReporter | None = None) -> Outcome:
    """Read the graph, find its communities, write (vertex, label), and tell of it.

    Raises ConfigError for an option that can't be used, SourceError for a file that can't be read or written; then
    nothing is at `order.out` that was not there before.
    """
    started, told, plan = time.monotonic(), reporter or GraphReporter(), planned(order)
    with _session(plan) as spark, told.working():
        told.phase("checks what may be written")
        checkpoints = _ready(spark, plan, told)
        told.phase("reads the graph")
        graph = read_graph(spark, plan.files, allow_dangling=order.allow_dangling)
        told.phase("packs the graph")
        with left_tidy(spark):
            outcome = _found(graph, plan, checkpoints, told, started)
    if order.report:
        _write_report(order.report, outcome)
    told.outcome(outcome)
    return outcome


@contextmanager
def _session(plan: GraphPlan) -> Iterator[SparkSession]:
    """A session for the command; one that was running before is left running."""
    found = SparkSession.getActiveSession() is not None
    try:
        spark = build_session(plan.spark, app_name="marketgraph communities", locations=plan.order.locations)
    except ConfigError as error:
        if "checkpoint_dir" not in error.message:
            raise
        raise ConfigError(
            "a cluster needs a folder that all executors reach, for Spark's own checkpoints",
            fix="give --checkpoints a folder on shared storage, such as hdfs:///tmp/marketgraph",
        ) from None
    except (Py4JError, PySparkException) as error:
        causes = [line.strip() for line in str(error).splitlines() if "Exception: " in line] or [str(error)]
        raise ConfigError(
            f"Spark does not start with --master {plan.order.master} --driver-memory {plan.order.driver_memory}: "
            f"{causes[-1].rpartition('Exception: ')[2]}",
            fix="check both; local[*] takes all cores of this machine, and 1g is enough for a small graph",
        ) from None
    try:
        yield spark
    finally:
        if not found:
            spark.stop()


def _ready(spark: SparkSession, plan: GraphPlan, told: GraphReporter) -> Checkpoints | None:
    """The checkpoints, once it is sure that all that is to be written can be. Nothing is read of the graph yet."""
    order = plan.order
    _require_apart(spark, order)
    require_writable(spark, order.out, plan.out_format, overwrite=order.overwrite)
    if order.report:
        _require_report(order.report, overwrite=order.overwrite)
    if not order.checkpoints or not keeps_labels(order):
        return None
    files, out = plan.files, {"version": __version__, **plan.settings.model_dump(mode="json")}
    asked = {n: getattr(order, n) for n in ("format", "sep", "header", "allow_dangling")}
    decides = out | asked | identity_of(spark, files)
    checkpoints = Checkpoints(
        spark, order.checkpoints, decides, order.checkpoint_every, order.resume, told.say, told.warn
    )
    checkpoints.require_resumable()
    try:
        hadoop_files.make_folder(spark, order.checkpoints)
    except (Py4JError, OSError) as error:
        raise SourceError(
            f"--checkpoints {order.checkpoints}: can't be written: {str(error).splitlines()[0]}",
            fix="check the path and its access rights",
        ) from None
    return checkpoints


def _require_apart(spark: SparkSession, order: GraphOrder) -> None:
    """Raises ConfigError when what is written would lie in, on or over an input, or over something else written."""
    inputs = {f"--{name}": getattr(order, name) for name in ("edges", "vertices", "seeds")}
    others = inputs | {"--checkpoints": order.checkpoints, "--report": order.report}
    for out in _meant(spark, "--out", order.out):
        for option, path in others.items():
            if path and any(_touch(out, there) for there in _meant(spark, option, path)):
                raise ConfigError(
                    f"--out {order.out}: is the place of {option} {path}, or lies in it, or around it",
                    fix="give another --out",
                )
    for option, path in inputs.items():
        if path and order.report and Path(path).resolve() == Path(order.report).resolve():
            raise ConfigError(f"--report {order.report}: is {option} too", fix="give another --report")


def _meant(spark: SparkSession, option: str, path: str) -> list[str]:
    try:
        return hadoop_files.meant(spark, path)
    except Py4JJavaError as error:
        cause = str(error.java_exception).splitlines()[0]
        raise SourceError(
            f"{option} {path}: can't be reached: {cause}", fix="check the path and access"
        ) from None


def _touch(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _require_report(name: str, *, overwrite: bool) -> None:
    path = Path(name)
    if path.is_dir() or not path.parent.is_dir():
        raise SourceError(
            f"--report {name}: can't be written there", fix="name a file in a folder that exists"
        )
    if path.exists() and not overwrite:
        raise SourceError(f"--report {name}: is there already", fix="give another name, or --overwrite")


def _write_report(name: str, outcome: Outcome) -> None:
    try:
        Path(name).write_text(json.dumps(outcome.told(), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise SourceError(
            f"--report {name}: {error.strerror}; the labels are written",
            fix="check the path and its access rights",
        ) from error


def _found(
    graph: Graph, plan: GraphPlan, checkpoints: Checkpoints | None, told: GraphReporter, started: float
) -> Outcome:
    """Find the labels, count them, write them."""
    order = plan.order
    with _in_numbers(graph) as (frames, names):
        labels, report = _labelled(frames, plan, checkpoints, told)
        labels = labels.persist()
        told.phase("counts the communities")
        counts = _counts(labels)  # before anything is written: what fails leaves nothing behind
        told.phase("writes the labels")
        by_name = labels.withColumnRenamed("vertex_id", "vertex") if names is None else named(labels, names)
        write_labels(by_name, order.out, plan.out_format, overwrite=order.overwrite)
    if checkpoints is not None and not order.keep_checkpoints:
        checkpoints.remove()
    return Outcome(report, *counts, graph.dropped, order.out, time.monotonic() - started)


@contextmanager
def _in_numbers(graph: Graph) -> Iterator[tuple[Graph, DataFrame | None]]:
    """The graph with numbers for ids and a frame of vertices, and the names of the numbers if it had strings."""
    numbers, vertices, seeds = None, graph.vertices, graph.seeds
    edges = graph.edges
    if graph.kind == "string":
        numbers = numbered(edges, vertices, seeds)
        edges, vertices, seeds = numbers.edges, numbers.vertices, numbers.seeds
    held = (ends_of(edges) if vertices is None else vertices).persist()
    try:
        yield (
            replace(graph, edges=edges, vertices=held, seeds=seeds),
            None if numbers is None else numbers.names,
        )
    finally:
        held.unpersist()
        if numbers is not None:
            numbers.release()


def _labelled(
    graph: Graph, plan: GraphPlan, checkpoints: Checkpoints | None, told: GraphReporter
) -> tuple[DataFrame, Report | None]:
    """One row per vertex: (vertex_id, label), by the algorithm that was asked for."""
    assert graph.vertices is not None  # noqa: S101
    if plan.is_components:
        found = component_of_vertices(graph.vertices, graph.edges, means=plan.means)
        return found.withColumnRenamed("component", "label"), None
    return label_vertices(
        graph.vertices,
        graph.edges,
        plan.settings,
        means=plan.means,
        seeds=graph.seeds,
        watch=told.step,
        checkpoints=checkpoints,
    )


def _counts(labels: DataFrame) -> tuple[int, int, int]:
    """Vertices, communities, vertices of the largest one."""
    sizes = labels.groupBy("label").count()
    row = sizes.agg(F.sum("count"), F.count("*"), F.max("count")).collect()[0]
    return row[0] or 0, row[1], row[2] or 0
