"""Reason codes: rules over facts, and the page that tells of them."""

from __future__ import annotations

from marketgraph.evidence.reasons import CATALOGUE, FACTS, reasons_of, text_of
from marketgraph.motifs.settings import MotifsConfig
from marketgraph.reasons_page import generated
from marketgraph.yaml_file import read_yaml
from tests.conftest import ROOT

CONF = ROOT / "conf" / "motifs.yml"
MOTIFS = MotifsConfig.model_validate(read_yaml(CONF))


def said(subject: str, facts: dict[str, float]) -> dict[str, int]:
    known = [reason for reason in reasons_of(MOTIFS) if reason.subject == subject]
    return {reason.code: count for reason in known if (count := reason.count(facts))}


def test_the_page_is_up_to_date() -> None:
    now = generated(CONF)
    page = (ROOT / "docs" / "reason-codes.md").read_text(encoding="utf-8")
    assert now == page, "make it anew: python -m marketgraph.reasons_page > docs/reason-codes.md"


def test_no_code_is_there_twice_for_one_subject_and_each_has_a_rule() -> None:
    known = reasons_of(MOTIFS)
    assert len({(reason.subject, reason.code) for reason in known}) == len(known)
    assert [r.code for r in known if not r.bounds and r.edges is None and r.motif is None] == []


def test_rules_ask_for_facts_that_there_are() -> None:
    assert {bound.fact for reason in CATALOGUE for bound in reason.bounds} <= set(FACTS)


def test_a_young_shop_that_sells_much_is_new_and_fast_and_an_old_one_is_not() -> None:
    young = {"age_days": 20.0, "lines": 80.0, "lines_a_day": 4.0}
    assert said("entity", young) == {"new_and_fast": 1}
    assert said("entity", young | {"age_days": 61.0}) == {}


def test_a_shop_of_unknown_age_is_not_called_new() -> None:
    assert said("entity", {"lines": 80.0, "lines_a_day": 4.0}) == {}


def test_two_of_one_sort_are_fewer_than_three() -> None:
    assert said("entity", {"edges of review_burst": 2}) == {}
    assert said("entity", {"edges of review_burst": 3}) == {"review_burst": 3}


def test_a_motif_is_a_code_unless_it_is_absent() -> None:
    assert said("entity", {"motif self_dealing": 2}) == {"self_dealing": 2}
    assert text_of("self_dealing", MOTIFS) == MOTIFS.motifs["self_dealing"].text
    assert "circular_payments" not in {reason.code for reason in reasons_of(MOTIFS)}
