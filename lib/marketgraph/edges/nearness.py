"""Acts near in time: buckets of time in which any two acts within a limit meet, without a join by range.

Each act is in the bucket of its own time and, as an echo, in the next one. Two acts at most a bucket's length apart
then meet in the bucket of the later one, and there they are not both echoes; so each pair is found once.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


def in_buckets(acts: DataFrame, *, time: str, seconds: int) -> DataFrame:
    """Each act twice: with (bucket, echo), in its own bucket of `seconds` and in the next. No shuffle."""
    own = F.floor(F.unix_seconds(F.col(time)) / seconds)
    both = F.array(_place(own, False), _place(own + 1, True))
    return acts.withColumn("place", F.explode(both)).select(
        *acts.columns, F.col("place.bucket").alias("bucket"), F.col("place.echo").alias("echo")
    )


def _place(bucket: Column, echo: bool) -> Column:
    return F.struct(bucket.alias("bucket"), F.lit(echo).alias("echo"))
