"""What Spark did between two moments, in numbers, read from the store that its own web page is drawn from.

The store is kept by the driver whether the page is on or not. It is asked for the numbers of its stages alone: their
names, their plans and what stands in them never leave it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any

from py4j.protocol import Py4JError
from pyspark.sql import SparkSession

# Fields of these types are names, texts, plans and tables of tasks.
_NO_NUMBERS = (
    "java.lang.String",
    "scala.Option",
    "scala.collection.Map",
    "scala.collection.immutable.Map",
    "scala.collection.Seq",
)
_MILLISECOND = 0.001
_EVENTS_LATE_MS = 1000  # the store follows the work by milliseconds
_MORE = 8  # stages that were tried again have a line for each attempt


@dataclass(frozen=True)
class SparkWork:
    """Sums over Spark's stages. Times are in seconds of tasks, sizes in bytes.

    peak_execution_bytes: the largest of the stages; of a stage the sum of what each of its tasks held for shuffles,
    sorts and joins, at most: more than was in use at once where not all tasks run at once.
    stages_unseen: that Spark had forgotten when it was asked (spark.ui.retainedStages); their work is in no other sum.
    """

    jobs: int = 0
    stages: int = 0
    stages_unseen: int = 0
    tasks: int = 0
    tasks_failed: int = 0
    executor_seconds: float = 0.0
    gc_seconds: float = 0.0
    input_bytes: int = 0
    output_bytes: int = 0
    shuffle_read_bytes: int = 0
    shuffle_written_bytes: int = 0
    memory_spilled_bytes: int = 0
    disk_spilled_bytes: int = 0
    peak_execution_bytes: int = 0

    def __add__(self, other: SparkWork) -> SparkWork:
        sums = {one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)}
        peak = max(self.peak_execution_bytes, other.peak_execution_bytes)
        return SparkWork(**{**sums, "peak_execution_bytes": peak})


class SparkMeter:
    """Reads what has been done since it was last read. All work of the session counts, whoever asked for it."""

    def __init__(self, spark: SparkSession) -> None:
        jvm: Any = spark.sparkContext._jvm
        context: Any = spark.sparkContext._jsc.sc()
        self._store, self._events = context.statusStore(), context.listenerBus()
        self._java = jvm.scala.collection.JavaConverters  # py4j looks a class up anew each time it is named
        self._mapper = _numbers_mapper(jvm)
        self._job, self._stage = self._newest_job(), self._newest_stage()

    def read(self) -> SparkWork | None:
        """The work since the last time; None when Spark can't be asked any more, or is one that we don't know."""
        try:
            self._events.waitUntilEmpty(_EVENTS_LATE_MS)
            return self._since()
        except (Py4JError, OSError):
            return None

    def tasks_at_work(self) -> tuple[int, int]:
        """Of the stages at work now: tasks that are done, and all of them."""
        active = self._told(self._store.activeStages())
        return sum(s["numCompleteTasks"] for s in active), sum(s["numTasks"] for s in active)

    def _since(self) -> SparkWork:
        job, stage = self._newest_job(), self._newest_stage()
        found = self._stages_since(stage)
        jobs, unseen = job - self._job, stage - self._stage - len({s["stageId"] for s in found})
        self._job, self._stage = job, stage
        return sum(map(_work_of, found), SparkWork(jobs=jobs, stages_unseen=unseen))

    def _stages_since(self, newest: int) -> list[dict[str, Any]]:
        """Those later than the last one read; Spark lists the newest first."""
        listed, wanted = self._listed(), newest - self._stage
        count, size = wanted + _MORE, listed.size()
        while True:
            told = self._told(listed.take(count))
            found = [s for s in told if self._stage < s["stageId"] <= newest]
            if count >= size or len(found) < len(told) or wanted == 0:
                return found
            count *= 2

    def _listed(self) -> Any:
        """All of Spark's stages that it remembers, without their tasks."""
        store = self._store
        quantiles, statuses = (getattr(store, f"stageList$default${n}")() for n in (4, 5))
        return store.stageList(None, False, False, quantiles, statuses)

    def _newest_job(self) -> int:
        jobs = self._store.jobsList(None)
        return -1 if jobs.isEmpty() else int(jobs.head().jobId())

    def _newest_stage(self) -> int:
        stages = self._listed()
        return -1 if stages.isEmpty() else int(stages.head().stageId())

    def _told(self, listed: Any) -> list[dict[str, Any]]:
        """In one call: each number of each stage by py4j would take seconds."""
        as_java = self._java.seqAsJavaList(listed)
        told: list[dict[str, Any]] = json.loads(self._mapper.writeValueAsString(as_java))
        return told


def _numbers_mapper(jvm: Any) -> Any:
    """Jackson, which Spark brings, told to write fields that are numbers, and a stage's state."""
    annotation = jvm.com.fasterxml.jackson.annotation
    mapper = jvm.com.fasterxml.jackson.databind.ObjectMapper()
    access, visible = annotation.PropertyAccessor, annotation.JsonAutoDetect.Visibility
    mapper.setVisibility(access.ALL, visible.NONE)
    mapper.setVisibility(access.FIELD, visible.ANY)
    for name in _NO_NUMBERS:
        mapper.configOverride(jvm.java.lang.Class.forName(name)).setIsIgnoredType(True)
    return mapper


def _work_of(stage: dict[str, Any]) -> SparkWork:
    """One of Spark's stages; nothing for one that it could skip."""
    if stage["status"] == "SKIPPED":
        return SparkWork()
    return SparkWork(
        stages=1,
        tasks=stage["numCompleteTasks"],
        tasks_failed=stage["numFailedTasks"] + stage["numKilledTasks"],
        executor_seconds=stage["executorRunTime"] * _MILLISECOND,
        gc_seconds=stage["jvmGcTime"] * _MILLISECOND,
        input_bytes=stage["inputBytes"],
        output_bytes=stage["outputBytes"],
        shuffle_read_bytes=stage["shuffleReadBytes"],
        shuffle_written_bytes=stage["shuffleWriteBytes"],
        memory_spilled_bytes=stage["memoryBytesSpilled"],
        disk_spilled_bytes=stage["diskBytesSpilled"],
        peak_execution_bytes=stage["peakExecutionMemory"],
    )
