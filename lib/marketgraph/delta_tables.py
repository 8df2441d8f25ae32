"""What is asked of Delta as a statement: to keep its log, to compact, to clone. And where a file of its log lies.

Statements name a table by its path in backticks, the one way Delta has. A backtick in a path is doubled, so that a path
is never anything but a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pyspark.sql import SparkSession

# Releases read old versions. Delta would drop commits after 30 days, and its own VACUUM files of old versions after 7:
# of tables with these properties it drops nothing, and `marketgraph maintain` removes what no release needs.
# Nothing is found by the least and greatest values of a column that Delta would write into its log: slices are read
# whole. There they would outlive what was erased.
KEPT: Mapping[str, str] = {
    "delta.logRetentionDuration": "interval 10000 days",
    "delta.deletedFileRetentionDuration": "interval 10000 days",
    "delta.dataSkippingNumIndexedCols": "0",
}
# Larger files are left as they are when a table is compacted: each rewrite is a copy that older releases do not read.
_SMALL_FILE = ("spark.databricks.delta.optimize.minFileSize", str(32 << 20))


def located(path: str, name: str) -> str:
    """Where the file lies that the log of the table at `path` has under `name`."""
    return name if re.match(r"^([A-Za-z][A-Za-z0-9+.-]*:)?/", name) else f"{path}/{name}"


def set_properties(spark: SparkSession, path: str, properties: Mapping[str, str]) -> None:
    """Put properties on a table, in one commit."""
    spark.sql(f"ALTER TABLE {quoted(path)} SET {_properties(properties)}")


def compact(spark: SparkSession, path: str) -> None:
    """Rewrite a table's small files as few, in one commit that changes no row. Older versions keep theirs."""
    with _setting(spark, *_SMALL_FILE):
        spark.sql(f"OPTIMIZE {quoted(path)}")


def shallow_clone(spark: SparkSession, source: str, version: int, target: str) -> None:
    """Make a table at `target` that has the rows of `source` at `version`, and reads them from the files there."""
    told = f"{quoted(source)} VERSION AS OF {version:d} {_properties(KEPT)}"
    spark.sql(f"CREATE TABLE {quoted(target)} SHALLOW CLONE {told}")


def files_at(spark: SparkSession, path: str, version: int | None = None) -> list[str]:
    """The whole URIs of the files that Delta reads at a version (the newest when None)."""
    reader = spark.read.format("delta")
    return list(
        (reader if version is None else reader.option("versionAsOf", version)).load(path).inputFiles()
    )


def quoted(path: str) -> str:
    """The name of a table by its path, in a statement."""
    return "delta.`" + path.replace("`", "``") + "`"


def _properties(properties: Mapping[str, str]) -> str:
    return "TBLPROPERTIES (" + ", ".join(f"'{key}' = '{value}'" for key, value in properties.items()) + ")"


@contextmanager
def _setting(spark: SparkSession, key: str, value: str) -> Iterator[None]:
    before = spark.conf.get(key, None)
    spark.conf.set(key, value)
    try:
        yield
    finally:
        spark.conf.unset(key) if before is None else spark.conf.set(key, before)
