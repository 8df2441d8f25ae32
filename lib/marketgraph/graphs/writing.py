"""The labels of a graph as files: whole or not at all, and for the same labels the same files."""

from __future__ import annotations

import re
from uuid import uuid4

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from marketgraph import hadoop_files
from marketgraph.errors import SourceError
from marketgraph.graphs.formats import FileFormat
from marketgraph.graphs.ranks import ranked

ROWS_OF_A_FILE = 2_000_000
_PART = re.compile(r"^(part-\d+)-[0-9a-f-]{36}(?:-c000)?(\..+)$")


def require_writable(spark: SparkSession, path: str, file_format: FileFormat, *, overwrite: bool) -> None:
    """Raises SourceError when labels can't be written to `path`: it is there already, or its place is closed.

    overwrite: what is there may be replaced if an earlier run can have made it: a Delta table by a Delta table, a
    folder that Spark finished (it has _SUCCESS) by another. Nothing else is ever removed.
    """
    try:
        if hadoop_files.exists(spark, path):
            _require_replaceable(path, hadoop_files.names_in(spark, path), file_format, overwrite)
        probe = _beside(path, "probe")
        hadoop_files.make_folder(spark, probe)
        hadoop_files.remove(spark, probe)
    except (Py4JJavaError, PySparkException, OSError) as error:
        cause = str(error.java_exception) if isinstance(error, Py4JJavaError) else str(error)
        raise SourceError(
            f"{path}: can't be written: {cause.splitlines()[0]}", fix="check --out and its access rights"
        ) from None


def _require_replaceable(path: str, names: list[str], file_format: FileFormat, overwrite: bool) -> None:
    if not overwrite:
        raise SourceError(f"{path}: is there already", fix="give another --out, or allow to overwrite")
    is_table = "_delta_log" in names
    ours = is_table if file_format.name == "delta" else "_SUCCESS" in names and not is_table
    if not ours:
        raise SourceError(
            f"{path}: is there, and is not {file_format.name} that an earlier run wrote, so it is not replaced",
            fix="give another --out, or remove it yourself",
        )


def write_labels(
    labels: DataFrame,
    path: str,
    file_format: FileFormat,
    *,
    overwrite: bool = False,
    rows_of_a_file: int = ROWS_OF_A_FILE,
) -> None:
    """Write `labels` (vertex unique, label) to the folder `path`; see `require_writable` for what may be there.

    csv and parquet: in the order of the vertices over all files, part-00000… of `rows_of_a_file` rows, so that the
    same labels are the same files, byte for byte. They are written beside `path` and moved there at the end; delta
    is one commit. Raises SourceError as `require_writable` does.
    """
    spark = labels.sparkSession
    require_writable(spark, path, file_format, overwrite=overwrite)
    rows = labels.select("vertex", "label")
    if file_format.name == "delta":
        mode = "overwrite" if overwrite else "error"
        rows.write.format("delta").mode(mode).option("overwriteSchema", overwrite).save(path)
        return
    draft = _beside(path, "draft")
    try:
        _write_in_order(rows, draft, file_format, rows_of_a_file)
        _put(spark, draft, path)
    finally:
        hadoop_files.remove(spark, draft)


def _write_in_order(rows: DataFrame, path: str, file_format: FileFormat, rows_of_a_file: int) -> None:
    order = ranked(rows, by="vertex")
    files = max(1, -(-order.rows // rows_of_a_file))
    file = F.floor(F.col("rank") / rows_of_a_file).cast("int")
    placed = order.frame.repartition(files, _place_of(rows.sparkSession, files, file))
    writer = placed.sortWithinPartitions("vertex").drop("rank").write
    if file_format.name == "csv":
        writer = writer.options(**file_format.csv_options())
        # blanks at the ends of a name are part of it
        writer = writer.options(ignoreLeadingWhiteSpace=False, ignoreTrailingWhiteSpace=False)
    try:
        writer.format(file_format.name).save(path)
    finally:
        order.release()
    for name in hadoop_files.names_in(rows.sparkSession, path):
        if part := _PART.match(name):
            hadoop_files.move(rows.sparkSession, f"{path}/{name}", f"{path}/{part[1]}{part[2]}")


def _place_of(spark: SparkSession, files: int, file: Column) -> Column:
    """A number for each file that Spark's hash sends to the partition of that file's number."""
    tried = spark.range(24 * files + 64).select(F.col("id").cast("int").alias("place"))
    where = tried.groupBy(F.pmod(F.hash("place"), F.lit(files)).alias("file")).agg(
        F.min("place").alias("place")
    )
    found = {row["file"]: row["place"] for row in where.collect()}
    return F.array(*[F.lit(found.get(number, number)) for number in range(files)])[file]


def _put(spark: SparkSession, draft: str, path: str) -> None:
    """Move the draft to `path`; what was there goes aside first, and comes back if that fails."""
    if not hadoop_files.exists(spark, path):
        hadoop_files.move(spark, draft, path)
        return
    old = _beside(path, "old")
    hadoop_files.move(spark, path, old)
    try:
        hadoop_files.move(spark, draft, path)
    except BaseException:
        hadoop_files.move(spark, old, path)
        raise
    hadoop_files.remove(spark, old)


def _beside(path: str, what: str) -> str:
    folder, slash, name = path.rstrip("/").rpartition("/")
    return f"{folder}{slash}.{name}.{what}-{uuid4().hex[:12]}"  # hidden from whoever reads the folder
