"""A frame whose rows move through their exchange once, however many plans read them."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame

from marketgraph.spark_line import frame_of


def moved_once(frame: DataFrame) -> DataFrame:
    """The rows of `frame`, which ends with an exchange, as the leaf of new plans that know how it is partitioned.

    Spark uses an exchange again only where two readers want the same columns of it; each would else read, and move, all
    that is before it anew. The rows stay where a shuffle leaves them, in files, and are made again if those are lost.
    What is behind the leaf is planned here, and with adaptive execution done here; plans that read it have it not.
    """
    jvm: Any = frame.sparkSession._jvm
    rows = frame._jdf.queryExecution().toRdd()
    companion = getattr(getattr(jvm.org.apache.spark.sql.execution, "LogicalRDD$"), "MODULE$")
    leaf = companion.fromDataset(rows, frame._jdf, False)
    return frame_of(leaf, frame.sparkSession)
