"""Rows that features do not use, or use though they are odd: counted, and said why.

Policy: a row without a time is in no window; one at or after the run's date is not seen; what an entity did before it
is said to have existed counts as any other row (registrations are often entered late), and is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.features.streams import STREAMS
from marketgraph.sources.visibility import midnight

EXISTS_SINCE = {
    "merchant": "registered_at",
    "product": "listed_at",
    "creator": "joined_at",
    "content": "started_at",
    "buyer": "registered_at",
}


def unused_rows(streams: Mapping[str, DataFrame], as_of: date) -> DataFrame:
    """(of, no_time, later, known_later): for each stream its rows that no window holds, by the first reason that fits.

    later: the row's time is at or after midnight (UTC) of the date; known_later: only its becoming known is. One job.
    """
    return reduce(DataFrame.unionByName, [_of_stream(name, frame, as_of) for name, frame in streams.items()])


def acted_before_they_were(entities: Mapping[str, DataFrame]) -> DataFrame:
    """(kind, entities): how many of each kind did or met something before they are said to have existed.

    entities: entity tables by kind.
    """
    each = [
        frame.where(F.col("first_activity") < F.col(EXISTS_SINCE[kind])).select(F.lit(kind).alias("kind"))
        for kind, frame in entities.items()
    ]
    return reduce(DataFrame.unionByName, each).groupBy("kind").agg(F.count(F.lit(1)).alias("entities"))


def _of_stream(name: str, frame: DataFrame, as_of: date) -> DataFrame:
    stream = STREAMS[name]
    time, end = F.col(stream.times[0]), midnight(as_of)
    known = F.col(stream.known) if stream.known else time
    return frame.agg(
        F.lit(name).alias("of"),
        F.count_if(time.isNull()).alias("no_time"),
        F.count_if(time >= end).alias("later"),
        F.count_if((time < end) & (known >= end)).alias("known_later"),
    )


def told(unused: DataFrame, early: DataFrame) -> list[str]:
    """Both counts in words, nothing where all is zero. A row per stream and per kind."""
    why = {
        "no_time": "have no time",
        "later": "lie at or after the date",
        "known_later": "were known only later",
    }
    said = [
        f"features.{row['of']}: {row[reason]:,} rows {text} and are in no window"
        for row in unused.collect()
        for reason, text in why.items()
        if row[reason]
    ]
    return said + [
        f"{row['entities']:,} {row['kind']}s did something before they are said to have existed: it counts as any other"
        for row in early.orderBy("kind").collect()
    ]
