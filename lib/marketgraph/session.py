"""The only builder of a SparkSession.

Three launchers, one builder: a Python process of our own (the command line, a notebook, a test),
`spark-submit` (which has started the JVM already, so that its master, memory and jars hold), and a platform
that hands out a running session. What decides values (time zone, parsers, ANSI mode) is set in all three.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyspark
from pyspark.sql import SparkSession

from marketgraph.class_archive import archive_options
from marketgraph.errors import ConfigError
from marketgraph.file_modes import UMASK
from marketgraph.hive_metastore import hive_scratch, require_metastore
from marketgraph.jars import jar_paths
from marketgraph.java import find_java
from marketgraph.jit import compile_quickly
from marketgraph.jvm_classes import has_class
from marketgraph.nodes import python_of_nodes, sent_to_nodes
from marketgraph.object_stores import jar_parts, require_classes, s3_conf
from marketgraph.packaged import packaged_file, scratch_dir
from marketgraph.spark_settings import FIXED_KEYS, SparkSettings, is_local_master

_DELTA_EXTENSION = "io.delta.sql.DeltaSparkSessionExtension"
_DELTA_CATALOG = "org.apache.spark.sql.delta.catalog.DeltaCatalog"
# Deep plans (long chains of joins and windows) overflow the default stack of 1m in the optimiser.
EXECUTOR_JAVA_OPTIONS = "-Duser.timezone=UTC -Xss4m"
# One process on a few cores works for minutes on small tables, and most of that is planning and compiling. So: a
# collector without threads of its own beside the work, and less inlining, which halves the compiler's share. See
# docs/decisions/0005-time-of-a-small-run.md for what each was measured to bring. And: where memory is out, the thread
# that feeds a Python worker dies, and Spark would wait for it for ever; the process ends instead.
LOCAL_JAVA_OPTIONS = (
    "-XX:+IgnoreUnrecognizedVMOptions -XX:+ExitOnOutOfMemoryError -XX:+UseParallelGC -XX:NewRatio=1 "
    "-XX:InitialRAMPercentage=10 -XX:MetaspaceSize=512m -XX:ReservedCodeCacheSize=512m "
    "-XX:InlineSmallCode=1000 -XX:MaxInlineLevel=7 -XX:FreqInlineSize=120"
)
# A command that reads a few rows is done before the second compiler's code is, which takes 10 s of CPU of its 25.
BRIEF_JAVA_OPTIONS = "-XX:TieredStopAtLevel=1"


def build_session(
    settings: SparkSettings,
    *,
    app_name: str,
    master: str | None = None,
    locations: Sequence[str] = (),
    brief: bool = False,
) -> SparkSession:
    """A session with Delta, for the given settings; `master` stands above that of the settings.

    locations: what it is to read and write, where that may be on s3a://. brief: its work is done in seconds.
    This process is then in UTC: PySpark reads and makes times without a zone in that of the process. A session
    that is already active is kept and only the settings that decide values are put on it. Under
    spark-submit, what it was told (any --conf, --master, --driver-memory, --jars) stands above `settings`.
    Raises SourceError when the jars are not in the cache; ConfigError without a Java 17, without Delta, or
    without a checkpoint folder on a cluster.
    """
    _live_in_utc()
    running = SparkSession.getActiveSession()
    if running is not None:
        s3_conf(locations, dict(running.sparkContext.getConf().getAll()))
        require_classes(running, locations)
        return _fixed(running)
    told = _told_by_spark_submit()
    where = told.get("spark.master") or master or settings.master
    checkpoints = _checkpoint_dir(settings, where)
    if told:
        wanted = _session_conf(settings, where) | told
    else:
        _prepare_environment(settings, where)
        wanted = _session_conf(settings, where) | _launch_conf(settings, where, locations, brief=brief)
    wanted = _with_delta(wanted | s3_conf(locations, wanted) | FIXED_KEYS)
    builder = SparkSession.builder.appName(app_name)
    for key, value in wanted.items():
        builder = builder.config(key, value)
    spark = _fixed(builder.getOrCreate())
    _require_delta(spark)
    require_classes(spark, locations)
    if settings.hive:
        require_metastore(spark)
    spark.sparkContext.setCheckpointDir(checkpoints)
    if settings.generated_code == "quick" and is_local_master(where):
        compile_quickly(spark)
    return spark


def _live_in_utc() -> None:
    os.environ["TZ"] = "UTC"
    time.tzset()


def _told_by_spark_submit() -> dict[str, str]:
    """What spark-submit gave to this process; empty when this process is its own launcher."""
    if "PYSPARK_GATEWAY_PORT" not in os.environ:
        return {}
    pyspark.SparkContext._ensure_initialized()  # else SparkConf does not see what the JVM was told
    told = dict(pyspark.SparkConf().getAll())
    if told.get("spark.app.name", "").endswith(".py"):
        del told["spark.app.name"]  # nobody chose it: spark-submit took the file's name
    return told


def _session_conf(settings: SparkSettings, master: str) -> dict[str, str]:
    """How a session behaves, whoever launched it."""
    conf = {
        "spark.sql.shuffle.partitions": str(settings.shuffle_partitions),
        "spark.sql.adaptive.enabled": "true",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",  # what all readers of Parquet understand
        # in-memory: no Hive, so no metastore_db and derby.log
        "spark.sql.catalogImplementation": "hive" if settings.hive else "in-memory",
        "spark.hadoop.fs.permissions.umask-mode": f"{UMASK:03o}",  # Hadoop sets modes by this, not by the process's
        "spark.executorEnv.TZ": "UTC",  # of Python's workers, as of the driver
        "spark.ui.showConsoleProgress": "false",
        "spark.ui.enabled": str(settings.ui).lower(),
        "spark.sql.codegen.cache.maxEntries": "1000",  # 100 by default: a run has several hundred distinct plans
        # What the UI shows of past queries stays on the driver's heap: 1000 plans by default, some of a megabyte.
        "spark.sql.ui.retainedExecutions": "100",
        # In each contract the key comes first, and nothing else is searched for in a slice.
        "spark.databricks.delta.properties.defaults.dataSkippingNumIndexedCols": "2",
    }
    if is_local_master(master):
        conf |= {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.warehouse.dir": (scratch_dir() / "spark-warehouse").as_uri(),
            # By default a page is 64 MB here, and each broadcast relation and each sort of few rows takes a whole one.
            "spark.buffer.pageSize": "2m",
            "spark.sql.files.openCostInBytes": "65536",  # 4 MB by default: one task would read all of a small file
            "spark.databricks.delta.allFilesInCrc.enabled": "false",  # a Spark job per commit, for a cross-check
            "spark.databricks.delta.snapshotPartitions": "1",  # 50 by default, to read a log of ten lines
        }
        if settings.hive:
            conf |= hive_scratch(scratch_dir())
    if settings.local_dir:
        conf["spark.local.dir"] = settings.local_dir
    return conf | settings.extra


def _launch_conf(
    settings: SparkSettings, master: str, locations: Sequence[str], *, brief: bool
) -> dict[str, str]:
    """What only the process that starts the JVM can say."""
    conf = {
        "spark.master": master,
        "spark.driver.memory": settings.driver_memory,
        "spark.driver.extraJavaOptions": driver_java_options(master, brief=brief),
        "spark.executor.extraJavaOptions": EXECUTOR_JAVA_OPTIONS,
        **sent_to_nodes(settings, master),
    }
    if settings.jars == "bundled":
        conf["spark.jars"] = ",".join(str(path) for path in jar_paths(jar_parts(locations)))
    for key in ("spark.driver.extraJavaOptions", "spark.executor.extraJavaOptions"):
        if key in settings.extra:
            conf[key] += f" {settings.extra[key]}"
    return conf


def driver_java_options(master: str, *, brief: bool = False) -> str:
    """The options of a driver's JVM here. brief: its work is done in seconds."""
    options = [
        EXECUTOR_JAVA_OPTIONS,
        f"-Dlog4j2.configurationFile={packaged_file('log4j2.properties').as_uri()}",
        archive_options(),
    ]
    if is_local_master(master):
        options += [LOCAL_JAVA_OPTIONS, BRIEF_JAVA_OPTIONS if brief else ""]
    return " ".join(option for option in options if option)


def _prepare_environment(settings: SparkSettings, master: str) -> None:
    if is_local_master(master):
        os.environ.update(local_environment())
    elif python := python_of_nodes(settings, master):
        os.environ.update({"PYSPARK_PYTHON": python, "PYSPARK_DRIVER_PYTHON": sys.executable})
    os.environ["JAVA_HOME"] = str(find_java().home)


def local_environment() -> dict[str, str]:
    """The variables that Spark and its Python workers need when all of them run here."""
    return {
        # A SPARK_HOME of another version would start another Spark under this pyspark.
        "SPARK_HOME": str(Path(pyspark.__file__).parent),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        # Without these Spark looks its own host name up, which fails or hangs where there is no network.
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_HOSTNAME": "localhost",
    }


def _with_delta(conf: dict[str, str]) -> dict[str, str]:
    """Delta beside whatever extensions a platform has already."""
    extensions = [name for name in conf.get("spark.sql.extensions", "").split(",") if name]
    if _DELTA_EXTENSION not in extensions:
        extensions.append(_DELTA_EXTENSION)
    delta = {"spark.sql.extensions": ",".join(extensions)}
    return {"spark.sql.catalog.spark_catalog": _DELTA_CATALOG} | conf | delta


def _fixed(spark: SparkSession) -> SparkSession:
    for key, value in FIXED_KEYS.items():
        spark.conf.set(key, value)
    _remember_functions(spark)
    return spark


def _remember_functions(spark: SparkSession) -> None:
    """Look Spark's classes up once; py4j would search all the jars for them at each F.col, F.lit, F.when."""
    jvm: Any = spark.sparkContext._jvm
    for name in ("functions", "PythonSQLUtils", "PythonUtils", "SparkSession"):
        setattr(jvm, name, getattr(jvm, name))
    for name in ("col", "lit"):
        setattr(jvm.functions, name, getattr(jvm.functions, name))


def _require_delta(spark: SparkSession) -> None:
    """Spark itself only warns when the class of an extension is missing, and fails much later."""
    if not has_class(spark, _DELTA_EXTENSION):
        spark.stop()
        raise ConfigError(
            "this Spark has no Delta: its jars were not given",
            fix="launch with ./spark-submit.sh, which gives them, or pass the files of `make jars` by --jars",
        )


def _checkpoint_dir(settings: SparkSettings, master: str) -> str:
    if settings.checkpoint_dir:
        return settings.checkpoint_dir
    if not is_local_master(master):
        raise ConfigError(
            f"spark.checkpoint_dir is not set, and {master} needs one that all executors reach",
            fix="set it to a folder on shared storage, such as hdfs:///tmp/marketgraph",
        )
    return str(scratch_dir() / "checkpoints")
