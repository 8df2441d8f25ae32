"""Reports of real releases: of a small synthetic marketplace on two dates, by the command and at the end of a run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from pyspark.sql import SparkSession

from marketgraph.errors import ConfigError, StoreError
from marketgraph.jobs import run_pipeline
from marketgraph.releases.load import load_release
from marketgraph.report_job import ReportOrder, report_release
from tests.conftest import ROOT
from tests.published import DATES
from tests.published import order as asked
from tests.report.pages_read import Page, faults

pytestmark = pytest.mark.slow
RUN = (DATES[1], "exports.formats=[]")


@pytest.fixture(scope="module")
def warehouse(followed: Path) -> Path:
    """Two releases, ten days apart."""
    return followed


@pytest.fixture(scope="module")
def site(spark: SparkSession, warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the later release, by the command."""
    out = tmp_path_factory.mktemp("out") / "site"
    report_release(order(warehouse, out))
    return out


def order(warehouse: Path, out: Path, *, release: str = DATES[1], force: bool = False) -> ReportOrder:
    told = asked(warehouse, *RUN)
    return ReportOrder(told.config, release, out, force, 20, told.overrides)


def texts(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def test_every_page_of_a_release_keeps_the_rules(site: Path) -> None:
    html = {p: Page(text.decode()) for p, text in texts(site).items() if p.endswith(".html")}
    assert len([path for path in html if path.startswith("community/")]) == 20
    assert len([path for path in html if path.startswith("relation/")]) == 25
    assert {path: found for path, page in html.items() if (found := faults(page))} == {}


def test_the_overview_says_what_changed_since_the_release_before(
    spark: SparkSession, site: Path, warehouse: Path
) -> None:
    now, before = (load_release(spark, day, root=str(warehouse)) for day in reversed(DATES))
    words = " ".join(" ".join(Page((site / "index.html").read_text()).words).split())
    assert f"Compared with the release of {DATES[0]} ( {before.id} )" in words
    orders = [release.pins["entities.buyers"].rows for release in (now, before)]
    assert f"buyers {orders[0]:,} {orders[1]:,} +{orders[0] - orders[1]:,}".replace("+0", "0") in words
    churn = now.table("communities.churn").first()
    assert churn
    assert f"{churn['communities_before']:,} on {DATES[0]}" in words


def test_a_community_s_page_has_its_members_and_none_of_their_identifiers_in_full(
    spark: SparkSession, site: Path, warehouse: Path
) -> None:
    release = load_release(spark, DATES[1], root=str(warehouse))
    first = int(next(iter(sorted((site / "community").iterdir()))).stem)
    members = release.table("communities.members").where(f"community_id = {first}")
    ids = members.join(release.table("entities.vertex_ids"), "vertex_id").select("entity_id").collect()
    page = (site / "community" / f"{first}.html").read_text()
    assert all(f">{row['entity_id']}<" in page for row in ids[:50])
    everything = b"".join(text for path, text in texts(site).items() if path != "report.json").decode()
    hashes = release.table("sources.identifiers").select("value").distinct().collect()
    assert re.search(r"<code>[0-9a-f]{8}…</code>", everything)
    assert not [row for row in hashes if row["value"][:16] in everything]


def test_the_same_release_gives_the_same_bytes(warehouse: Path, site: Path, tmp_path: Path) -> None:
    report_release(order(warehouse, tmp_path / "again"))
    assert texts(tmp_path / "again") == texts(site)


def test_the_run_s_own_report_is_that_of_the_command_and_has_a_link_to_data_docs(
    warehouse: Path, site: Path
) -> None:
    told = json.loads((site / "report.json").read_text())
    own = warehouse / "reports" / told["release"]
    index = (own / "index.html").read_text()
    link = re.search(r'<p><a href="(\.\./\.\./data_docs/[^"]*)">.*\n', index)
    assert link
    assert (own / link[1]).resolve().is_file()
    assert index.replace(link[0], "") == (site / "index.html").read_text()
    assert (own / "relations.html").read_bytes() == (site / "relations.html").read_bytes()


def test_a_run_that_changes_nothing_names_the_report_that_is_there(
    warehouse: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {p: p.stat().st_mtime_ns for p in (warehouse / "reports").rglob("*.html")}
    run_pipeline(asked(warehouse, *RUN))
    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert re.fullmatch(rf"report: {warehouse}/reports/{DATES[1]}-[0-9a-f]{{8}}/index\.html", last)
    assert {p: p.stat().st_mtime_ns for p in (warehouse / "reports").rglob("*.html")} == before


def test_a_report_is_refused_before_anything_is_read(warehouse: Path, site: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--force"):
        report_release(order(warehouse, site))
    with pytest.raises(StoreError, match="no release"):
        report_release(order(warehouse, tmp_path / "new", release="2001-01-01"))
    assert not (tmp_path / "new").exists()


def test_a_first_release_is_compared_with_nothing(warehouse: Path, tmp_path: Path) -> None:
    report_release(order(warehouse, tmp_path / "first", release=DATES[0]))
    assert "the first release of the warehouse" in (tmp_path / "first" / "index.html").read_text()


def test_the_notebook_compares_two_releases(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETGRAPH_WAREHOUSE", str(warehouse))
    monkeypatch.setenv("MARKETGRAPH_RELEASE", DATES[1])
    notebook = nbformat.read(ROOT / "notebooks" / "compare_releases.ipynb", as_version=4)
    folder = {"metadata": {"path": str(ROOT / "notebooks")}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=folder).execute()
    printed = "".join(o.get("text", "") for cell in notebook.cells for o in cell.get("outputs", []))
    assert f"after {DATES[0]}" in printed
    assert "continued" in printed
    assert "entities.products" in printed
