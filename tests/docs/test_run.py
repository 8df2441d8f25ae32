"""The README's commands do what they are there for: run as they stand, on the warehouse of a smaller marketplace."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from marketgraph.cli import app
from marketgraph.releases.load import load_release
from tests.conftest import ROOT
from tests.docs.reading import Page
from tests.published import DATES

pytestmark = pytest.mark.slow
README = Page(ROOT / "README.md")
# The run on Olist is that of tests/olist; what erases has tests of its own, and would take from those that read here.
ELSEWHERE = ("run", "erase")


def asked(command: str) -> list[str]:
    """The words of the README's one line with that command."""
    (words,) = (w for w in README.commands if w[0].endswith("bin/marketgraph") and w[1] == command)
    return words[1:]


@pytest.fixture
def run(
    spark: SparkSession, followed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], str]:
    """What a command prints, run from a folder that has conf/ as a checkout does."""
    (tmp_path / "conf").symlink_to(ROOT / "conf")
    monkeypatch.chdir(tmp_path)

    def told(command: str) -> str:
        words = asked(command)
        place = ["--set", f"store.root={followed}"] if "--config" in words else []
        # Spark was begun in another folder
        here = {word: str(tmp_path / word) for word in ("edges.txt", "labels")}
        merchant = {word: _merchant(spark, followed) for word in words if word.startswith("merchant:")}
        done = CliRunner().invoke(app, [(here | merchant).get(word, word) for word in (*words, *place)])
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output

    return told


def _merchant(spark: SparkSession, root: Path) -> str:
    """One that the smaller marketplace has, in the place of the README's."""
    rows = load_release(spark, DATES[1], root=str(root)).table("entities.merchants")
    return f"merchant:{rows.orderBy('merchant_id').first()['merchant_id']}"


def test_every_command_of_the_readme_is_run_here_or_elsewhere() -> None:
    told = {words[1] for words in README.commands if words[0].endswith("bin/marketgraph")}
    assert told - set(ELSEWHERE) == {"estimate", "communities", "releases", "explain", "report", "export"}


def test_estimate_counts_groups_and_says_what_a_run_needs(run: Callable[[str], str]) -> None:
    told = run("estimate")
    assert "shares_device" in told
    assert "spark.executor.instances" in told


def test_communities_labels_the_graph_that_the_line_before_has_written(
    run: Callable[[str], str], tmp_path: Path
) -> None:
    (block,) = (code for code in README.fenced("bash") if "edges.txt" in code)
    subprocess.run(["/bin/bash", "-c", block.splitlines()[0]], cwd=tmp_path, check=True)
    run("communities")
    rows = [
        re.split(r"[ ,]", line.strip())
        for file in (tmp_path / "labels").glob("part-*")
        for line in file.open()
    ]
    assert {row[0] for row in rows} == {"ann", "bob", "cid", "dan", "eve", "fay"}
    assert len({row[1] for row in rows}) == 2


def test_releases_list_names_the_release(run: Callable[[str], str]) -> None:
    assert DATES[1] in run("releases")


def test_explain_tells_of_the_merchant(run: Callable[[str], str]) -> None:
    assert "merchant" in run("explain")


def test_report_has_a_first_page(run: Callable[[str], str], tmp_path: Path) -> None:
    run("report")
    assert (tmp_path / "report" / "index.html").is_file()


def test_export_has_a_manifest(run: Callable[[str], str], tmp_path: Path) -> None:
    run("export")
    assert (tmp_path / "exports" / "pyg" / "manifest.json").is_file()
