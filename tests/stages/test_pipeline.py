"""The whole pipeline on a small synthetic marketplace: what it leaves, and what a second run changes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from pyspark.sql import SparkSession

from marketgraph.errors import ConfigError, StoreError
from marketgraph.explain_job import explained, parsed
from marketgraph.jobs import run_pipeline
from marketgraph.releases.load import list_releases, load_release
from marketgraph.store import Store
from marketgraph.summary import merchant_rings
from marketgraph.tables import catalogue
from marketgraph.tables.evidence import EVIDENCE_TABLES
from marketgraph.tables.sources import ENTITY_KINDS
from tests.conftest import ROOT
from tests.published import DATES, order, run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(published):
    """A warehouse after one run."""
    return published


def versions(spark: SparkSession, root: Path) -> dict[str, int]:
    store, config = Store(spark, str(root)), order(root).read()[0]
    return {table.full_name: store.version(table) for table in catalogue(config)}


def test_a_run_publishes_a_release_of_every_table(spark: SparkSession, built) -> None:
    root, context = built
    (row,) = list_releases(Store(spark, str(root)))
    release = load_release(spark, DATES[0], root=str(root))
    assert release.id == row["release_id"]
    assert {t.full_name for t in catalogue(context.config)} < set(release.pins)
    assert release.table("entities.merchants").count() == release.pins["entities.merchants"].rows > 0
    # every stage wrote its tables, each once
    assert {pin.delta_version for pin in release.pins.values()} == {0}


def test_every_table_of_a_release_is_read_at_the_version_of_its_contract(spark: SparkSession, built) -> None:
    release = load_release(spark, DATES[0], root=str(built[0]))
    for name in release.pins:
        contract = release.contracts[name]
        asked = release.table(name, version=contract.version).columns
        fixed = [column.name for column in contract.columns]
        assert asked[: len(fixed)] == fixed, name
        assert set(asked) == set(release.table(name).columns), name


def test_every_vertex_of_the_run_has_a_label_and_features(spark: SparkSession, built) -> None:
    release = load_release(spark, DATES[0], root=str(built[0]))
    vertices = sum(
        release.pins[f"entities.{k}"].rows
        for k in ("merchants", "products", "creators", "contents", "buyers")
    )
    features = sum(
        release.pins[f"features.{k}"].rows
        for k in ("merchants", "products", "creators", "contents", "buyers")
    )
    assert release.pins["communities.labels"].rows == release.pins["communities.components"].rows == vertices
    assert features == vertices


def test_planted_merchant_rings_are_found(spark: SparkSession, built) -> None:
    root, context = built
    found = merchant_rings(context, spark.read.parquet(f"{root}/raw/truth"))
    assert found["planted"] >= 3
    assert found["recall"] >= 0.8
    assert found["precision"] >= 0.8


def test_edges_are_held_against_what_was_planted(spark: SparkSession, built) -> None:
    rows = load_release(spark, DATES[0], root=str(built[0])).table("quality.edge_recovery").collect()
    found = {row["relation"]: row for row in rows}
    assert {"shares_device", "shares_bank", "shares_address"} <= set(found)
    assert all(row["pairs_planted"] >= row["pairs_found"] for row in rows)
    assert all(row["edges"] >= row["edges_planted"] >= row["pairs_found"] for row in rows)
    assert found["shares_bank"]["recall"] > 0.3
    assert found["shares_bank"]["precision"] >= 0.8


def test_risk_is_scored_for_every_vertex_and_rings_rank_high(spark: SparkSession, built) -> None:
    release = load_release(spark, DATES[0], root=str(built[0]))
    domains = {row["domain"]: row for row in release.table("risk.calibration").collect()}
    assert "any" in domains
    assert all(row["brier_after"] <= row["brier_before"] for row in domains.values())
    assert release.pins["risk.scores"].rows == len(domains) * release.pins["communities.labels"].rows
    ranking = {row["group_kind"]: row for row in release.table("quality.ring_ranking").collect()}
    assert ranking["merchant_ring"]["planted"] >= ranking["merchant_ring"]["found"] >= 2
    assert ranking["merchant_ring"]["top"] <= 100


def test_an_explanation_says_what_the_evidence_tables_say(spark: SparkSession, built) -> None:
    root, context = built
    release = load_release(spark, DATES[0], root=str(root))
    subjects = release.table("evidence.subjects").where("rank <= 2").collect()
    assert {row["subject"] for row in subjects} == {"entity", "community"}
    names = {row["vertex_id"]: row for row in release.table("entities.vertex_ids").collect()}
    for row in subjects:
        if row["subject"] == "entity":
            kind, wanted = (names[row["subject_id"]][name] for name in ("entity_kind", "entity_id"))
        else:
            kind, wanted = "community", str(row["subject_id"])
        made = explained(release, context.config, kind, wanted, domain=row["domain"])
        of_it = f"subject = '{row['subject']}' and subject_id = {row['subject_id']} and domain = '{row['domain']}'"
        for table in EVIDENCE_TABLES:
            stored = release.table(table.full_name).where(of_it).drop("as_of").collect()
            assert sorted(map(repr, map(tuple, stored))) == sorted(map(repr, made.found.told(table))), (
                table.name
            )


def test_evidence_adds_up_to_the_visits_of_the_walk(spark: SparkSession, built) -> None:
    subjects = load_release(spark, DATES[0], root=str(built[0])).table("evidence.subjects")
    for row in subjects.where("subject = 'entity'").collect():
        # what is stored is within the walk's tolerance of the fixed point
        assert abs(row["own"] + row["received"] - row["visits"]) < 0.003


def test_motifs_are_counted_and_what_no_source_tells_is_absent(spark: SparkSession, built) -> None:
    release = load_release(spark, DATES[0], root=str(built[0]))
    counts = {row["motif"]: row for row in release.table("motifs.counts").collect()}
    assert counts["circular_payments"]["state"] == "absent"
    assert "not who pays whom" in counts["circular_payments"]["why"]
    assert counts["creator_and_merchant"]["state"] == "found"
    told = {
        r["motif"]: r["count"] for r in release.table("motifs.instances").groupBy("motif").count().collect()
    }
    assert told == {name: row["told"] for name, row in counts.items() if row["told"]}


def test_whom_the_release_does_not_know_is_one_message(spark: SparkSession, built) -> None:
    root, context = built
    release = load_release(spark, DATES[0], root=str(root))
    with pytest.raises(StoreError, match=r"has no merchant 'nobody'") as refused:
        explained(release, context.config, "merchant", "nobody")
    assert refused.value.exit_code == 4
    with pytest.raises(StoreError, match="has no community"):
        explained(release, context.config, "community", "999999999")
    with pytest.raises(ConfigError, match="not of the form kind:id"):
        parsed("merchnt:1")


def test_no_identifier_is_in_clear_past_the_sources(spark: SparkSession, built) -> None:
    root, _ = built
    clear = {
        r["value"] for r in spark.read.parquet(f"{root}/raw/identifiers").select("value").distinct().collect()
    }
    release = load_release(spark, DATES[0], root=str(root))
    hashed = {r["value"] for r in release.table("sources.identifiers").select("value").distinct().collect()}
    assert hashed
    assert all(len(value) == 64 for value in hashed)
    assert clear.isdisjoint(hashed)
    shown = {r["value"] for r in release.table("evidence.identifiers").select("value").collect()}
    assert all(len(value) <= 16 for value in shown)
    assert clear.isdisjoint(shown)
    suppressed = {r["value"] for r in release.table("edges.suppressed").select("value").collect()}
    assert clear.isdisjoint(suppressed)


def test_every_community_of_two_or_more_has_a_profile_without_a_whole_hash(
    spark: SparkSession, built
) -> None:
    release = load_release(spark, DATES[0], root=str(built[0]))
    sizes = release.table("communities.members").groupBy("community_id").count().where("count > 1")
    profiles = release.table("communities.profiles")
    told = {r["community_id"]: r for r in profiles.collect()}
    assert {r["community_id"]: r["count"] for r in sizes.collect()} == {k: r["size"] for k, r in told.items()}
    assert any(r["money_30d"] for r in told.values())
    assert any(r["known_violations"] for r in told.values())
    kinds = [f"{kind}s" for kind in ENTITY_KINDS]
    assert all(sum(r[kind] for kind in kinds) == r["size"] for r in told.values())
    assert all(abs(sum(r["relation_shares"].values()) - 1) < 1e-9 for r in told.values())
    # what joins many of them is an identifier, and it is shown by a prefix alone
    shown = {r["rarest_value"] for r in told.values()} - {None}
    assert shown
    assert all(len(value) == 16 for value in shown)
    texts = [value for row in told.values() for value in row if isinstance(value, str)]
    assert not any(re.search(r"[0-9a-f]{17}", text) for text in texts)


def test_a_second_run_changes_no_version_and_says_so(spark: SparkSession, built) -> None:
    root, _ = built
    before = versions(spark, root)
    _, again = run(spark, order(root))
    assert versions(spark, root) == before
    assert [r.name for r in again if r.slices and not r.unchanged] == []
    assert len(list_releases(Store(spark, str(root)))) == 1


def test_two_dates_leave_both_slices(spark: SparkSession, followed: Path) -> None:
    first, second = (load_release(spark, day, root=str(followed)) for day in DATES)
    known, later = (
        {r["merchant_id"]: r["vertex_id"] for r in release.table("entities.merchants").collect()}
        for release in (first, second)
    )
    assert len(known) == first.pins["entities.merchants"].rows > 0
    assert second.pins["sources.orders"].rows > first.pins["sources.orders"].rows > 0
    # an id that was given once is never given anew
    assert known.items() <= later.items()
    assert len(list_releases(Store(spark, str(followed)))) == 2


def test_the_end_of_a_run_names_tables_rings_and_warehouse(spark: SparkSession, built, capsys) -> None:
    root, _ = built
    run_pipeline(order(root))
    told = capsys.readouterr().out
    assert "edges.shares_device" in told
    assert "planted merchant rings" in told
    assert "edges, merchant_ring: recall" in told
    assert str(root) in told
    assert "unchanged, nothing to do" in told


def test_the_notebook_reads_a_community_of_the_release(
    followed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKETGRAPH_WAREHOUSE", str(followed))
    notebook = nbformat.read(ROOT / "notebooks" / "read_one_community.ipynb", as_version=4)
    folder = {"metadata": {"path": str(ROOT / "notebooks")}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=folder).execute()
    printed = "".join(o.get("text", "") for cell in notebook.cells for o in cell.get("outputs", []))
    assert "merchant" in printed


def test_the_readmes_python_reads_a_release(followed: Path, tmp_path: Path) -> None:
    (example,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    (tmp_path / "warehouse").symlink_to(followed)
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "|vertex_id|" in done.stdout


def test_each_job_is_callable_as_a_module(built) -> None:
    help_text = subprocess.run(
        [sys.executable, "-m", "jobs.build_edges", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "--as-of" in help_text


def test_without_a_domain_the_risk_tables_are_empty_and_the_run_goes_on(
    spark: SparkSession, built, tmp_path: Path
) -> None:
    root = shutil.copytree(built[0], tmp_path / "warehouse")
    context, results = run(spark, order(root, DATES[0], "risk.domains={}"))
    rows = {slice.table: slice.rows for result in results for slice in result.slices}
    assert (rows["risk.scores"], rows["risk.communities"], rows["risk.calibration"]) == (0, 0, 0)
    assert [result.name for result in results if not result.unchanged] == [
        "make_marketplace",
        "build_risk",
        "collect_evidence",
        "check_quality",
        "publish_release",
    ]
    assert context.config.risk.domains == {}
