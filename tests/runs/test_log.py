"""The log for machines: one object per line, whatever people are shown beside it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from marketgraph import log
from marketgraph.errors import ConfigError, QualityError
from marketgraph.reporter import Reporter
from tests.runs.shop import AS_OF, BAD, FIRST, ROWS, SECOND, Shop

Line = dict[str, Any]


@pytest.fixture(autouse=True)
def silent_again() -> Iterator[None]:
    """The log is the process's: the next test is to have none."""
    yield
    log.set_up("human")


def lines_of(text: str) -> list[Line]:
    return [json.loads(line) for line in text.splitlines()]


def test_people_are_shown_lines_and_the_file_has_the_same_run_as_json(
    spark: SparkSession, tmp_path: Path
) -> None:
    log.set_up("human", str(tmp_path / "logs" / "run.jsonl"))
    shop = Shop(spark, tmp_path / "shop")
    context = shop.run(FIRST, SECOND, release="2024-06-19.0badcafe")
    assert "✓ labels" in shop.said
    assert "{" not in shop.said
    lines = lines_of((tmp_path / "logs" / "run.jsonl").read_text())
    assert [(one["event"], one.get("stage")) for one in lines] == [
        ("run begun", None),
        ("stage begun", "labels"),
        ("table written", "labels"),
        ("stage ended", "labels"),
        ("stage begun", "components"),
        ("table written", "components"),
        ("stage ended", "components"),
        ("run ended", None),
    ]
    assert {(one["run_id"], one["as_of"], one["level"]) for one in lines} == {
        (context.run.run_id, AS_OF, "info")
    }
    assert list(lines[2])[:3] == ["time", "level", "event"]
    assert lines[2]["time"].endswith("Z")
    assert (lines[2]["table"], lines[2]["rows"], lines[2]["version"]) == ("communities.labels", ROWS, 0)
    assert lines[3]["seconds"] > 0
    assert lines[-1]["release"] == "2024-06-19.0badcafe"


def test_standard_output_is_nothing_but_json_and_a_failure_names_its_run(
    spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.set_up("json")
    reporter = Reporter()
    reporter.warn("a name with \x1b[31m in it,\nand a second line")
    reporter.say("plain [text]")
    reporter.facts("run", [("rings", "3 of 3")])
    with pytest.raises(QualityError):
        Shop(spark, tmp_path).run(FIRST, BAD)
    printed = capsys.readouterr()
    lines = lines_of(printed.out)
    assert printed.err == ""
    assert [one["event"] for one in lines[:3]] == ["warning", "note", "facts"]
    assert lines[0]["level"] == "warning"
    failed = lines[-1]
    assert (failed["event"], failed["level"], failed["exit_code"], failed["error"]) == (
        ("run failed", "error", 3, "QualityError")
    )
    assert failed["stage"] == "refusal"
    assert failed["run_id"].startswith(AS_OF)


def test_a_mistake_of_a_user_is_a_line_too_where_the_command_line_asks_for_json(tmp_path: Path) -> None:
    words = ["run", "--log-format", "json", "--config", str(tmp_path / "none.yml")]
    done = subprocess.run(
        [sys.executable, "-c", "from marketgraph.cli import main; main()", *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    (line,) = lines_of(done.stdout)
    assert (done.returncode, done.stderr) == (2, "")
    assert (line["event"], line["level"], line["exit_code"]) == ("error", "error", 2)
    assert "none.yml" in line["message"]


def test_a_log_that_cannot_be_written_is_a_mistake_of_the_config(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ConfigError, match=r"logs\.file"):
        log.set_up("human", str(tmp_path / "file" / "run.jsonl"))
