"""The page on relations is what the catalogue, the builders and conf/edges.yml say today."""

from __future__ import annotations

import pytest

from marketgraph.edges.rules import EdgesConfig
from marketgraph.relations_page import WIDTH, generated, section
from marketgraph.tables.relations import RELATIONS
from marketgraph.yaml_file import read_yaml
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "relations.md").read_text(encoding="utf-8")


def test_the_page_is_up_to_date() -> None:
    now = generated(ROOT / "conf" / "edges.yml")
    assert now == PAGE, "make it anew: python -m marketgraph.relations_page > docs/relations.md"


@pytest.mark.parametrize("name", RELATIONS)
def test_every_relation_has_a_line_and_a_section(name: str) -> None:
    assert f"| [{name}](#{name}) |" in PAGE
    assert f"\n### {name}\n" in PAGE


def test_prose_is_no_wider_than_the_page() -> None:
    prose = [line for line in PAGE.splitlines() if not line.startswith("|")]
    assert [line for line in prose if len(line) > WIDTH + 2] == []


def test_a_section_has_its_rules_own_numbers() -> None:
    rules = EdgesConfig.model_validate(read_yaml(ROOT / "conf" / "edges.yml")).rules
    changes = {"half_life_days": 7, "policy": "cap", "max_holders": 3, "evidence": "log", "min_evidence": 2}
    told = section(RELATIONS["shares_ip"], rules["shares_ip"].model_copy(update=changes))
    assert "`log2(1 + evidence_count) x 2^(-days/7) x mean of 1/log2(1 + holders)`" in told
    assert "a group of more than 3 members joins the 3 most recent (`cap`)" in told
    assert "at most 3 pairs of one group" in told
    assert "a pair needs 2" in told
    off = section(RELATIONS["hosts"], rules["hosts"].model_copy(update={"on": False}))
    assert "Off: its table is empty." in off
