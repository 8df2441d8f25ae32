"""Frames that are held in memory or on disk while communities are found, and given back at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession

from marketgraph.spark_settings import is_local_master

_HELD: list[DataFrame] = []


def held(frame: DataFrame, level: StorageLevel = StorageLevel.MEMORY_AND_DISK) -> DataFrame:
    """The frame, cached until `left_tidy` ends. A plan that Spark keeps in mind makes all later planning slower."""
    _HELD.append(frame.persist(level))
    return _HELD[-1]


def cut(frame: DataFrame) -> DataFrame:
    """The frame, computed once at its first use, with nothing of its plan behind it.

    An iteration's plan would else grow by the one before it, and its planning with it. In one process this is a local
    checkpoint: quick, and lost with its executor. On a cluster it is a checkpoint in the session's checkpoint folder.
    """
    if is_local_master(str(frame.sparkSession.sparkContext.master)):
        return frame.localCheckpoint(eager=False)
    once = frame.persist(StorageLevel.MEMORY_AND_DISK)
    safe = once.checkpoint()
    once.unpersist()
    return safe


def settled(frame: DataFrame) -> DataFrame:
    """The frame, cut and computed at once: for what is read later, when its plan's counters may be gone."""
    safe = cut(frame)
    safe.count()
    return safe


@contextmanager
def left_tidy(spark: SparkSession) -> Iterator[None]:
    """What is held in here, by us or by GraphFrames, which leaves its iterates behind, is given back at the end."""
    before, already = set(spark.sparkContext._jsc.getPersistentRDDs().keySet()), len(_HELD)
    try:
        yield
    finally:
        while len(_HELD) > already:
            _HELD.pop().unpersist()
        left = spark.sparkContext._jsc.getPersistentRDDs()
        for rdd_id in set(left.keySet()) - before:
            left[rdd_id].unpersist()
