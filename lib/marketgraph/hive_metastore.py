"""What a session with a Hive metastore needs: an address of one, and folders that go with the process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from marketgraph.errors import ConfigError

_ADDRESSES = ("hive.metastore.uris", "javax.jdo.option.ConnectionURL")


def hive_scratch(folder: Path) -> dict[str, str]:
    """Settings that keep Hive's temporary files of one process together; by default they stay in /tmp."""
    return {
        "spark.hadoop.hive.exec.scratchdir": str(folder / "hive"),
        "spark.hadoop.hive.exec.local.scratchdir": str(folder / "hive-local"),
        "spark.hadoop.hive.downloaded.resources.dir": str(folder / "hive-resources"),
    }


def require_metastore(spark: SparkSession) -> None:
    """Raises ConfigError where none is named: Spark would make an empty one in the working folder."""
    session: Any = spark._jsparkSession
    conf = session.sessionState().newHadoopConf()
    if any(conf.get(key) for key in _ADDRESSES):
        return
    raise ConfigError(
        "spark.hive: no Hive metastore is named",
        fix="set spark.hadoop.hive.metastore.uris in spark.extra (thrift://HOST:9083), or put hive-site.xml into "
        "the folder that SPARK_CONF_DIR names: docs/object-stores.md",
    )
