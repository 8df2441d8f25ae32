"""The data dictionary is what conf/features.yml, the streams and the aggregations say today."""

from __future__ import annotations

import pytest

from marketgraph.features.aggregations import AGGREGATIONS
from marketgraph.features.columns import windowed_columns
from marketgraph.features.rules import FeaturesConfig, features_of
from marketgraph.features.streams import STREAMS
from marketgraph.features_page import HEADS, generated, section
from marketgraph.tables.features import graph_columns_of
from marketgraph.tables.sources import ENTITY_KINDS
from marketgraph.yaml_file import read_yaml
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
CONFIG = FeaturesConfig.model_validate(read_yaml(ROOT / "conf" / "features.yml"))


def test_the_page_is_up_to_date() -> None:
    now = generated(ROOT / "conf" / "features.yml")
    assert now == PAGE, "make it anew: python -m marketgraph.features_page > docs/features.md"


@pytest.mark.parametrize("kind", ENTITY_KINDS)
def test_every_column_of_a_kind_is_in_its_section(kind: str) -> None:
    lines = {
        cells[1].strip("` "): cells
        for row in section(CONFIG, kind).splitlines()
        if len(cells := row.split("|")) > 3
    }
    for _, name, _ in features_of(CONFIG, kind):
        assert [
            cell
            for cell in (lines[name][2], lines[name][4], lines[name][6], lines[name][7])
            if not cell.strip()
        ] == []
    windowed = {
        f"{name}_{w.strip()}"
        for name, cells in lines.items()
        if len(cells) == len(HEADS) + 2
        for w in cells[4].split(",")
    }
    assert {column.name for column in windowed_columns(CONFIG, kind)} <= windowed
    assert {column.name for column in graph_columns_of(CONFIG, kind)} <= set(lines)


def test_every_aggregation_and_every_stream_is_told() -> None:
    assert [name for name in AGGREGATIONS if f"| `{name}` |" not in PAGE] == []
    assert [name for name in STREAMS if f"\n### {name}\n" not in PAGE] == []


def test_prose_is_no_wider_than_the_page() -> None:
    prose = [line for line in PAGE.splitlines() if not line.startswith("|")]
    assert [line for line in prose if len(line) > 120] == []
