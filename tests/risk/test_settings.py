"""What a mistake in risk.yml is answered with, and that the one given is sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketgraph.config_file import load_config
from marketgraph.risk.settings import RiskConfig
from tests.conftest import ROOT
from tests.test_config_edges import message


def test_the_config_that_is_given_has_every_kind_of_the_marketplace_in_a_domain() -> None:
    risk = load_config(ROOT / "conf" / "local.yml").risk
    assert {kind for domain in risk.domains.values() for kind in domain.kinds} >= {*risk.kinds, "*"}
    assert "any" in risk.domains


@pytest.mark.parametrize(
    ("change", "to", "fault"),
    [
        ("restart: 0.3", "restart: 1", "risk.restart: Input should be less than 1 (given: 1)"),
        ("reviewed_together: {}", "reviewed_togther: {}", "did you mean reviewed_together?"),
        ('"shares_device:merchant-creator"', '"shares_device:creator-merchant"', "does not join creator-merchant"),
        ("folds: 4", "fold: 4", "unknown key risk.calibration.fold; did you mean folds?"),
        ("kinds: [fraud]", "kinds: []", "risk.domains.fraud.kinds"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_message_that_names_the_key(
    tmp_path: Path, change: str, to: str, fault: str
) -> None:
    assert fault in message(tmp_path, "risk.yml", change, to)[0]


def test_domains_with_too_many_different_ties_are_refused() -> None:
    tie = {"shares_device": {"min_evidence": 1}}
    told = {
        f"d{n}": {"kinds": ["*"], "relations": {"shares_device": {"min_evidence": n + 1}}} for n in range(256)
    }
    with pytest.raises(ValueError, match="more than 255 different ties"):
        RiskConfig.model_validate({"domains": told})
    assert RiskConfig.model_validate({"domains": {"any": {"kinds": ["*"], "relations": tie}}}).domains
