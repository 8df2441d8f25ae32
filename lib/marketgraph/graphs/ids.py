"""String ids as numbers and back, in the order of the strings: the smallest number is the smallest string."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.graphs.ranks import ranked


@dataclass(frozen=True)
class Numbered:
    """A graph of strings as a graph of numbers.

    edges, vertices, seeds: as given, ids and labels are numbers (long). names: (vertex_id long, name string), one
    row per distinct string, numbers 0..n-1 in the order of the names' UTF-8 bytes. edges and names are held in
    Spark's cache until `release` is called, after which no frame of it is to be used.
    """

    edges: DataFrame
    vertices: DataFrame | None
    seeds: DataFrame | None
    names: DataFrame
    release: Callable[[], None]


def numbered(edges: DataFrame, vertices: DataFrame | None, seeds: DataFrame | None) -> Numbered:
    """Number every string of a graph: ends of edges, vertices, seeded vertices and their labels; none is null.

    edges: (src, dst, …). vertices: (vertex_id). seeds: (vertex_id, label, …). The strings alone decide the numbers.
    """
    parts = [(edges, ("src", "dst")), (vertices, ("vertex_id",)), (seeds, ("vertex_id", "label"))]
    columns = [
        rows.select(F.col(c).alias("name")) for rows, names in parts if rows is not None for c in names
    ]
    order = ranked(reduce(DataFrame.union, columns).distinct(), by="name")
    names = order.frame.select(F.col("rank").alias("vertex_id"), "name")
    counted = _with_numbers(edges, ("src", "dst"), names).persist()

    def release() -> None:
        counted.unpersist()
        order.release()

    return Numbered(
        counted,
        None if vertices is None else _with_numbers(vertices, ("vertex_id",), names),
        None if seeds is None else _with_numbers(seeds, ("vertex_id", "label"), names),
        names,
        release,
    )


def named(labels: DataFrame, names: DataFrame) -> DataFrame:
    """Each row of `labels` (vertex_id, label) by its names: (vertex string, label string)."""
    of_vertex = names.select("vertex_id", F.col("name").alias("vertex"))
    of_label = names.select(F.col("vertex_id").alias("label"), F.col("name").alias("label_name"))
    # one name to one vertex; one name to the many vertices of a label
    told = labels.join(of_vertex, "vertex_id", "left").join(of_label, "label", "left")
    return told.select("vertex", F.col("label_name").alias("label"))


def _with_numbers(rows: DataFrame, columns: tuple[str, ...], names: DataFrame) -> DataFrame:
    found = rows
    for column in columns:
        number = names.select(F.col("name").alias(column), F.col("vertex_id").alias("number"))
        # one name to the many rows that say it, none without: names holds every string
        found = found.join(number, column, "inner").drop(column).withColumnRenamed("number", column)
    return found.select(*rows.columns)
