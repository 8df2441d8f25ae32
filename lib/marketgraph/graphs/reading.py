"""The rows of a graph's files as they stand there, under our column names; nothing is guessed, nothing checked.

CSV columns are strings, so that `007` and `7` stay apart until all ids of the graph are known. Parquet and Delta
bring their types: integers of any width are bigint, strings stay strings, other types of an id are an error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, IntegralType, NumericType, StringType, StructField, StructType

from marketgraph import hadoop_files
from marketgraph.errors import SourceError
from marketgraph.graphs.formats import FileFormat, readable

_GLOB = re.compile(r"[*?\[\]{}\\]")
WEIGHT = "weight"


@dataclass(frozen=True)
class Wanted:
    """A column that is read: its name, another name that it may have, and whether it may be missing."""

    name: str
    also: str | None = None
    optional: bool = False


def read_edges(spark: SparkSession, path: str, file_format: FileFormat, *, weighted: bool) -> DataFrame:
    """One row per row of the file: (src, dst[, weight]); ids are string or bigint, the weight as in the file.

    CSV: by position, or by the header's names where it has them. Raises SourceError for a file or column that is
    not there, can't be read, or has a type that is no id or no weight.
    """
    wanted = [Wanted("src"), Wanted("dst"), *([Wanted(WEIGHT)] if weighted else [])]
    return _read(spark, path, file_format, wanted)


def read_vertices(spark: SparkSession, path: str, file_format: FileFormat) -> DataFrame:
    """One row per row of the file: (vertex_id), in CSV the first column or vertex_id or id. As `read_edges`."""
    return _read(spark, path, file_format, [Wanted("vertex_id", also="id")])


def read_seeds(spark: SparkSession, path: str, file_format: FileFormat) -> DataFrame:
    """One row per row of the file: (vertex_id, label, weight), weight null where there is none. As `read_edges`."""
    wanted = [Wanted("vertex_id", also="id"), Wanted("label"), Wanted(WEIGHT, optional=True)]
    return _read(spark, path, file_format, wanted)


def _read(spark: SparkSession, path: str, file_format: FileFormat, wanted: Sequence[Wanted]) -> DataFrame:
    found = _found(spark, path, file_format)
    with readable(path):
        if file_format.name == "csv":
            rows = _csv(spark, found, file_format, wanted)
        else:
            rows = spark.read.format(file_format.name).load(found)
    by_place = file_format.name == "csv"
    places = _places(rows.columns, wanted, path, by_place=by_place) if rows.columns else {}
    # by number: a file may call its columns what it likes
    numbered = rows.toDF(*[str(place) for place in range(len(rows.columns))])
    return numbered.select(*[_column(numbered, places.get(w.name), w.name, path) for w in wanted])


def _found(spark: SparkSession, path: str, file_format: FileFormat) -> str:
    """The path as Spark's reader wants it. Raises SourceError when nothing is there."""
    try:
        there = hadoop_files.exists(spark, path)
    except (Py4JJavaError, PySparkException) as error:
        cause = str(error.java_exception) if isinstance(error, Py4JJavaError) else str(error)
        raise SourceError(
            f"{path}: can't be reached: {cause.splitlines()[0]}", fix="check the path and access"
        ) from None
    if (
        file_format.name == "delta"
        and there
        and not hadoop_files.exists(spark, f"{path.rstrip('/')}/_delta_log")
    ):
        raise SourceError(f"{path}: this is no Delta table", fix="check the path and --format")
    if there:
        # what is there by that very name is no pattern, whatever characters it has
        return path if file_format.name == "delta" else _GLOB.sub(lambda found: "\\" + found.group(), path)
    if _GLOB.search(path):
        return path
    raise SourceError(f"{path}: there is no such file or folder", fix="check the path")


def _csv(spark: SparkSession, path: str, file_format: FileFormat, wanted: Sequence[Wanted]) -> DataFrame:
    reader = spark.read.options(
        **file_format.csv_options(),
        mode="PERMISSIVE",
        inferSchema=False,
        enforceSchema=False,  # else a file of the folder with another header is read by the first one's
        ignoreLeadingWhiteSpace=True,
        ignoreTrailingWhiteSpace=True,
        encoding="UTF-8",
    )
    if file_format.header:
        return reader.csv(path)
    # One column more than is read: Spark then picks ours by their place, and a longer line is not a broken one.
    names = [*(w.name for w in wanted), "more"]
    return reader.schema(StructType([StructField(name, StringType()) for name in names])).csv(path)


def _places(columns: Sequence[str], wanted: Sequence[Wanted], path: str, *, by_place: bool) -> dict[str, int]:
    lower = [column.lower() for column in columns]
    named = {w.name: lower.index(n) for w in wanted for n in (w.also, w.name) if n and n in lower}
    needed = [w.name for w in wanted if not w.optional]
    if all(name in named for name in needed):
        return named
    in_order = [w.name for w in wanted][: len(columns)]
    # `dst,src,w`: a header that has our names elsewhere is not read by position
    in_place = all(name in in_order and in_order.index(name) == place for name, place in named.items())
    if by_place and in_place and len(columns) >= len(needed):
        return {name: place for place, name in enumerate(in_order)}
    missing = next(name for name in needed if name not in named)
    raise SourceError(
        f"{path}: there is no column {missing}; its columns are {', '.join(columns)}",
        fix=f"name them {', '.join(w.name for w in wanted)}, or check --format, --sep and --header",
    )


def _column(rows: DataFrame, place: int | None, name: str, path: str) -> Column:
    if place is None:
        return F.lit(None).cast("string").alias(name)
    kind = rows.schema[place].dataType
    column = F.col(f"`{place}`")
    if name == WEIGHT:
        if not isinstance(kind, NumericType | StringType):
            raise _wrong_type(path, name, kind, "cast it to double")
        return column.alias(name)
    if isinstance(kind, IntegralType):
        return column.cast("long").alias(name)
    if not isinstance(kind, StringType):
        raise _wrong_type(path, name, kind, "cast it to bigint or string")
    return column.alias(name)


def _wrong_type(path: str, name: str, kind: DataType, fix: str) -> SourceError:
    return SourceError(f"{path}: column {name} has the type {kind.simpleString()}", fix=fix)
