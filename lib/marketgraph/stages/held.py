"""Frames that a stage holds in memory until it is done."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import DataFrame


class Held:
    """Holds frames for the length of a `with`; what does not fit the memory goes to disk."""

    def __init__(self) -> None:
        self._stack = ExitStack()

    def __enter__(self) -> Held:
        return self

    def __exit__(self, *_: Any) -> None:
        self._stack.close()

    def frame(self, frame: DataFrame) -> DataFrame:
        """`frame`, computed once however often it is read."""
        kept = frame.persist(StorageLevel.MEMORY_AND_DISK)
        self._stack.callback(kept.unpersist)
        return kept
