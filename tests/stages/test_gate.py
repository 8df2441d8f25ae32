"""The gate at the end of a real run: what it leaves when it passes, and when it stops the run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from marketgraph.errors import QualityError
from marketgraph.pipeline import open_context
from marketgraph.quality.checks import CHECKS
from marketgraph.releases.load import load_release
from marketgraph.report.make import data_docs_link
from marketgraph.report.shelf import shelf_of
from marketgraph.reporter import Reporter
from marketgraph.run_folders import data_docs_folder
from marketgraph.stages import gate
from marketgraph.stages.stage import run_stage
from marketgraph.store import Store
from tests.published import DATES, order

pytestmark = pytest.mark.slow


def test_a_first_release_has_its_numbers_its_profiles_and_pages_that_its_report_links_to(
    spark: SparkSession, published
) -> None:
    root = published[0]
    release = load_release(spark, DATES[0], root=str(root))
    checks = release.table("quality.checks")
    assert checks.where("not passed and severity = 'critical'").count() == 0
    assert {row["compared_with"] for row in checks.select("compared_with").distinct().collect()} == {""}
    compared = checks.where("check in ('growth', 'drift', 'null_change')")
    assert {(r["severity"], r["passed"], r["value"]) for r in compared.collect()} == {("info", True, None)}
    told = {row["check"]: row["value"] for row in checks.where("table = 'graph'").collect()}
    assert 0 < told["degree_tail"] < 1 <= told["largest_degree"]
    assert 0 < told["seed_coverage"] <= 1
    weight = release.table("quality.profiles").where("table = 'features.merchants' and column = 'pagerank'")
    assert weight.groupBy().sum("rows").collect()[0][0] == release.pins["features.merchants"].rows
    store = Store(spark, str(root))
    out = root / "reports" / release.id
    link = data_docs_link(store, shelf_of(store, release.id), out)
    assert link.startswith("../../data_docs/")
    assert (out / link).resolve().is_file()
    assert data_docs_link(store, shelf_of(store, release.id), root.parent / "elsewhere") == ""


def test_a_gate_that_stops_the_run_leaves_its_evidence(
    spark: SparkSession, published, tmp_path: Path
) -> None:
    root = tmp_path / "warehouse"
    shutil.copytree(published[0], root)
    asked = order(root, DATES[0], "quality.tables.*orders={min_rows: 9000000}", "quality.watch.freshness={}")
    context = open_context(spark, asked.read()[0], asked.read()[1], Reporter())
    with pytest.raises(QualityError, match=r"sources\.orders: [\d,]+ rows, expected at least 9,000,000 rows"):
        run_stage(gate.STAGE, context)
    folder = data_docs_folder(str(root), context.run.as_of, context.books.slice(CHECKS).fingerprint)
    (page,) = folder.glob("validations/sources/orders/**/*.html")
    assert "✗ failed</td>" in page.read_text()
    kept = (
        context.store.read_slice(CHECKS, context.books.slice(CHECKS))
        .where("not passed and severity = 'critical'")
        .collect()
    )
    assert [(r["table"], r["check"], r["least"]) for r in kept] == [("sources.orders", "volume", 9_000_000)]
