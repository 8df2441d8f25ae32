"""Our part of `windows`, a process of its own: the engine of windowed features on a folder of events."""

from __future__ import annotations

import json
import re
import sys
import time

from pyspark.sql import DataFrame

from bench.window_rows import DAYS, MOMENT
from marketgraph.features.compiler import pass_of
from marketgraph.features.passes import Pass
from marketgraph.features.rings import snapshot
from marketgraph.features.rules import FeatureGroup
from marketgraph.features.streams import Stream, StreamColumn
from marketgraph.session import build_session
from marketgraph.spark_settings import SparkSettings

EVENTS = Stream(
    "bench",
    "one row per event",
    (),
    (
        StreamColumn("entity", "whole", "who"),
        StreamColumn("counterpart", "whole", "with whom"),
        StreamColumn("amount", "money", "amount"),
        StreamColumn("occurred_at", "time", "when"),
    ),
    {"entity": "buyer"},
    ("occurred_at",),
)
FEATURES = {
    "n": {"aggregate": "count"},
    "total": {"aggregate": "sum", "of": "amount"},
    "largest": {"aggregate": "max", "of": "amount"},
    "spread": {"aggregate": "stddev", "of": "amount"},
    "others": {"aggregate": "distinct", "of": "counterpart"},
}


def asked() -> Pass:
    """The pass: five aggregations in five windows."""
    told = {name: {"meaning": "of the bench", **rule} for name, rule in FEATURES.items()}
    windows = tuple(f"{days}d" for days in DAYS)
    group = FeatureGroup.model_validate(
        {"stream": "events", "entity": "entity", "time": "occurred_at", "windows": windows, "features": told}
    )
    return pass_of("buyer", [group], stream=EVENTS)


def exchanges(frame: DataFrame) -> int:
    """Exchanges from the source to the features, with what is before a frame that is moved once."""
    lineage = frame._jdf.queryExecution().toRdd().toDebugString()
    return len(set(re.findall(r"ShuffledRowRDD\[(\d+)\]", lineage)))


def main(folder: str, out: str, memory: str, partitions: str) -> None:
    """Prints the seconds from the files to the features written, without the start of the JVM, and the exchanges."""
    settings = SparkSettings(
        driver_memory=memory,
        shuffle_partitions=int(partitions),
        extra={"spark.sql.adaptive.enabled": "false"},
    )
    spark = build_session(settings, app_name="marketgraph bench windows")
    begun = time.monotonic()
    frame = snapshot([(asked(), spark.read.parquet(folder))], as_of=MOMENT.date())
    frame.write.parquet(out)
    seconds = time.monotonic() - begun
    sys.stdout.write(json.dumps({"seconds": seconds, "exchanges": exchanges(frame)}) + "\n")
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
