"""The archive of Spark's classes: that a session maps it, and that one that does not fit is no one's trouble."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from marketgraph.class_archive import archive_options, archive_path
from marketgraph.java import find_java
from marketgraph.session import driver_java_options


def test_the_driver_that_runs_maps_the_archive_that_set_up_made(spark: SparkSession) -> None:
    if not (find_java().home / "lib" / "server" / "classes.jsa").is_file():
        pytest.skip("this Java can't make an archive of classes: it has none of its own to build on")
    gateway = spark.sparkContext._gateway
    assert gateway is not None
    assert str(archive_path()) in Path(f"/proc/{gateway.proc.pid}/maps").read_text()


def test_without_an_archive_no_option_names_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETGRAPH_CACHE", str(tmp_path))
    assert archive_options() == ""
    assert "SharedArchiveFile" not in driver_java_options("local[2]")
    archive_path().touch()
    for master in ("local[2]", "spark://here:7077"):
        assert f"-XX:SharedArchiveFile={archive_path()} " in driver_java_options(master)


def test_an_archive_that_does_not_fit_is_passed_over_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKETGRAPH_CACHE", str(tmp_path))
    archive_path().write_bytes(b"of another Java" * 1000)
    java = str(find_java().executable)
    with_it, without = (
        subprocess.run([java, *options, "-version"], capture_output=True, text=True, check=True)
        for options in (archive_options().split(), [])
    )
    assert with_it.stdout == without.stdout == ""
    assert with_it.stderr.splitlines()[0] == without.stderr.splitlines()[0]
    assert len(with_it.stderr.splitlines()) == len(without.stderr.splitlines())


def test_only_what_is_done_in_seconds_goes_without_the_second_compiler() -> None:
    assert driver_java_options("local[2]", brief=True).endswith(" -XX:TieredStopAtLevel=1")
    assert "TieredStopAtLevel" not in driver_java_options("local[2]")
