"""Taking the least and greatest values of columns out of a table's log, where Delta wrote them before it was told not.

A commit names each file with such values, so it would show an id long after the file is gone. Commits are written anew
without them, one by one and each in one step; checkpoints and sums that have them are removed, for Delta makes them
again.
"""

from __future__ import annotations

import json
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from marketgraph.delta_log import commit_file, versions_in
from marketgraph.hadoop_files import names_in, read_text, remove, replace_text

_TOLD = ("minValues", "maxValues", "nullCount")


def strip_stats(spark: SparkSession, path: str) -> tuple[int, bool]:
    """How many files of the log had such values; and whether none has any more.

    They stay in a checkpoint where the commits before it are gone: without it the table could not be read. No reader
    may be at work in another process that has read the log before.
    """
    stripped = sum(_stripped(spark, name) for name in _commits(spark, path))
    sums, checkpoints, whole = _beside(spark, path)
    doomed = [*sums, *([*checkpoints, "_last_checkpoint"] if checkpoints and whole else [])]
    for name in doomed:
        remove(spark, f"{path}/_delta_log/{name}")
    if stripped or doomed:
        _forget(spark, path)
    return stripped + len(doomed), whole or not checkpoints


def has_stats(spark: SparkSession, path: str) -> bool:
    """Whether `strip_stats` would find something to do."""
    if any(_tells(read_text(spark, name)) for name in _commits(spark, path)):
        return True
    sums, checkpoints, whole = _beside(spark, path)
    return bool(sums or (checkpoints and whole))


def _commits(spark: SparkSession, path: str) -> list[str]:
    return [commit_file(path, version) for version in versions_in(spark, path)]


def _beside(spark: SparkSession, path: str) -> tuple[list[str], list[str], bool]:
    """Sums and checkpoints that have such values, and whether all commits are there, to make checkpoints of again."""
    names = names_in(spark, f"{path}/_delta_log")
    sums = [name for name in names if name.endswith((".crc", ".compacted.json")) and name[:1].isdigit()]
    sums = [name for name in sums if _TOLD[0] in read_text(spark, f"{path}/_delta_log/{name}")]
    told = [name for name in names if ".checkpoint" in name and name.endswith(".parquet")]
    told = [name for name in told if _holds_values(spark, f"{path}/_delta_log/{name}")]
    versions = versions_in(spark, path)
    return sums, told, versions == list(range(len(versions)))


def _tells(text: str) -> bool:
    return any(told in text for told in _TOLD)


def _stripped(spark: SparkSession, name: str) -> bool:
    """Write one commit anew; False where it has no such values."""
    text = read_text(spark, name)
    if not _tells(text):
        return False
    lines = [
        json.dumps(_without(json.loads(line)), separators=(",", ":")) for line in text.splitlines() if line
    ]
    replace_text(spark, name, "".join(f"{line}\n" for line in lines))
    return True


def _without(action: dict[str, Any]) -> dict[str, Any]:
    for kind in ("add", "remove"):
        told = action.get(kind, {}).get("stats")
        if told:
            kept = {key: value for key, value in json.loads(told).items() if key not in _TOLD}
            action[kind]["stats"] = json.dumps(kept, separators=(",", ":"))
    return action


def _holds_values(spark: SparkSession, name: str) -> bool:
    frame = spark.read.parquet(name)
    if "stats_parsed" in frame.select("add.*").columns:
        return True
    return not frame.where(F.col("add.stats").contains(_TOLD[0])).isEmpty()


def _forget(spark: SparkSession, path: str) -> None:
    """Let this process's Delta read the log anew."""
    jvm: Any = spark._jvm
    place = jvm.org.apache.hadoop.fs.Path(path)
    try:
        jvm.org.apache.spark.sql.delta.DeltaLog.invalidateCache(spark._jsparkSession, place)
    except (Py4JJavaError, PySparkException):
        jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()
