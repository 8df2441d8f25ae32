"""Makes the archive of classes: a session does on a few rows what jobs do, and its JVM keeps the classes it has met.

`python -m marketgraph.class_rehearsal`, once for each Java and Spark (`make setup` does); a minute, 170 MB.
"""

from __future__ import annotations

import sys
import tempfile
from functools import reduce
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

from delta.tables import DeltaTable
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from marketgraph.class_archive import archive_path
from marketgraph.errors import MarketgraphError
from marketgraph.session import build_session
from marketgraph.spark_settings import SparkSettings

_SECONDS_TO_WRITE = 300


def make_archive() -> Path | None:
    """The archive's file, made if it is not there yet; None where this Java can't make one.

    Raises ConfigError and SourceError as `build_session` does.
    """
    path = archive_path()
    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".classes-", dir=path.parent) as folder:
        part = Path(folder) / path.name
        _rehearse_into(part, Path(folder))
        if not part.is_file():
            return None
        part.chmod(0o644)
        part.replace(path)
    return path


def _rehearse_into(part: Path, folder: Path) -> None:
    """One session that ends with its JVM, which writes the archive as the last thing it does."""
    keep = f"-XX:ArchiveClassesAtExit={part} -Xlog:cds*=off"
    settings = SparkSettings(
        driver_memory="1g", shuffle_partitions=2, extra={"spark.driver.extraJavaOptions": keep}
    )
    spark = build_session(settings, app_name="class rehearsal", master="local[2]")
    gateway: Any = spark.sparkContext._gateway
    try:
        _rehearse(spark, folder)
    finally:
        spark.stop()
        gateway.shutdown()
        gateway.proc.stdin.close()
        try:
            gateway.proc.wait(_SECONDS_TO_WRITE)
        except TimeoutExpired:
            gateway.proc.kill()


def _rehearse(spark: SparkSession, folder: Path) -> None:
    frame = _read_back(spark, folder)
    joined = frame.join(F.broadcast(_counted(frame)), "kind").join(_ranked(frame).hint("merge"), "id")
    table = str(folder / "delta")
    for mode in ("overwrite", "append"):
        joined.write.format("delta").mode(mode).partitionBy("kind").save(table)
    read = spark.read.format("delta").load(table)
    read.groupBy("kind").applyInPandas(lambda part: part, read.schema).toPandas()
    read.where("kind = 1").agg(F.max("id"), F.sum("amount"), F.countDistinct("name")).collect()
    written = DeltaTable.forPath(spark, table)
    written.delete("id = 3")
    written.history().collect()


def _read_back(spark: SparkSession, folder: Path) -> DataFrame:
    """A few rows, as each of the formats that sources have gives them."""
    rows = spark.range(200).select(
        "id",
        (F.col("id") % 5).alias("kind"),
        (F.col("id") / 7).cast("decimal(18,2)").alias("amount"),
        F.sha2(F.col("id").cast("string"), 256).alias("name"),
        F.timestamp_seconds(F.col("id") * 1000).alias("at"),
    )
    frames = []
    for kind in ("csv", "json", "parquet"):
        rows.write.format(kind).save(str(folder / kind))
        frames.append(spark.read.schema(rows.schema).format(kind).load(str(folder / kind)))
    return reduce(DataFrame.unionByName, frames)


def _counted(frame: DataFrame) -> DataFrame:
    return frame.groupBy("kind").agg(
        F.count("*").alias("rows"), F.collect_list("name").alias("names"), F.max("at").alias("last")
    )


def _ranked(frame: DataFrame) -> DataFrame:
    order = Window.partitionBy("kind").orderBy(F.desc("amount"), "id")
    ranked = frame.select("id", F.row_number().over(order).alias("rank")).distinct()
    return ranked.mapInPandas(lambda parts: parts, ranked.schema)


def _main() -> int:
    try:
        path = make_archive()
    except MarketgraphError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    except PySparkException as error:  # all works without an archive, so that a set-up does not fail for it
        sys.stderr.write(f"  no archive of classes, commands will start more slowly: {error}\n")
        return 0
    made = f"{path.stat().st_size / 1e6:.0f} MB, {path.name}" if path else "none, this Java can't make one"
    sys.stdout.write(f"  archive of classes: {made}\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main())
