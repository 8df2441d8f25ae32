"""Locations on S3: what a session needs for them, and what is refused before Spark starts.

Delta commits by making a file that is not there yet, all or nothing. S3 as Hadoop 3.3 reaches it has no such step, so
what makes a commit one is the class that writes Delta's log: one that is safe for a single driver, or one that takes
the step in a table of DynamoDB. With any other, two commits can take the same number, and the first is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pyspark.sql import SparkSession

from marketgraph.errors import ConfigError
from marketgraph.jvm_classes import has_class
from marketgraph.packaged import scratch_dir
from marketgraph.spark_settings import is_local_master

JARS = "s3a"  # the part of conf/jars.lock
SINGLE_DRIVER = "io.delta.storage.S3SingleDriverLogStore"
SEVERAL_DRIVERS = "io.delta.storage.S3DynamoDBLogStore"
LOG_STORE = "spark.delta.logStore.s3a.impl"
_ANY_SCHEME = "spark.delta.logStore.class"
_FILE_SYSTEM = "org.apache.hadoop.fs.s3a.S3AFileSystem"
_PAGE = "docs/object-stores.md"
# An address that nobody answers at is told after half a minute; as Hadoop has it, it would be tried for twenty.
_PATIENCE = {
    "spark.hadoop.fs.s3a.attempts.maximum": "3",
    "spark.hadoop.fs.s3a.retry.limit": "4",
    "spark.hadoop.fs.s3a.connection.establish.timeout": "5000",
}


def on_s3(location: str) -> bool:
    """Whether a location lies in a bucket."""
    return location.startswith("s3a://")


def for_hadoop(location: str) -> str:
    """The location as Hadoop takes it: a bucket alone needs the slash of its top folder."""
    return f"{location}/" if on_s3(location) and location.count("/") == 2 else location


def jar_parts(locations: Iterable[str]) -> list[str]:
    """The optional parts of conf/jars.lock that these locations need."""
    return [JARS] if any(on_s3(location) for location in locations) else []


def s3_conf(locations: Iterable[str], told: Mapping[str, str]) -> dict[str, str]:
    """The settings that a session needs for these locations beside `told`; none where no location is on S3.

    Raises ConfigError for a location that names another scheme of S3 or credentials, and for a setting under which
    Delta would lose commits there.
    """
    places = list(locations)
    for place in places:
        _require_usable(place)
    if not any(on_s3(place) for place in places):
        return {}
    _require_safe(told)
    wanted = _PATIENCE | {LOG_STORE: SINGLE_DRIVER}
    if is_local_master(told.get("spark.master", "")):
        wanted["spark.hadoop.fs.s3a.buffer.dir"] = str(
            scratch_dir() / "s3a"
        )  # else a folder of /tmp that stays
    return {key: value for key, value in wanted.items() if key not in told}


def require_classes(spark: SparkSession, locations: Iterable[str]) -> None:
    """Raises ConfigError where a location is on S3 and this Spark has no file system for it, or not its log store."""
    if not any(on_s3(place) for place in locations):
        return
    _require_class(
        spark,
        _FILE_SYSTEM,
        "give it hadoop-aws of its own Hadoop, by --packages org.apache.hadoop:hadoop-aws:VERSION",
    )
    _require_class(
        spark,
        spark.sparkContext.getConf().get(LOG_STORE) or SINGLE_DRIVER,
        f"give it the jar, by --packages io.delta:delta-storage-s3-dynamodb:3.3.3: {_PAGE}",
    )


def _require_usable(location: str) -> None:
    if re.match(r"s3n?://", location):
        raise ConfigError(
            f"{_shown(location)}: Spark reaches S3 by s3a://", fix="write the location as s3a://bucket/folder"
        )
    if on_s3(location) and "@" in location.split("/")[2]:
        raise ConfigError(
            f"{_shown(location)}: credentials are no part of a location",
            fix=f"give them by the environment or a provider of AWS: {_PAGE}",
        )
    if on_s3(location) and not location.split("/")[2]:
        raise ConfigError(f"{location}: names no bucket", fix="write the location as s3a://bucket/folder")


def _shown(location: str) -> str:
    return re.sub(r"//[^/]*@", "//…@", location)


def _require_safe(told: Mapping[str, str]) -> None:
    safe = f"{SINGLE_DRIVER} (one driver at a time) or {SEVERAL_DRIVERS}"
    if _ANY_SCHEME in told:
        raise ConfigError(
            f"{_ANY_SCHEME}: {told[_ANY_SCHEME]} is for every scheme, and on S3 Delta needs its own",
            fix=f"remove it; where several drivers write, set {LOG_STORE}: {_PAGE}",
        )
    named = told.get(LOG_STORE, SINGLE_DRIVER)
    if named not in (SINGLE_DRIVER, SEVERAL_DRIVERS):
        raise ConfigError(
            f"{LOG_STORE}: {named} is not safe on S3, where commits would be lost",
            fix=f"remove it, or name {safe}: {_PAGE}",
        )


def _require_class(spark: SparkSession, name: str, fix: str) -> None:
    if not has_class(spark, name):
        raise ConfigError(f"this Spark has no {name}, which s3a:// needs", fix=fix)
