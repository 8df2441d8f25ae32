"""The folder of a report: whole or not at all, and never over what is not a report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from marketgraph.errors import ConfigError
from marketgraph.report.site import check_out, write_site, written

PAGES = [("index.html", "<p>hello"), ("community/7.html", "<p>7")]


def files_in(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def failing() -> Iterator[tuple[str, str]]:
    yield PAGES[0]
    raise RuntimeError("no more")


def test_a_report_is_written_with_what_it_says_of_itself(tmp_path: Path) -> None:
    assert write_site(tmp_path / "out", PAGES, about={"release": "r1"}) == sum(len(text) for _, text in PAGES)
    assert set(files_in(tmp_path / "out")) == {"index.html", "community/7.html", "report.json"}
    assert written(tmp_path / "out") == {"made_by": "marketgraph report", "release": "r1"}
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_report_that_fails_half_way_leaves_the_one_before(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_site(out, PAGES, about={"release": "r1"})
    before = files_in(out)
    with pytest.raises(RuntimeError):
        write_site(out, failing(), about={"release": "r2"})
    assert files_in(out) == before
    # what was left half written is written anew
    write_site(out, PAGES[:1], about={"release": "r2"})
    assert set(files_in(out)) == {"index.html", "report.json"}
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_folder_of_somebody_else_is_refused_whatever_is_said(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    for force in (False, True):
        with pytest.raises(ConfigError, match="no report of ours"):
            check_out(tmp_path, force=force)
    with pytest.raises(ConfigError, match="is a file"):
        check_out(tmp_path / "diary.txt", force=True)


def test_somebody_else_s_partial_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out.partial").mkdir()
    (tmp_path / "out.partial" / "diary.txt").write_text("mine")
    with pytest.raises(ConfigError, match="in the way"):
        write_site(tmp_path / "out", PAGES, about={})
    assert (tmp_path / "out.partial" / "diary.txt").read_text() == "mine"


def test_a_report_is_replaced_only_when_told_to(tmp_path: Path) -> None:
    write_site(tmp_path / "out", PAGES, about={})
    with pytest.raises(ConfigError, match="--force"):
        check_out(tmp_path / "out", force=False)
    check_out(tmp_path / "out", force=True)


def test_an_empty_or_absent_folder_is_taken(tmp_path: Path) -> None:
    check_out(tmp_path, force=False)
    check_out(tmp_path / "new", force=False)
