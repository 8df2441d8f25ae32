"""Events of OpenLineage as its specification 2-0-2 has them, and its names of datasets.

The specification's own client for Python brings two further clients of HTTP, six packages in all, for what is a few
objects here: docs/decisions/0018-seeing-a-run.md.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from marketgraph import __version__

SPEC = "https://openlineage.io/spec"
PRODUCER = f"urn:marketgraph:{__version__}"
# Name of a facet -> version and name of its schema.
FACETS = {
    "nominalTime": ("1-0-1", "NominalTimeRunFacet"),
    "parent": ("1-2-0", "ParentRunFacet"),
    "processing_engine": ("1-1-1", "ProcessingEngineRunFacet"),
    "tags": ("1-0-0", "TagsRunFacet"),
    "errorMessage": ("1-0-1", "ErrorMessageRunFacet"),
    "jobType": ("2-0-4", "JobTypeJobFacet"),
    "version": ("1-0-1", "DatasetVersionDatasetFacet"),
    "schema": ("1-2-0", "SchemaDatasetFacet"),
    "storage": ("1-0-1", "StorageDatasetFacet"),
    "outputStatistics": ("1-0-2", "OutputStatisticsOutputDatasetFacet"),
}
# Stores of objects, in which a name has no slash before it; by what Hadoop calls their schemes.
_OBJECTS = {"s3a": "s3", "s3n": "s3", "s3": "s3", "gs": "gs"}
_CONTAINERS = ("abfs", "abfss", "wasb", "wasbs")

EventType = Literal["START", "COMPLETE", "FAIL"]
Facets = dict[str, dict[str, Any]]


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class LineageRun(_Part):
    """run_id: a UUID."""

    run_id: str
    facets: Facets = {}


class LineageJob(_Part):
    """What is run again and again."""

    namespace: str
    name: str
    facets: Facets = {}


class Dataset(_Part):
    """A table or a folder, by the store that it is in and its name there."""

    namespace: str
    name: str
    facets: Facets = {}
    output_facets: Facets | None = None


class RunEvent(_Part):
    """A run of a job has begun, ended or failed."""

    event_type: EventType
    event_time: datetime
    run: LineageRun
    job: LineageJob
    inputs: tuple[Dataset, ...] = ()
    outputs: tuple[Dataset, ...] = ()
    producer: str = PRODUCER
    schema_url: str = Field(default=f"{SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent", alias="schemaURL")

    def as_json(self) -> str:
        """In one line."""
        return self.model_dump_json(by_alias=True, exclude_none=True)


def facets(**told: dict[str, Any]) -> Facets:
    """Facets by their names, each with its producer and the schema that it follows."""
    return {
        name: {"_producer": PRODUCER, "_schemaURL": _schema_of(name), **fields}
        for name, fields in told.items()
    }


def named(location: str) -> tuple[str, str]:
    """Namespace and name of a folder: `file` and its path, or the store that a URI names and what lies in it."""
    told = urlsplit(location)
    if told.scheme in ("", "file"):
        return "file", told.path
    if told.scheme in _CONTAINERS:
        return f"{told.scheme}://{told.netloc}", told.path.lstrip("/")
    authority = told.netloc.rpartition("@")[2]  # what stands before it could be a secret
    if told.scheme in _OBJECTS:
        return f"{_OBJECTS[told.scheme]}://{authority}", told.path.lstrip("/")
    return f"{told.scheme}://{authority}", told.path


def _schema_of(name: str) -> str:
    version, schema = FACETS[name]
    return f"{SPEC}/facets/{version}/{schema}.json#/$defs/{schema}"
