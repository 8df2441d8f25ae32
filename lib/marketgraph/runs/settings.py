"""The parts of the config that say where a run is told of. None of them changes a row."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from marketgraph.section import Section


def _on_this_machine(path: str) -> str:
    if "://" in path:
        raise ValueError("not a file of this machine")
    return path


LocalFile = Annotated[str, Field(min_length=1), AfterValidator(_on_this_machine)]


class LogsConfig(Section):
    """What a run prints, and the file that its log goes to besides."""

    format: Literal["human", "json"] = Field(
        default="human", description="human: lines and tables for people; json: one object per line"
    )
    file: LocalFile | None = Field(
        default=None, description="a local file that JSON lines are added to, in both formats"
    )


class LineageConfig(Section):
    """OpenLineage events: which run made which version of which table out of which."""

    transport: Literal["none", "file", "http"] = Field(
        default="none", description="file: lines of JSON, to path; http: posted to url; none: nowhere"
    )
    path: LocalFile | None = Field(default=None, description="a local file that events are added to")
    url: str | None = Field(
        default=None, description="where events are posted to, such as http://marquez:5000/api/v1/lineage"
    )
    key_env: str | None = Field(
        default=None, description="environment variable with the key that url asks for, if any"
    )
    timeout_seconds: float = Field(default=5.0, gt=0, le=60, description="how long url may take to answer")
    namespace: str = Field(
        default="marketgraph", min_length=1, description="of the jobs, as the lineage's readers know them"
    )

    @field_validator("url")
    @classmethod
    def _plain(cls, url: str | None) -> str | None:
        if url is None:
            return None
        told = urlsplit(url)
        if told.scheme not in ("http", "https") or not told.hostname:
            raise ValueError("not of the form http://host/path or https://host/path")
        if told.username or told.password:
            raise ValueError("has a user or a password in it: name the variable with the key by key_env")
        return url

    @model_validator(mode="after")
    def _placed(self) -> LineageConfig:
        if self.transport == "file" and self.path is None:
            raise ValueError("transport file needs a path")
        if self.transport == "http" and self.url is None:
            raise ValueError("transport http needs a url")
        return self


class MetricsConfig(Section):
    """Numbers of the last run, as Prometheus reads them."""

    file: LocalFile | None = Field(
        default=None,
        description="a local file, such as marketgraph.prom in the folder of node_exporter's textfile collector; "
        "{command} in it is `run` or the job's name",
    )

    def file_of(self, command: str) -> Path | None:
        """The file for the numbers of that command."""
        return None if self.file is None else Path(self.file.replace("{command}", command))
