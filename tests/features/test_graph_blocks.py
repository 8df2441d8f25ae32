from __future__ import annotations

import random

import networkx as nx
import pytest
from pyspark.sql import SparkSession

from marketgraph.communities.holding import left_tidy
from marketgraph.errors import BudgetError
from marketgraph.features.graph import graph_blocks, graph_columns
from marketgraph.features.neighbour_rules import NeighbourRule
from marketgraph.tables.sources import ENTITY_KINDS
from tests.builders import AS_OF
from tests.features.graph_stories import (
    DAY_BEFORE,
    LONG_BEFORE,
    MIDNIGHT,
    SHARING,
    against,
    features,
    surroundings,
    vertex,
)

RULES = (NeighbourRule(of="merchant", feature="orders"), NeighbourRule(of="buyer", feature="spend"))
NAMES = ("m1", "m2", "m3", "p1", "p2", "c1", "l1", "b1", "b2", "b3")
# m1 sells p1 and p2 to b1; m1, m2 and b1 share a device, m1 and m2 a bank account too; c1 hosts l1, which shows p1
EDGES = {
    "sells": [("m1", "p1", 1), ("m1", "p2", 0.5)],
    "bought_product": [("b1", "p1", 1), ("b1", "p2", 1), ("b2", "p1", 2)],
    "bought_merchant": [("b1", "m1", 3), ("b2", "m1", 0.25)],
    "shares_device": [("m1", "m2", 1), ("m1", "b1", 0.5), ("m2", "b1", 0.5)],
    "shares_bank": [("m1", "m2", 2)],
    "hosts": [("c1", "l1", 1)],
    "features": [("l1", "p1", 1)],
}
LABELS = {"m2": "m1", "b1": "m1"}


@pytest.fixture(scope="module")
def story(spark: SparkSession):
    """What everybody's features are, with m2, b1 and p2 punished; b2's violation is decided, and not known yet."""
    own = {
        "merchant": spark.createDataFrame(
            [(vertex("m1"), 4), (vertex("m2"), 8)], "vertex_id long, orders long"
        ),
        "buyer": spark.createDataFrame(
            [(vertex("b1"), 0.1), (vertex("b2"), 0.7)], "vertex_id long, spend double"
        ),
    }
    punished = [
        *(against(name) for name in ("m2", "b1", "p2")),
        against("b2", known=MIDNIGHT),
        against("c1", decided=MIDNIGHT, known=MIDNIGHT),
        against("m2", decided=DAY_BEFORE),  # a second one counts no further
    ]
    began = {"m1": LONG_BEFORE, "b1": DAY_BEFORE, "b3": MIDNIGHT}
    around = surroundings(spark, NAMES, edges=EDGES, labels=LABELS, violations=punished, own=own, began=began)
    return features(around, RULES)


def some(row: dict, *names: str) -> tuple:
    return tuple(row[name] for name in names)


def test_every_entity_has_its_kinds_columns_and_no_other(story) -> None:
    assert set(story) == set(NAMES)
    kinds = {"m": "merchant", "p": "product", "c": "creator", "l": "content", "b": "buyer"}
    for name, row in story.items():
        columns = graph_columns(kinds[name[0]], RULES)
        assert list(row) == [column.name for column in columns]
        assert [c.name for c in columns if not c.nullable and row[c.name] is None] == []


@pytest.mark.parametrize("kind", ENTITY_KINDS)
def test_each_kind_has_fifteen_columns_or_more_and_each_name_once(kind: str) -> None:
    names = [column.name for column in graph_columns(kind, RULES)]
    assert len(graph_columns(kind)) >= 15
    assert len(set(names)) == len(names)
    assert "community_size" in names


def test_degrees_and_weights_are_those_of_each_relation(story) -> None:
    assert some(story["m1"], "degree_sells", "weight_sells") == (2, 1.5)
    assert some(story["m1"], "degree_bought_merchant", "weight_bought_merchant") == (2, 3.25)
    assert some(story["p1"], "degree_features", "degree_sells", "weight_bought_product") == (1, 1, 3.0)
    assert some(story["b3"], "degree_shares_device", "weight_shares_device") == (0, 0.0)


def test_a_neighbour_by_two_relations_is_one_neighbour(story) -> None:
    row = story["m1"]
    assert some(row, "neighbours", "neighbours_merchant", "neighbours_product", "neighbours_buyer") == (
        5,
        1,
        2,
        2,
    )
    assert row["peers"] == 2
    assert some(story["b3"], "neighbours", "peers") == (0, 0)


def test_risk_is_that_of_neighbours_known_by_the_date_and_never_its_own(story) -> None:
    # m2, b1 and p2 of m2, b1, b2, p1, p2
    assert some(story["m1"], "risky_neighbours", "risky_neighbour_share") == (3, 0.6)
    assert some(story["m1"], "risky_peers", "risky_peer_share") == (2, 1.0)
    # p2 was punished itself, and b2 is not known yet
    assert some(story["p2"], "risky_neighbours", "risky_neighbour_share") == (1, 0.5)
    assert some(story["b2"], "risky_neighbours", "risky_peer_share") == (0, None)
    assert some(story["l1"], "risky_neighbours", "risky_neighbour_share") == (0, 0.0)
    assert some(story["b3"], "risky_neighbours", "risky_neighbour_share") == (0, None)


def test_the_whole_graph_is_that_of_the_chosen_relations(story) -> None:
    graph = nx.Graph()
    graph.add_nodes_from(NAMES)
    graph.add_weighted_edges_from([("m1", "m2", 3), ("m1", "b1", 0.5), ("m2", "b1", 0.5)])
    ranks = nx.pagerank(graph, tol=1e-12, max_iter=1000)
    assert {n: row["pagerank"] / len(NAMES) for n, row in story.items()} == pytest.approx(ranks, abs=1e-8)
    row = story["m1"]
    assert some(row, "graph_neighbours", "graph_weight", "core_number", "triangles", "clustering") == (
        2,
        3.5,
        2,
        1,
        1,
    )
    row = story["b3"]
    assert some(row, "graph_neighbours", "core_number", "triangles", "clustering") == (0, 0, 0, None)


def test_a_community_is_told_of_without_what_the_entity_did(story) -> None:
    names = ("community_size", "community_density", "community_inside_share")
    assert some(story["m1"], *names) == (3, 1.0, 1.0)
    assert story["m1"]["community_risky_share"] == 1.0
    assert story["m2"]["community_risky_share"] == 0.5
    # 60 days and one: m2 has no known age
    assert story["b1"]["community_age"] == 30.5
    assert story["m1"]["community_entropy"] == pytest.approx(0.9182958340544896)
    alone = ("community_size", "community_density", "community_risky_share", "community_entropy")
    assert some(story["b3"], *alone) == (1, None, None, 0.0)
    assert some(story["b3"], "community_age", "community_inside_share") == (None, None)


def test_features_of_neighbours_come_over_one_hop_and_over_two(story) -> None:
    orders = [f"hop{n}_{how}_merchant_orders" for n in (1, 2) for how in ("mean", "max")]
    # m2 is the one merchant near m1; b1 hears of both, p1, p2 and b2 of m1 alone
    assert some(story["m1"], *orders[:2]) == (8.0, 8.0)
    assert some(story["b1"], *orders[:2]) == (6.0, 8.0)
    # over m2 (4), b1 (6), b2, p1 and p2 (4 each)
    assert some(story["m1"], *orders[2:]) == (pytest.approx(4.4), 8.0)
    # c1 and l1 have no merchant next to them, and p1 is next to l1
    assert some(story["l1"], *orders[2:]) == (4.0, 4.0)
    assert "hop1_mean_merchant_orders" not in story["l1"]
    assert some(story["b3"], *orders) == (None,) * 4
    assert story["m1"]["hop1_mean_buyer_spend"] == pytest.approx(0.4, abs=2**-20)
    assert story["m1"]["hop1_max_buyer_spend"] == 0.7


def test_a_value_with_many_holders_is_no_neighbour_but_leads_to_them(spark: SparkSession) -> None:
    edges = {"shares_device": [("m1", "v1", 1), ("m2", "v1", 1)]}
    own = {"merchant": spark.createDataFrame([(vertex("m2"), 8)], "vertex_id long, orders long")}
    around = surroundings(spark, ("m1", "m2"), edges=edges, labels={"m2": "m1"}, own=own)
    row = features(around, RULES[:1])["m1"]
    assert some(row, "degree_shares_device", "neighbours", "peers", "graph_neighbours") == (1, 0, 0, 1)
    assert some(row, "community_size", "community_density", "community_inside_share") == (2, 0.0, 0.0)
    assert some(row, "hop1_max_merchant_orders", "hop2_max_merchant_orders") == (None, 8.0)


def test_more_edges_than_one_task_holds_are_refused(spark: SparkSession) -> None:
    around = surroundings(spark, NAMES, edges=EDGES)
    with left_tidy(spark), pytest.raises(BudgetError, match=r"has 4 edges; .* of up to 3"):
        graph_blocks(around, as_of=AS_OF, most_edges=3)


def random_market(dice: random.Random):
    names = [f"{letter}{n}" for letter in "mpclb" for n in range(1, 9)]
    pairs = {"sells": "mp", "bought_product": "bp", "bought_merchant": "bm", "hosts": "cl", "features": "lp"}
    edges = {
        relation: {(f"{a}{dice.randint(1, 8)}", f"{b}{dice.randint(1, 8)}"): dice.random() for _ in range(12)}
        for relation, (a, b) in pairs.items()
    }
    for relation in SHARING:
        some_people = ([dice.choice(names) for _ in range(2)] for _ in range(30))
        people = [sorted(two, key=vertex) for two in some_people if not {"p", "l"} & {two[0][0], two[1][0]}]
        edges[relation] = {(a, b): dice.random() for a, b in people if a != b}
    labels = {name: dice.choice(names[:6]) for name in names if dice.random() < 0.5}
    return names, {r: [(a, b, w) for (a, b), w in told.items()] for r, told in edges.items()}, labels


def test_the_order_of_rows_and_the_number_of_partitions_change_no_bit(spark: SparkSession) -> None:
    dice = random.Random(11)
    names, edges, labels = random_market(dice)
    values = [(vertex(n), 10 * dice.random()) for n in names if n[0] == "m"]
    found = []
    for partitions in (1, 5):
        spark.conf.set("spark.sql.shuffle.partitions", str(1 + partitions))
        told = {relation: dice.sample(rows, len(rows)) for relation, rows in edges.items()}
        own = {
            "merchant": spark.createDataFrame(
                dice.sample(values, len(values)), "vertex_id long, orders double"
            )
        }
        around = surroundings(
            spark, dice.sample(names, len(names)), edges=told, labels=labels, own=own, partitions=partitions,
            violations=[against(name) for name in ("m1", "b3", "p4", "c5")],
        )  # fmt: skip
        found.append(features(around, RULES[:1]))
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    assert repr(sorted(found[0].items())) == repr(sorted(found[1].items()))
