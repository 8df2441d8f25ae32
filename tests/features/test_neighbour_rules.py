from __future__ import annotations

import pytest
from pydantic import ValidationError

from marketgraph.errors import BadKeyError
from marketgraph.features.graph_neighbours import columns
from marketgraph.features.neighbour_rules import NeighbourRule, NeighboursConfig, refuse_unknown_features


def rule(**told: object) -> dict[str, object]:
    return {"of": "merchant", "feature": "orders_30d", **told}


def test_a_rule_alone_asks_for_both_hops_and_both_aggregations() -> None:
    (read,) = NeighboursConfig(neighbours=[rule()]).neighbours
    assert (read.hops, read.aggregations) == ((1, 2), ("mean", "max"))
    assert read.named(1, "mean") == "hop1_mean_merchant_orders_30d"


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        (rule(of="merchnat"), "did you mean merchant"),
        (rule(hops=[3]), "hops"),
        (rule(hops=[]), "hops"),
        (rule(aggregations=["median"]), "mean"),
        (rule(window="30d"), "extra"),
    ],
)
def test_what_a_rule_can_not_say_is_refused(told, fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        NeighboursConfig(neighbours=[told])


def test_a_feature_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="declared twice"):
        NeighboursConfig(neighbours=[rule(), rule(hops=[1])])


def test_a_feature_that_the_kind_has_not_is_refused_by_its_nearest_name() -> None:
    rules = [NeighbourRule(of="merchant", feature="order_30d")]
    with pytest.raises(BadKeyError, match="unknown feature of merchants order_30d; did you mean orders_30d"):
        refuse_unknown_features(rules, {"merchant": ["orders_30d", "units_30d"]})


def test_a_kind_has_columns_only_of_neighbours_that_it_can_have() -> None:
    rules = [NeighbourRule(of="creator", feature="orders_30d", aggregations=("max",))]
    both = ["hop1_max_creator_orders_30d", "hop2_max_creator_orders_30d"]
    # a product is featured by contents, which are hosted by creators; creators share devices with creators
    assert [c.name for c in columns("product", rules)] == both[1:]
    assert [c.name for c in columns("content", rules)] == both
    assert [c.name for c in columns("buyer", rules)] == both
