"""Tables of a Hive metastore as origins: found by name, and known again by the files that they are read from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from marketgraph.delta_log import newest_version
from marketgraph.errors import ConfigError, SourceError
from marketgraph.hadoop_files import files_under
from marketgraph.sources.mapping import Origin, near

CATALOG = "spark.sql.catalogImplementation"
_HOW = "set spark.hive: true in the config, and name the metastore: docs/object-stores.md"


def hive_table(spark: SparkSession, origin: Origin) -> DataFrame | None:
    """The table, as it is now; None when the metastore has none of that name.

    Raises ConfigError when the session has no metastore, SourceError when that can't be reached.
    """
    if spark.conf.get(CATALOG) != "hive":
        raise ConfigError(f"{origin.from_}: this Spark has no Hive metastore", fix=_HOW)
    name = _quoted(origin)
    try:
        if not spark.catalog.tableExists(name):
            return None
        spark.catalog.refreshTable(name)  # what Spark remembers of its files may be of before
        return spark.table(name)
    except (Py4JJavaError, PySparkException) as error:
        raise SourceError(
            f"{origin.from_}: the Hive metastore can't tell of it: {_first_line(error)}",
            fix="check its address and access; a view must be one that Spark can read",
        ) from None


def absence(spark: SparkSession, origin: Origin) -> str:
    """Which of the two is not there, the database or the table, with names that are near."""
    database, table = origin.from_.split(".")
    session: Any = spark._jsparkSession
    metastore = (
        session.sessionState().catalog().externalCatalog()
    )  # without the session's own temporary views
    if not metastore.databaseExists(database):
        return (
            f"the Hive metastore has no database {database}{near(database, _all(metastore.listDatabases()))}"
        )
    return f"the Hive database {database} has no table {table}{near(table, _all(metastore.listTables(database)))}"


def hive_listing(spark: SparkSession, origin: Origin) -> list[list[str | int]]:
    """What changes when the table's data, columns or definition do: files with size and time, or a Delta version.

    A view counts by its text and by the tables that it reads. Raises SourceError for a table that is no files (of a
    storage handler): nothing would tell that it has changed.
    """
    frame = hive_table(spark, origin)
    if frame is None:
        return []
    fix = "give a table of files (Parquet, ORC, text, Delta), or a view of such"
    try:
        told: list[list[str | int]] = [["columns", frame.schema.json()], ["view", _view_of(spark, origin)]]
        places = sorted({place for table in _read(frame) for place in _places(spark, table)})
        held = [_held(spark, place) for place in places]
    except (Py4JJavaError, PySparkException) as error:
        raise SourceError(
            f"{origin.from_}: its files can't be listed: {_first_line(error)}", fix=fix
        ) from None
    if not places:
        raise SourceError(f"{origin.from_}: Spark reads it from no files", fix=fix)
    return [*told, *(one for several in held for one in several)]


def _held(spark: SparkSession, place: str) -> list[list[str | int]]:
    version = newest_version(spark, place)
    return [["version", version]] if version >= 0 else [list(file) for file in files_under(spark, place)]


def _read(frame: DataFrame) -> Iterator[Any]:
    """The catalog's tables that a plan reads: one for a table, those below for a view."""
    leaves: Any = frame._jdf.queryExecution().analyzed().collectLeaves()
    for index in range(leaves.size()):
        leaf = leaves.apply(index)
        kind = leaf.getClass().getSimpleName()
        if kind == "HiveTableRelation":
            yield leaf.tableMeta()
        elif kind == "LogicalRelation" and leaf.catalogTable().isDefined():
            yield leaf.catalogTable().get()


def _places(spark: SparkSession, table: Any) -> set[str]:
    """Where a table's files lie: its folder, and the folders of partitions that lie elsewhere."""
    top = str(table.location().toString()).rstrip("/")
    if table.partitionColumnNames().isEmpty() or newest_version(spark, top) >= 0:
        return {top}
    session: Any = spark._jsparkSession
    nothing = spark._jvm.scala.Option.empty()  # type: ignore[union-attr]
    parts = session.sessionState().catalog().listPartitions(table.identifier(), nothing)
    found = {str(parts.apply(index).location().toString()).rstrip("/") for index in range(parts.size())}
    return {top} | {place for place in found if not place.startswith(f"{top}/")}


def _view_of(spark: SparkSession, origin: Origin) -> str:
    """The text of a view; empty for a table."""
    database, table = origin.from_.split(".")
    jvm: Any = spark._jvm
    session: Any = spark._jsparkSession
    name = jvm.org.apache.spark.sql.catalyst.TableIdentifier(table, jvm.scala.Some(database))
    text = session.sessionState().catalog().getTableMetadata(name).viewText()
    return str(text.get()) if text.isDefined() else ""


def _quoted(origin: Origin) -> str:
    # the parts are letters, digits and underscores: a mapping with another name is refused when it is read
    return ".".join(f"`{name}`" for name in origin.from_.split("."))


def _all(names: Any) -> list[str]:
    """Scala's names as Python's, sorted."""
    return sorted(str(names.apply(index)) for index in range(names.size()))


def _first_line(error: Exception) -> str:
    text = str(error.java_exception.toString()) if isinstance(error, Py4JJavaError) else str(error)
    return text.splitlines()[0][:300]
