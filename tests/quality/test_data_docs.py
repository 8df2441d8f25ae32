"""Data Docs: pages that need nothing but themselves, show hostile text as text, and give equal bytes."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from marketgraph.quality.checks import Check, CheckResult
from marketgraph.quality.data_docs import write_data_docs
from marketgraph.quality.suites import Judge
from marketgraph.run_folders import data_docs_folder

EVIL = '<script>alert(1)</script> $icon ${v} {{ 7 * 7 }} " onmouseover="x'
LOOPS = Check("self_loop", ("src", "dst"), "critical", "two ends that differ", most=0)
DRIFT = Check("drift", ("price",), "warning", "a drift (PSI) of at most 0.25", most=0.25)


def written(out: Path) -> Path:
    """The docs of two tables and the graph: one with a loop, whose example is hostile."""
    judge, results = Judge(), []
    for table, values in (
        ("edges.sells", {LOOPS: 3}),
        ("sources.products", {DRIFT: 0.1}),
        ("graph", {Check("giant_community", (), "warning", "at most 25 %", most=0.25): 0.1}),
    ):
        for check, passed in zip(values, judge.passed(table, values).values(), strict=True):
            shown = () if passed else (EVIL,)
            results.append(
                CheckResult(
                    table, check.kind, check.columns, check.severity, passed, "as found", "", 9, 0, shown
                )
            )
    return write_data_docs(judge, results, out, as_of=date(2024, 6, 29))


class Read(HTMLParser):
    """A page's tags, attributes and words."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("docs") / "site").parent


def test_every_table_has_a_page_and_every_link_leads_to_one(site: Path) -> None:
    pages = {path.relative_to(site).as_posix(): Read(path) for path in site.rglob("*") if path.is_file()}
    assert len(pages) == 4
    for path, page in pages.items():
        links = [value for name, value in page.attributes if name == "href" and value != "data:,"]
        assert links
        assert all(((site / path).parent / str(link)).resolve().is_file() for link in links), path
    words = " ".join(pages["index.html"].words.split())
    assert "1 of 3 tables with a check that failed" in words
    told = [str(value) for name, value in pages["index.html"].attributes if name == "href"]
    linked = [link.split("/")[1] for link in told if link.startswith("validations/")]
    assert linked == ["edges", "graph", "sources"]


def test_nothing_is_asked_of_the_network_and_no_script_is_there(site: Path) -> None:
    for path in site.rglob("*.html"):
        assert not re.search(r"(?i)https?:|//[a-z0-9]+\.|@import|url\(", path.read_text(encoding="utf-8")), (
            path
        )
        assert {"script", "img", "link"} & set(Read(path).tags) <= {"link"}


def test_a_hostile_value_is_shown_as_it_is(site: Path) -> None:
    (path,) = site.rglob("validations/edges/**/*.html")
    page = Read(path)
    assert EVIL in page.words
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "src, dst: two ends that differ (critical)" in page.words
    assert "as found; for example" in page.words


def test_the_same_results_give_the_same_bytes_and_replace_what_was_there(site: Path, tmp_path: Path) -> None:
    again = tmp_path / "site"
    again.mkdir()
    (again / "old.html").write_text("old")
    written(again)

    def read(folder: Path) -> dict[str, bytes]:
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    assert read(again) == read(site)
    assert [p.name for p in tmp_path.iterdir()] == ["site"]


def test_they_lie_beside_the_tables_of_a_local_warehouse_alone() -> None:
    day = date(2024, 6, 29)
    assert data_docs_folder("file:///w", day, "failed:0123456789") == Path("/w/data_docs/2024-06-29-01234567")
    assert data_docs_folder("s3a://bucket/w", day, "0123456789") is None
