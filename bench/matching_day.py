"""One day's communities named after those of the day before, from Parquet to Parquet. A process of its own."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from marketgraph.communities.holding import left_tidy, settled
from marketgraph.communities.lineage import churn_of, lineage_of
from marketgraph.communities.matching import MOST_IN_ONE_TASK, matched
from marketgraph.communities.naming import members_of, names_of, number_new_communities
from marketgraph.communities.overlaps import overlaps_of
from marketgraph.communities.settings import Identity
from marketgraph.session import build_session
from marketgraph.spark_settings import SparkSettings

BEFORE, DAY = date(2024, 1, 1), date(2024, 1, 2)
MOST = {"task": MOST_IN_ONE_TASK, "rounds": 0}


def named(spark: SparkSession, folder: Path, most: int) -> dict[str, Any]:
    """Name the day's communities, write its members and lineage, and tell its churn, and the seconds of each step."""
    clock = Clock()
    now, before = (spark.read.parquet(str(folder / name)) for name in ("now", "before"))
    overlaps = overlaps_of(now, before)
    clock.lap("overlaps")
    kept = settled(matched(overlaps.pairs, least_share=Identity().least_share, most=most))
    clock.lap("matched")
    new = settled(overlaps.now.join(kept, "first_vertex", "left_anti").select("first_vertex"))
    known = spark.read.parquet(str(folder / "ids"))
    ids = known.unionByName(number_new_communities(known, new, as_of=DAY))
    names = settled(names_of(kept, new, ids, as_of=DAY))
    clock.lap("named")
    lineage = settled(lineage_of(overlaps, names, Identity()))
    (row,) = churn_of(overlaps, names, lineage, previous_as_of=BEFORE).collect()
    clock.lap("lineage")
    write(members_of(now, names), folder / "members")
    write(lineage, folder / "lineage")
    clock.lap("written")
    told = ("communities", "communities_before", "kept", "changed", "churn")
    counts = {"kept_ids": kept.count(), "pairs": overlaps.pairs.count()}
    return {**counts, **{name: row[name] for name in told}, "steps": clock.laps}


@dataclass
class Clock:
    """Seconds of each step since the one before."""

    laps: dict[str, float] = field(default_factory=dict)
    last: float = field(default_factory=time.monotonic)

    def lap(self, name: str) -> None:
        """A step has ended."""
        now = time.monotonic()
        self.laps[name], self.last = round(now - self.last, 2), now


def write(frame: DataFrame, folder: Path) -> None:
    frame.write.mode("overwrite").parquet(str(folder))


def main(place: str, way: str, memory: str) -> None:
    """Prints the seconds from the first look at the files to the last row, and what was found.

    place: a folder with now, before and ids, as bench/matching.py draws them.
    """
    settings = SparkSettings(
        master="local[2]", driver_memory=memory, shuffle_partitions=4, local_dir=tempfile.gettempdir()
    )
    spark = build_session(settings, app_name="bench matching")
    begun = time.monotonic()
    with left_tidy(spark):
        told = named(spark, Path(place), MOST[way])
    seconds = time.monotonic() - begun
    spark.stop()
    sys.stdout.write(json.dumps({"seconds": seconds, **told}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
