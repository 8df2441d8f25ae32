"""The only builder of a SparkSession.

Three launchers, one builder: a Python process of our own (the command line, a notebook, a test),
`spark-submit` (which has started the JVM already, so that its master, memory and jars hold), and a platform
that hands out a running session. What decides values (time zone, parsers, ANSI mode) is set in all three.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from functools import lru_cache
from importlib import resources
from pathlib import Path

import pyspark
from pyspark.sql import SparkSession

from marketgraph.errors import ConfigError
from marketgraph.jars import jar_paths
from marketgraph.java import find_java
from marketgraph.spark_settings import FIXED_KEYS, SparkSettings, is_local_master

_DELTA_EXTENSION = "io.delta.sql.DeltaSparkSessionExtension"
_DELTA_CATALOG = "org.apache.spark.sql.delta.catalog.DeltaCatalog"
# Deep plans (long chains of joins and windows) overflow the default stack of 1m in the optimiser.
_JAVA_OPTIONS = "-Duser.timezone=UTC -Xss4m"


def build_session(settings: SparkSettings, *, app_name: str, master: str | None = None) -> SparkSession:
    """A session with Delta, for the given settings; `master` stands above that of the settings.

    A session that is already active is kept and only the settings that decide values are put on it. Under
    spark-submit, what it was told (any --conf, --master, --driver-memory, --jars) stands above `settings`.
    Raises SourceError when the jars are not there, ConfigError without a Java 17.
    """
    running = SparkSession.getActiveSession()
    if running is not None:
        return _fixed(running)
    told = _told_by_spark_submit()
    where = told.get("spark.master") or master or settings.master
    if told:
        wanted = _session_conf(settings, where) | told
    else:
        _prepare_environment(where)
        wanted = _session_conf(settings, where) | _launch_conf(settings, where)
    wanted = _with_delta(wanted | FIXED_KEYS)
    builder = SparkSession.builder.appName(app_name)
    for key, value in wanted.items():
        builder = builder.config(key, value)
    spark = _fixed(builder.getOrCreate())
    spark.sparkContext.setCheckpointDir(_checkpoint_dir(settings, where))
    return spark


def _told_by_spark_submit() -> dict[str, str]:
    """What spark-submit gave to this process; empty when this process is its own launcher."""
    if "PYSPARK_GATEWAY_PORT" not in os.environ:
        return {}
    return {key: value for key, value in pyspark.SparkConf().getAll() if key != "spark.app.name"}


def _session_conf(settings: SparkSettings, master: str) -> dict[str, str]:
    """How a session behaves, whoever launched it."""
    conf = {
        "spark.sql.shuffle.partitions": str(settings.shuffle_partitions),
        "spark.sql.adaptive.enabled": "true",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",  # what all readers of Parquet understand
        "spark.sql.catalogImplementation": "in-memory",  # no Hive, so no metastore_db and derby.log
        "spark.ui.showConsoleProgress": "false",
        "spark.ui.enabled": str(settings.ui).lower(),
    }
    if is_local_master(master):
        conf |= {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.warehouse.dir": (scratch_dir() / "spark-warehouse").as_uri(),
            "spark.databricks.delta.snapshotPartitions": "2",  # 50 by default, to read a log of ten lines
        }
    if settings.local_dir:
        conf["spark.local.dir"] = settings.local_dir
    return conf | settings.extra


def _launch_conf(settings: SparkSettings, master: str) -> dict[str, str]:
    """What only the process that starts the JVM can say."""
    conf = {
        "spark.master": master,
        "spark.driver.memory": settings.driver_memory,
        "spark.driver.extraJavaOptions": driver_java_options(),
        "spark.executor.extraJavaOptions": _JAVA_OPTIONS,
    }
    if settings.jars == "bundled":
        conf["spark.jars"] = ",".join(str(path) for path in jar_paths())
    for key in ("spark.driver.extraJavaOptions", "spark.executor.extraJavaOptions"):
        if key in settings.extra:
            conf[key] += f" {settings.extra[key]}"
    return conf


def driver_java_options() -> str:
    """The options of the driver's JVM, which names the log settings."""
    return f"{_JAVA_OPTIONS} -Dlog4j2.configurationFile={log4j_file().as_uri()}"


def _prepare_environment(master: str) -> None:
    """The variables that pyspark hands to the JVM and to the Python workers which it starts."""
    if is_local_master(master):
        # A SPARK_HOME of another version would start another Spark under this pyspark.
        os.environ["SPARK_HOME"] = str(Path(pyspark.__file__).parent)
        os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
        # Without it Spark looks its own host name up, which fails or hangs where there is no network.
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        os.environ.setdefault("SPARK_LOCAL_HOSTNAME", "localhost")
    os.environ["JAVA_HOME"] = str(find_java().home)


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
    return spark


def _checkpoint_dir(settings: SparkSettings, master: str) -> str:
    if settings.checkpoint_dir:
        return settings.checkpoint_dir
    if not is_local_master(master):
        raise ConfigError(
            f"spark.checkpoint_dir is not set, and {master} needs one that all executors reach",
            fix="set it to a folder on shared storage, such as hdfs:///tmp/marketgraph",
        )
    return str(scratch_dir() / "checkpoints")


@lru_cache(maxsize=1)
def scratch_dir() -> Path:
    """This process's own temporary folder: checkpoints and Spark's warehouse. Gone when the process ends."""
    path = Path(tempfile.mkdtemp(prefix="marketgraph-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def log4j_file() -> Path:
    """Spark's log settings as a file that the JVM can read, also when this package runs from a zip."""
    packaged = resources.files("marketgraph") / "log4j2.properties"
    if isinstance(packaged, Path):
        return packaged
    copy = scratch_dir() / "log4j2.properties"
    copy.write_bytes(packaged.read_bytes())
    return copy
