"""What a motif may say, and what is refused before any data is read."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from marketgraph.motifs.settings import Motif, MotifsConfig
from marketgraph.yaml_file import read_yaml
from tests.conftest import ROOT


def motif(pattern: str, **edges: str | list[str]) -> Motif:
    told = {name: (given if isinstance(given, list) else [given]) for name, given in edges.items()}
    return Motif.model_validate({"text": "t", "pattern": pattern, "edges": told})


def test_the_project_own_motifs_are_sound_and_only_payments_are_absent() -> None:
    motifs = MotifsConfig.model_validate(read_yaml(ROOT / "conf" / "motifs.yml")).motifs
    assert [name for name, one in motifs.items() if one.untold] == ["circular_payments"]
    assert motifs["self_dealing"].kinds == {"m": "merchant", "b": "buyer"}


@pytest.mark.parametrize(
    ("pattern", "edges", "message"),
    [
        ("(a)-[x]->(b)", {"x": "shares_devise:buyer-buyer"}, "did you mean shares_device"),
        ("(a)-[x]->(b)", {"x": "shares_device"}, "say between which kinds"),
        ("(a)-[x]->(b)", {"x": "shares_device:buyer-merchant"}, "does not join"),
        ("(a)-[x]->(b)", {"y": "bought_merchant"}, "the pattern's edges are x"),
        ("(a)-[x]-(b)", {"x": "bought_merchant"}, "not of the form"),
        ("(a)-[x]->(b); !(b)-[y]->(a)", {"x": "bought_merchant", "y": "bought_merchant"}, "not of the form"),
        (
            "(a)-[x]->(b); (b)-[y]->(a)",
            {"x": "bought_merchant", "y": "bought_merchant"},
            "another edge makes it",
        ),
    ],
)
def test_what_can_not_be_looked_for_is_refused(pattern, edges, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        motif(pattern, **edges)
