"""Stories of the gate's rules: what a file may say, what is refused, which rule wins."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from marketgraph.config_file import load_config
from marketgraph.errors import ConfigError
from marketgraph.quality.asked import checks_of
from marketgraph.quality.config import QualityConfig, TableRules
from marketgraph.tables import catalogue
from marketgraph.tables.sources import CREATORS, IDENTIFIERS, MERCHANTS, PRODUCTS
from marketgraph.yaml_file import read_yaml

CONF = Path(__file__).resolve().parents[2] / "conf" / "quality.yml"


def test_the_file_states_the_defaults() -> None:
    assert QualityConfig.model_validate(read_yaml(CONF)) == QualityConfig()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"tables": {"sources.order": {}}}, "unknown table sources.order; did you mean sources.orders"),
        ({"tables": {"nothing.*": {}}}, "unknown table nothing"),
        ({"tables": {"sources.orders": {"severety": {}}}}, "Extra inputs are not permitted"),
        ({"tables": {"sources.orders": {"severity": {"rnge": "info"}}}}, "did you mean range"),
        ({"tables": {"sources.orders": {"severity": {"range": "fatal"}}}}, "'info', 'warning' or 'critical'"),
        ({"tables": {"sources.products": {"tolerance": {"range.prize": 0.1}}}}, "did you mean price"),
        (
            {"tables": {"sources.*": {"unique": [["order_id"]]}}},
            "unknown column of sources.merchants order_id",
        ),
        ({"tables": {"sources.orders": {"tolerance": {"volume": 0.1}}}}, "set min_rows"),
        ({"tables": {"sources.orders": {"tolerance": {"range": 1}}}}, "less than 1"),
        ({"tables": {"sources.orders": {"may_be_empty": True, "min_rows": 5}}}, "contradict"),
        ({"tables": {"communities.churn": {"maximum": {"chrun": 0.1}}}}, "did you mean churn"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(told: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        QualityConfig.model_validate(told)


def test_a_later_pattern_tops_an_earlier_one() -> None:
    config = QualityConfig.model_validate(
        {
            "tables": {
                "sources.*": {"min_rows": 10, "severity": {"range": "warning", "volume": "warning"}},
                "sources.products": {"severity": {"range.price": "info"}},
                "sources.creators": {"may_be_empty": True},
            }
        }
    )
    products, creators = config.rules_for(PRODUCTS), config.rules_for(CREATORS)
    assert (products.severity_of("range", "price"), products.severity_of("range", "other")) == (
        "info",
        "warning",
    )
    assert (products.fewest_rows(PRODUCTS), creators.fewest_rows(CREATORS)) == (10, 0)
    assert (products.severity_of("unique", "product_id"), creators.severity_of("volume", "")) == (
        "critical",
        "warning",
    )


def test_a_column_that_may_be_null_may_be_null_in_a_key_too() -> None:
    asked = [check.label for check in checks_of(IDENTIFIERS, TableRules())]
    assert "not_null(first_seen)" not in asked
    assert "unique(entity_kind, entity_id, kind, value, first_seen)" in asked


def test_every_table_of_a_release_has_checks_with_names_of_their_own() -> None:
    config = QualityConfig()
    for table in catalogue(load_config(CONF.with_name("local.yml"))):
        labels = [check.label for check in checks_of(table, config.rules_for(table))]
        assert labels[0] == "volume()"
        assert len(set(labels)) == len(labels) > 1


def test_a_further_unique_set_stands_beside_the_key() -> None:
    asked = [
        check.label for check in checks_of(MERCHANTS, TableRules(unique=(("name", "city"), ("merchant_id",))))
    ]
    assert [label for label in asked if label.startswith("unique")] == [
        "unique(merchant_id)",
        "unique(name, city)",
    ]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (
            "drift={sources.orders: {columns: [sttus]}}",
            "unknown column of sources.orders sttus; did you mean status?",
        ),
        (
            "drift={sources.orders: {columns: [ordered_at]}}",
            "it is timestamp, neither number, text nor boolean",
        ),
        ("nulls={'features.*': {columns: [nothing], most: 0.1}}", "unknown column of features.* nothing"),
        ("freshness={sources.order_items: {days: 1}}", "these tables have no time of their events"),
    ],
)
def test_what_is_watched_must_be_there(told: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_config(CONF.with_name("local.yml"), overrides=(f"quality.watch.{told}",))
    assert "quality.watch: " in str(refused.value)
    assert said in str(refused.value)
