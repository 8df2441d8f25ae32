"""Lineage of a run: an event when it, or a stage of it, begins and is over, with tables and their Delta versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from marketgraph import __version__
from marketgraph.run import Run
from marketgraph.runs.openlineage import (
    Dataset,
    EventType,
    Facets,
    LineageJob,
    LineageRun,
    RunEvent,
    facets,
    named,
)
from marketgraph.runs.seen import Ended, StageSeen
from marketgraph.runs.transports import Post
from marketgraph.slices import Slice
from marketgraph.store import Store
from marketgraph.tables import Table


@dataclass(frozen=True)
class Raw:
    """By stage, the datasets beside our tables that it reads, and those that it writes."""

    read: Mapping[str, tuple[Dataset, ...]] = field(default_factory=dict)
    written: Mapping[str, tuple[Dataset, ...]] = field(default_factory=dict)


class Lineage:
    """An onlooker that sends events of the run, and of each stage as a job of its own below it.

    raw: what stages read and write beside tables. A failure is told by its class: messages may quote rows.
    """

    def __init__(self, post: Post, *, namespace: str, store: Store, run: Run, raw: Raw | None = None) -> None:
        self._post, self._namespace, self._store, self._run = post, namespace, store, run
        self._raw = raw or Raw()
        self._spark_version = store.spark.version  # asked of Spark, which may be gone when a failure is told
        self._command = ""

    def run_begins(self, command: str) -> None:
        """The run begins."""
        self._command = f"marketgraph.{command}"
        self._send("START", self._whole(), self._command)

    def begins(self, stage: StageSeen) -> None:
        """A stage begins: what it reads is known."""
        self._send("START", self._part(stage), stage.name, inputs=self._inputs(stage))

    def is_over(self, stage: StageSeen) -> None:
        """A stage is over: what stands after it. One that failed has no outputs: what it wrote, nobody reads."""
        failed = stage.state == "failed"
        outputs = () if failed else self._outputs(stage)
        kind: EventType = "FAIL" if failed else "COMPLETE"
        self._send(kind, self._part(stage), stage.name, inputs=self._inputs(stage), outputs=outputs)

    def run_is_over(self, ended: Ended) -> None:
        """The run has ended or failed."""
        self._send("FAIL" if ended.error else "COMPLETE", self._whole(ended.error), self._command)

    def _send(
        self,
        kind: EventType,
        run: LineageRun,
        job: str,
        *,
        inputs: tuple[Dataset, ...] = (),
        outputs: tuple[Dataset, ...] = (),
    ) -> None:
        batch = facets(jobType={"processingType": "BATCH", "integration": "SPARK", "jobType": "JOB"})
        told = LineageJob(namespace=self._namespace, name=job, facets=batch)
        now = datetime.now(timezone.utc)
        event = RunEvent(event_type=kind, event_time=now, run=run, job=told, inputs=inputs, outputs=outputs)
        self._post.send(event.as_json())

    def _whole(self, error: str | None = None) -> LineageRun:
        return LineageRun(run_id=self._id(), facets=self._facets(self._run.as_of, error))

    def _part(self, stage: StageSeen) -> LineageRun:
        parent = {"run": {"runId": self._id()}, "job": {"namespace": self._namespace, "name": self._command}}
        told = self._facets(stage.as_of, stage.error) | facets(parent=parent)
        return LineageRun(run_id=self._id(stage.position), facets=told)

    def _id(self, position: int = 0) -> str:
        """A UUID that goes by the run's id: whoever has the one can make the other."""
        return str(uuid5(NAMESPACE_URL, f"marketgraph:{self._run.run_id}:{position}"))

    def _facets(self, as_of: date, error: str | None) -> Facets:
        run = {"run_id": self._run.run_id, "config_hash": self._run.config_hash}
        tags = [{"key": k, "value": v, "source": "MARKETGRAPH"} for k, v in run.items()]
        engine = {
            "name": "spark",
            "version": self._spark_version,
            "openlineageAdapterVersion": __version__,
        }
        told: dict[str, dict[str, Any]] = {
            "nominalTime": {"nominalStartTime": f"{as_of}T00:00:00Z"},
            "processing_engine": engine,
            "tags": {"tags": tags},
        }
        if error is not None:
            told["errorMessage"] = {"message": error, "programmingLanguage": "PYTHON"}
        return facets(**told)

    def _inputs(self, stage: StageSeen) -> tuple[Dataset, ...]:
        tables = [self._dataset(table, held) for table, held in stage.inputs]
        return (*self._raw.read.get(stage.name, ()), *tables)

    def _outputs(self, stage: StageSeen) -> tuple[Dataset, ...]:
        tables = [self._output(table, held) for table, held in stage.outputs]
        return (*self._raw.written.get(stage.name, ()), *tables)

    def _output(self, table: Table, held: Slice) -> Dataset:
        counted = facets(outputStatistics={"rowCount": held.rows})
        return self._dataset(table, held).model_copy(update={"output_facets": counted})

    def _dataset(self, table: Table, held: Slice) -> Dataset:
        namespace, name = named(self._store.path(table.stored_as(held.table)))
        columns = [
            {"name": c.name, "type": c.type.simpleString(), "description": c.meaning} for c in table.columns
        ]
        told = facets(
            version={"datasetVersion": str(held.delta_version)},
            schema={"fields": columns},
            storage={"storageLayer": "delta", "fileFormat": "parquet"},
        )
        return Dataset(namespace=namespace, name=name, facets=told)
