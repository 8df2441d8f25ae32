"""Lineage as OpenLineage's specification 2-0-2 has it: to a file, to a server, and to a server that is not there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from py4j.protocol import Py4JNetworkError
from pyspark.sql import SparkSession

from marketgraph.config_file import load_config
from marketgraph.errors import ConfigError, QualityError, StoreError
from marketgraph.runs.openlineage import named
from marketgraph.runs.raw_datasets import raw_datasets
from marketgraph.runs.transports import PATIENCE, Post
from marketgraph.stages.stage import Stage, Work
from tests.conftest import ROOT
from tests.runs.shop import AS_OF, BAD, FIRST, ROWS, SECOND, Shop
from tests.sources.shop import MERCHANTS

Event = dict[str, Any]


def events_of(file: Path) -> list[Event]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def to_file(file: Path) -> tuple[str, str]:
    return "lineage.transport=file", f"lineage.path={file}"


def facets_in(told: Any) -> Iterator[tuple[str, Any]]:
    """All facets of an event, wherever in it."""
    if isinstance(told, dict):
        for key, value in told.items():
            if key in ("facets", "outputFacets"):
                yield from value.items()
            yield from facets_in(value)
    elif isinstance(told, list):
        for one in told:
            yield from facets_in(one)


def require_spec(event: Event) -> None:
    """What the specification requires of every event and of every facet."""
    assert event["eventType"] in ("START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER")
    assert datetime.fromisoformat(event["eventTime"].replace("Z", "+00:00")).tzinfo is not None
    assert event["producer"].startswith("urn:marketgraph:")
    assert event["schemaURL"] == "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
    assert str(UUID(event["run"]["runId"])) == event["run"]["runId"]
    assert event["job"]["namespace"]
    assert event["job"]["name"]
    assert all(one["namespace"] and one["name"] for one in (*event["inputs"], *event["outputs"]))
    for name, facet in facets_in(event):
        assert facet["_producer"] == event["producer"]
        assert facet["_schemaURL"].startswith("https://openlineage.io/spec/facets/"), name


def test_each_stage_begins_and_completes_below_its_run_with_the_versions_that_it_read_and_wrote(
    spark: SparkSession, tmp_path: Path
) -> None:
    log = tmp_path / "lineage.jsonl"
    context = Shop(spark, tmp_path / "shop", *to_file(log)).run(FIRST, SECOND)
    events = events_of(log)
    for event in events:
        require_spec(event)
    assert [(e["eventType"], e["job"]["name"]) for e in events] == [
        ("START", "marketgraph.run"),
        ("START", "labels"),
        ("COMPLETE", "labels"),
        ("START", "components"),
        ("COMPLETE", "components"),
        ("COMPLETE", "marketgraph.run"),
    ]
    run, written, read = events[0], events[2], events[3]
    assert written["run"]["facets"]["parent"]["run"]["runId"] == run["run"]["runId"]
    assert written["run"]["facets"]["nominalTime"]["nominalStartTime"] == f"{AS_OF}T00:00:00Z"
    (labels,) = written["outputs"]
    assert (labels["namespace"], labels["name"]) == ("file", f"{tmp_path}/shop/communities/labels")
    assert labels["facets"]["version"]["datasetVersion"] == "0"
    assert [field["name"] for field in labels["facets"]["schema"]["fields"]] == ["vertex_id", "label"]
    assert labels["outputFacets"]["outputStatistics"]["rowCount"] == ROWS
    (same,) = read["inputs"]
    assert same == {key: value for key, value in labels.items() if key != "outputFacets"}
    assert {"key": "run_id", "value": context.run.run_id, "source": "MARKETGRAPH"} in run["run"]["facets"][
        "tags"
    ]["tags"]


def test_a_failure_is_told_by_its_class_and_no_word_of_a_row(spark: SparkSession, tmp_path: Path) -> None:
    log = tmp_path / "lineage.jsonl"
    with pytest.raises(QualityError):
        Shop(spark, tmp_path / "shop", *to_file(log)).run(FIRST, BAD)
    stage, run = events_of(log)[-2:]
    assert [stage["eventType"], run["eventType"]] == ["FAIL", "FAIL"]
    assert stage["run"]["facets"]["errorMessage"]["message"] == "QualityError"
    assert stage["outputs"] == []
    assert "mallory" not in log.read_text()


def test_a_failure_is_told_though_spark_has_gone(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: SparkSession) -> str:
        raise Py4JNetworkError("nobody answers")

    def go(_: Work) -> None:
        monkeypatch.setattr(SparkSession, "version", property(gone))
        raise StoreError("Spark's process has ended", fix="run again")

    log, going = tmp_path / "lineage.jsonl", Stage("going", (), (), lambda _: None, go)
    with pytest.raises(StoreError):
        Shop(spark, tmp_path / "shop", *to_file(log), f"metrics.file={tmp_path}/x.prom").run(FIRST, going)
    assert [event["eventType"] for event in events_of(log)][-2:] == ["FAIL", "FAIL"]
    assert "marketgraph_run_success" in (tmp_path / "x.prom").read_text()


def test_sources_are_the_folder_and_the_tables_of_hive(tmp_path: Path) -> None:
    in_hive = {**MERCHANTS, "from": "raw.merchants", "format": "hive"}
    mapping, places = tmp_path / "shop.yml", ("sources.data=/srv/raw", f"sources.mapping={tmp_path}/shop.yml")
    config = load_config(ROOT / "conf" / "local.yml", overrides=places)

    def read_of(**tables: object) -> list[tuple[str, str]]:
        mapping.write_text(json.dumps({"source": "shop", "tables": tables}))
        found = raw_datasets(config, made_by="make", read_by="read")
        assert [(one.namespace, one.name) for one in found.written["make"]] == [("file", "/srv/raw")]
        return [(one.namespace, one.name) for one in found.read["read"]]

    assert read_of(merchants=MERCHANTS) == [("file", "/srv/raw")]
    assert read_of(merchants=in_hive) == [("hive", "raw.merchants")]
    assert read_of(merchants=[MERCHANTS, in_hive]) == [("file", "/srv/raw"), ("hive", "raw.merchants")]
    assert read_of(merchants="nonsense") == [("file", "/srv/raw")]  # which conform_sources refuses


@contextmanager
def server(answer: int = 201) -> Iterator[tuple[str, list[tuple[str, str | None, Event]]]]:
    """A server's address, and what was posted to it: path, key, event."""
    posted: list[tuple[str, str | None, Event]] = []

    class Lineage(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.append((self.path, self.headers["Authorization"], json.loads(body)))
            self.send_response(answer)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: pytest's output is not its place."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Lineage) as listening:
        Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}", posted
        listening.shutdown()


def test_events_are_posted_with_the_key_that_the_environment_has(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINEAGE_KEY", "sesame")
    with server() as (address, posted):
        told = (
            "lineage.transport=http",
            f"lineage.url={address}/api/v1/lineage",
            "lineage.key_env=LINEAGE_KEY",
        )
        Shop(spark, tmp_path, *told, "lineage.namespace=shop").run(FIRST)
    assert [event["eventType"] for _, _, event in posted] == ["START", "START", "COMPLETE", "COMPLETE"]
    assert {(path, key) for path, key, _ in posted} == {("/api/v1/lineage", "Bearer sesame")}
    assert {event["job"]["namespace"] for _, _, event in posted} == {"shop"}
    for _, _, event in posted:
        require_spec(event)


def test_a_server_that_is_not_there_costs_two_warnings_and_no_run(
    spark: SparkSession, tmp_path: Path
) -> None:
    with server() as (address, _):
        pass  # its port is nobody's from here on
    shop = Shop(spark, tmp_path, "lineage.transport=http", f"lineage.url={address}")
    shop.run(FIRST, SECOND)
    said = [line for line in shop.said.splitlines() if "lineage" in line]
    assert len(said) == 2
    assert "no more are sent" in said[1]


def test_a_server_that_refuses_is_left_alone_after_a_few_times_and_one_that_recovers_is_not() -> None:
    tries, warned, failing = [], [], [True, True, False, True, True, True, False]

    def send(line: str) -> None:
        tries.append(line)
        if failing[len(tries) - 1]:
            raise TimeoutError

    post = Post(send, "somewhere", warned.append)
    for number in range(len(failing) + 1):
        post.send(str(number))
    assert len(tries) == 3 + PATIENCE  # the last two were not tried
    assert len(warned) == 3


@pytest.mark.parametrize(
    ("location", "namespace", "name"),
    [
        ("/srv/warehouse/edges/sells", "file", "/srv/warehouse/edges/sells"),
        ("file:///srv/warehouse", "file", "/srv/warehouse"),
        ("s3a://bucket/graph/edges/sells", "s3://bucket", "graph/edges/sells"),
        ("s3a://key:secret@bucket/graph", "s3://bucket", "graph"),
        ("gs://bucket/graph", "gs://bucket", "graph"),
        ("hdfs://namenode:8020/graph", "hdfs://namenode:8020", "/graph"),
        (
            "abfss://box@account.dfs.core.windows.net/graph",
            "abfss://box@account.dfs.core.windows.net",
            "graph",
        ),
    ],
)
def test_a_dataset_is_named_by_its_store_and_its_place_there(
    location: str, namespace: str, name: str
) -> None:
    assert named(location) == (namespace, name)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (("lineage.transport=http",), "needs a url"),
        (("lineage.transport=file",), "needs a path"),
        (("lineage.url=ftp://somewhere/x",), "http"),
        (("lineage.url=http://me:secret@somewhere/x",), "key_env"),
        (("lineage.path=s3a://bucket/x",), "not a file of this machine"),
        (("metrics.file=s3a://bucket/x",), "not a file of this machine"),
    ],
)
def test_a_place_that_cannot_be_is_a_mistake_of_the_config(told: tuple[str, ...], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as refused:
        load_config(ROOT / "conf" / "local.yml", overrides=told)
    assert "secret" not in str(refused.value)


def test_where_a_run_is_told_of_is_not_in_the_hash_of_its_config(tmp_path: Path) -> None:
    plain = load_config(ROOT / "conf" / "local.yml")
    told = (
        *to_file(tmp_path / "x"),
        "logs.format=json",
        f"logs.file={tmp_path}/y",
        f"metrics.file={tmp_path}/z",
    )
    assert load_config(ROOT / "conf" / "local.yml", overrides=told).hash == plain.hash
