"""Anyone's graph, read and checked: what a user's files must be for labels to be found on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from marketgraph.errors import SourceError
from marketgraph.graphs.checks import Seen, look_at, require_bearable_sums, shown
from marketgraph.graphs.formats import FileFormat
from marketgraph.graphs.reading import WEIGHT, read_edges, read_seeds, read_vertices

Kind = Literal["integer", "string"]


@dataclass(frozen=True)
class GraphFiles:
    """Where a graph lies: its edges, and its vertices and seeds where there are such files; all of one format."""

    edges: str
    vertices: str | None
    seeds: str | None
    file_format: FileFormat
    weighted: bool


@dataclass(frozen=True)
class Graph:
    """A sound graph. Its frames are read anew at each use.

    edges: (src, dst[, weight double, 0 or more]), as in the file: parallel edges and self-loops stay.
    vertices: (vertex_id), unique, every end of an edge among them; None when no file was named.
    seeds: (vertex_id, label, weight double), unique by vertex_id; None when no file was named.
    kind: `integer`: all ids and labels are bigint; `string`: all are strings.
    dropped: edges left out, for an end that is not among the vertices.
    """

    edges: DataFrame
    vertices: DataFrame | None
    seeds: DataFrame | None
    kind: Kind
    dropped: int


def read_graph(spark: SparkSession, files: GraphFiles, *, allow_dangling: bool = False) -> Graph:
    """Read a graph and check it: one job per file, one more for what must be among the vertices.

    allow_dangling: leave out an edge whose end is not among the vertices, and count it. Without a file of vertices
    the ends of the edges are the vertices. CSV ids are numbers only when all ids and seed labels of the graph are.
    Raises SourceError for the first fault found.
    """
    edges = read_edges(spark, files.edges, files.file_format, weighted=files.weighted)
    vertices = read_vertices(spark, files.vertices, files.file_format) if files.vertices else None
    seeds = read_seeds(spark, files.seeds, files.file_format) if files.seeds else None
    seen = _looked_at(edges, vertices, seeds, files)
    kind: Kind = "integer" if all(s.integral for s in seen.values()) else "string"
    edges = _typed(edges, ("src", "dst"), kind)
    require_bearable_sums(edges, seen["edges"], path=files.edges)
    dropped = 0
    if vertices is not None and files.vertices:
        vertices = _typed(vertices, ("vertex_id",), kind).distinct()
        edges, dropped = _within(edges, seen["edges"].rows, vertices, files, allow_dangling)
    if seeds is not None and files.seeds:
        seeds = _typed(seeds, ("vertex_id", "label"), kind)
        _require_sound_seeds(seeds, ends_of(edges) if vertices is None else vertices, files.seeds)
    return Graph(edges, vertices, seeds, kind, dropped)


def ends_of(edges: DataFrame) -> DataFrame:
    """One row per vertex that is an end of an edge, a self-loop's too: (vertex_id)."""
    return edges.select(F.explode(F.array("src", "dst")).alias("vertex_id")).distinct()


def _looked_at(
    edges: DataFrame, vertices: DataFrame | None, seeds: DataFrame | None, files: GraphFiles
) -> dict[str, Seen]:
    guess = files.file_format.name == "csv"
    parts = {
        "edges": (edges, files.edges, ("src", "dst")),
        "vertices": (vertices, files.vertices, ("vertex_id",)),
        "seeds": (seeds, files.seeds, ("vertex_id", "label")),
    }
    seen = {
        name: look_at(rows, path=path, ids=ids, texts_are_numbers=guess, weight_may_lack=name == "seeds")
        for name, (rows, path, ids) in parts.items()
        if rows is not None and path is not None
    }
    if not seen["edges"].rows and vertices is None:
        raise SourceError(
            f"{files.edges}: there are no edges",
            fix="check the path; with --vertices a graph may have no edge",
        )
    return seen


def _typed(rows: DataFrame, ids: tuple[str, ...], kind: Kind) -> DataFrame:
    to = "long" if kind == "integer" else "string"
    # a seed may say no weight; an edge's has been checked to be there
    weight = F.coalesce(F.col(WEIGHT).cast("double"), F.lit(1.0))
    columns = {name: F.col(name).cast(to) for name in ids}
    if WEIGHT in rows.columns:
        columns[WEIGHT] = weight
    return rows.select(*[column.alias(name) for name, column in columns.items()])


def _within(
    edges: DataFrame, rows: int, vertices: DataFrame, files: GraphFiles, allow_dangling: bool
) -> tuple[DataFrame, int]:
    """The edges with both ends among the vertices, and how many others there were: an error if not allowed."""
    # as numbers: the greater of two texts would be found by sorting all the ends
    ends = edges.select(F.posexplode(F.array("src", "dst")).alias("end", "vertex_id"))
    by_end = ends.groupBy("vertex_id").agg(F.count("*").alias("ends"), F.min("end").alias("end"))
    # an end to at most one vertex
    strays = by_end.join(vertices, "vertex_id", "left_anti")
    told = strays.agg(
        F.count("*").alias("ids"),
        F.sum("ends").alias("ends"),
        F.min(F.struct("vertex_id", "end")).alias("example"),
    ).collect()[0]
    if not told["ids"]:
        return edges, 0
    if not allow_dangling:
        vertex, end = told["example"]
        raise SourceError(
            f"{files.edges}: {('src', 'dst')[end]} {shown(str(vertex))} is not in {files.vertices} "
            f"({told['ids']:,} such ids, named {told['ends']:,} times)",
            fix="add them to the vertices, or allow dangling edges, which are then left out",
        )
    kept = edges
    for column in ("src", "dst"):
        # an end to at most one vertex
        kept = kept.join(vertices.select(F.col("vertex_id").alias(column)), column, "left_semi")
    kept = kept.select(*edges.columns)
    return kept, rows - kept.count()


def _require_sound_seeds(seeds: DataFrame, vertices: DataFrame, path: str) -> None:
    """Raises SourceError for a vertex that is seeded twice, or is none of `vertices` (vertex_id, unique)."""
    by_vertex = seeds.groupBy("vertex_id").agg(F.count("*").alias("rows"))
    # a seed to at most one vertex, a vertex to at most one row of by_vertex
    known = by_vertex.join(vertices.withColumn("known", F.lit(True)), "vertex_id", "left")
    twice, stray = F.col("rows") > 1, F.col("known").isNull()
    told = known.agg(
        F.count_if(twice).alias("twice"),
        F.min(F.when(twice, F.col("vertex_id"))).alias("a_twice"),
        F.count_if(stray).alias("stray"),
        F.min(F.when(stray, F.col("vertex_id"))).alias("a_stray"),
    ).collect()[0]
    if told["twice"]:
        raise SourceError(
            f"{path}: vertex_id {shown(str(told['a_twice']))} has more than one label "
            f"({told['twice']:,} such vertices)",
            fix="leave one label for each vertex",
        )
    if told["stray"]:
        raise SourceError(
            f"{path}: vertex_id {shown(str(told['a_stray']))} is no vertex of the graph ({told['stray']:,} such seeds)",
            fix="take these seeds out, or add the vertices",
        )
