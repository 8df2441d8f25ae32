"""The training sets of a small synthetic marketplace, with the earlier dates that they look back at."""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from rich.console import Console

from marketgraph.errors import StoreError
from marketgraph.pipeline import STAGES, look_back, open_context, run_all, run_stages
from marketgraph.releases.load import Release, load_release
from marketgraph.reporter import Reporter
from marketgraph.stages import build_training
from marketgraph.stages.build_training import past_of
from marketgraph.stages.stage import Context
from marketgraph.tables.features import feature_tables
from marketgraph.tables.training import OWN
from tests.conftest import ROOT
from tests.published import DATES, order

pytestmark = pytest.mark.slow
DATE = DATES[1]
SETS = ("training.kinds=[merchant, buyer]", "training.cutoffs=[120, 60]", "training.horizon_days=40",
        "training.delay_days=10")  # fmt: skip
CUTOFFS = [date(2024, 3, 1), date(2024, 4, 30)]


def opened(spark: SparkSession, root: Path, *more: str) -> tuple[Context, Reporter]:
    config, day = order(root, DATE, *SETS, *more).read()
    reporter = Reporter(Console(quiet=True))
    return open_context(spark, config, day, reporter), reporter


@pytest.fixture(scope="module")
def built(
    spark: SparkSession, followed: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Release, Context]:
    """A warehouse whose date was run again, now with training sets; its release, and that run's context."""
    root = shutil.copytree(followed, tmp_path_factory.mktemp("training") / "warehouse")
    context, reporter = opened(spark, root)
    run_all(context, reporter)
    return root, load_release(spark, DATE, root=str(root)), context


def examples(release: Release, kind: str) -> DataFrame:
    return release.table(f"training.{kind}s")


def test_a_run_leaves_a_training_set_of_each_kind_in_its_release(built) -> None:
    _, release, context = built
    assert list(past_of(context)) == CUTOFFS
    for kind in ("merchant", "buyer"):
        rows = examples(release, kind).select("label", "label_kind", "split", "moment").collect()
        assert {row["label"] for row in rows} == {0, 1}
        assert all((row["label"] == 1) == (row["label_kind"] is not None) for row in rows)
        early, late = ({row["split"] for row in rows if row["moment"].date() == day} for day in CUTOFFS)
        assert "train" in early <= {"train", "validation"}
        assert late == {"test"} or kind == "merchant"  # of so few merchants nobody is judged as late as that


def test_labels_are_what_plain_python_reads_in_the_violations(built) -> None:
    _, release, _ = built
    ids = {
        (r["entity_kind"], r["entity_id"]): r["vertex_id"]
        for r in release.table("entities.vertex_ids").collect()
    }
    against = defaultdict(list)
    for row in release.table("sources.violations").collect():
        against[ids[row["entity_kind"], row["entity_id"]]].append(row)
    for kind in ("merchant", "buyer"):
        for row in examples(release, kind).select("vertex_id", "moment", "label").collect():
            moment, own = row["moment"], against[row["vertex_id"]]
            until = moment + timedelta(days=40)
            wanted = any(moment <= v["decided_at"] < until or v["decided_at"] < moment for v in own)
            assert row["label"] == int(wanted)
            assert all(v["known_at"] >= moment for v in own)
            assert row["label"] or not own  # a negative has no violation at all


def test_the_features_of_an_example_are_those_of_its_date(spark: SparkSession, built) -> None:
    _, release, context = built
    for kind in ("merchant", "buyer"):
        names = [c.name for c in feature_tables(context.config.features)[kind].columns]
        for day, then in past_of(context).items():
            own = examples(release, kind).where(
                F.col("moment") == F.lit(datetime(day.year, day.month, day.day))
            )
            assert own.count() > 0 or kind == "merchant"
            slice_of = then.read(feature_tables(context.config.features)[kind])
            assert own.select(*names).exceptAll(slice_of.select(*names)).isEmpty()


def test_no_community_and_no_component_is_in_two_splits(built) -> None:
    _, release, _ = built
    components = release.table("communities.components").select("vertex_id", "component")
    for kind in ("merchant", "buyer"):
        told = examples(release, kind).join(components, "vertex_id")
        for part in ("community", "component"):
            splits = told.groupBy(part).agg(F.count_distinct("split").alias("splits"))
            assert splits.where("splits > 1").isEmpty()


def test_the_report_counts_examples_and_looks_at_every_feature(built) -> None:
    _, release, _ = built
    rows = release.table("training.leakage").collect()
    for kind in ("merchant", "buyer"):
        own = [row for row in rows if row["kind"] == kind]
        told = sum(row["value"] for row in own if row["finding"] == "examples")
        assert told == examples(release, kind).count()
        features = {r["subject"] for r in own if r["finding"] in ("constant_feature", "single_feature_auc")}
        assert features == set(examples(release, kind).columns) - {c.name for c in OWN} - {"as_of"}


def test_a_second_run_makes_nothing_anew_for_any_of_its_dates(spark: SparkSession, built) -> None:
    root, _, _ = built
    context, reporter = opened(spark, root)
    done = []
    reporter.done = done.append  # type: ignore[method-assign]
    run_all(context, reporter)
    assert {result.name for result in done if result.slices and not result.unchanged} == set()
    assert [result.name for result in done].count("build_features") == 3


def test_a_date_that_was_not_run_is_named(spark: SparkSession, built) -> None:
    root, _, _ = built
    context, reporter = opened(spark, root, "training.cutoffs=[121, 60]")
    with pytest.raises(StoreError, match=r"for 2024-02-29\n.*run the job that writes it for this date first"):
        run_stages(STAGES, context, reporter)


def test_of_a_marketplace_that_began_after_the_first_moment_no_training_set_is_made(
    spark: SparkSession, built
) -> None:
    """The synthetic one has no order before 2024-01-01."""
    context, reporter = opened(spark, built[0], "training.cutoffs=[250, 60]")
    warned: list[str] = []
    reporter.warn = warned.append  # type: ignore[method-assign]
    context = replace(context, warn=warned.append)
    look_back(context, reporter)
    (result,) = run_stages([build_training.STAGE], context, reporter)
    assert [held.rows for held in result.slices] == [0, 0, 0]
    assert "buyers or orders yet on 2023-10-23, which it would look back at" in warned[0]


def test_the_notebook_trains_on_the_release(built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETGRAPH_WAREHOUSE", str(built[0]))
    monkeypatch.setenv("MARKETGRAPH_RELEASE", built[1].id)
    monkeypatch.setenv("MARKETGRAPH_TRUTH", f"{built[0]}/raw/truth")
    notebook = nbformat.read(ROOT / "notebooks" / "train_on_release.ipynb", as_version=4)
    folder = {"metadata": {"path": str(ROOT / "notebooks")}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=folder).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2
    assert any("AUC" in output.get("text", "") for output in outputs)
