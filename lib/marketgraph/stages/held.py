"""Frames that a stage holds in memory until it is done."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import DataFrame

from marketgraph.communities.holding import cut
from marketgraph.spark_line import frame_of


class Held:
    """Holds frames for the length of a `with`; what does not fit the memory goes to disk."""

    def __init__(self) -> None:
        self._stack = ExitStack()

    def __enter__(self) -> Held:
        return self

    def __exit__(self, *_: Any) -> None:
        self._stack.close()

    def frame(self, frame: DataFrame) -> DataFrame:
        """`frame`, computed once however often it is read, with nothing of its plan behind it.

        Spark finds a held frame in a plan only after it has analysed all that is behind it: where one held frame is
        made of another, and both are read by forty tables, planning would take longer than the work. So what is held
        becomes the leaf of a new plan.
        """
        kept = frame.persist(StorageLevel.MEMORY_AND_DISK)
        self._stack.callback(kept.unpersist)
        # a frame of its own, for the plan of the first was made before it was held
        leaf = kept.select("*")._jdf.queryExecution().withCachedData()
        return frame_of(leaf, frame.sparkSession)

    def small(self, frame: DataFrame) -> DataFrame:
        """The same of a small frame, at once: Spark then knows how small it is, and sends it to where it is joined.

        It is cut off altogether: what Spark writes down of a plan shows a held frame with all held frames behind it,
        and those with theirs, which grows beyond all bounds where many are made of each other.
        """
        once = frame.persist(StorageLevel.MEMORY_AND_DISK)
        once.count()
        alone = cut(once.select("*"))
        alone.count()
        once.unpersist()
        return alone
