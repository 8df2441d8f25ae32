"""Frames whose plan is cut: an iteration's plan would else grow by the one before it, and its planning with it."""

from __future__ import annotations

from pyspark import StorageLevel
from pyspark.sql import DataFrame

from marketgraph.spark_settings import is_local_master


def cut(frame: DataFrame) -> DataFrame:
    """The frame, computed once at its first use, with nothing of its plan behind it.

    In one process a local checkpoint: quick, and lost with its executor. On a cluster a checkpoint in the session's
    checkpoint folder, from a frame that is held meanwhile.
    """
    if is_local_master(str(frame.sparkSession.sparkContext.master)):
        return frame.localCheckpoint(eager=False)
    held = frame.persist(StorageLevel.MEMORY_AND_DISK)
    safe = held.checkpoint()
    held.unpersist()
    return safe
