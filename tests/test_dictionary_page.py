"""The data dictionary is what the contracts say today."""

from __future__ import annotations

import pytest

from marketgraph.config_file import load_config
from marketgraph.contracts import known_contracts
from marketgraph.dictionary_page import HEADS, generated, section
from marketgraph.releases.release import pinned_tables
from marketgraph.tables import Table
from marketgraph.tables.sources import IDENTIFIERS
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
TABLES = known_contracts()


def test_the_page_is_up_to_date() -> None:
    now = generated()
    assert now == PAGE, "make it anew: python -m marketgraph.dictionary_page > docs/data-dictionary.md"


def test_every_table_of_a_release_is_told() -> None:
    pinned = pinned_tables(load_config(ROOT / "conf" / "local.yml"))
    assert {one.full_name for one in pinned} - {one.full_name for one in TABLES} == set()
    names = [one.full_name for one in TABLES]
    assert [one for one in names if f"`{one}`" not in PAGE and f"### {one}\n" not in PAGE] == []


@pytest.mark.parametrize("table", [one for one in TABLES if not one.grows], ids=lambda one: one.full_name)
def test_every_column_has_a_line_whose_cells_are_whole(table: Table) -> None:
    lines = [row.replace("\\|", "") for row in section(table).splitlines() if row.startswith("| `")]
    assert [row.split("|")[1].strip(" `") for row in lines] == [column.name for column in table.columns]
    assert {row.count("|") for row in lines} == {len(HEADS) + 1}
    assert [row for row in lines if not row.split("|")[6].strip()] == []


def test_what_is_personal_is_marked() -> None:
    value = next(row for row in section(IDENTIFIERS).splitlines() if row.startswith("| `value`"))
    assert value.endswith("| hashed |")
    assert [one.full_name for one in TABLES if "| hashed |" in section(one)] == [
        "sources.identifiers",
        "sources.rehashed",
    ]


def test_prose_is_no_wider_than_the_page() -> None:
    prose = [line for line in PAGE.splitlines() if not line.startswith("|")]
    assert [line for line in prose if len(line) > 120] == []
