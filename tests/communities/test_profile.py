"""What a community is like: small stories, and networkx for what is counted on its graph."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession

from marketgraph.communities.holding import left_tidy
from marketgraph.communities.profile import Parts, profiles_of
from marketgraph.communities.profile_identifiers import shared_identifiers
from marketgraph.communities.profile_members import entities_of_members, facts_of_members
from marketgraph.communities.profile_money import money_through
from marketgraph.communities.profile_ties import ties_of
from marketgraph.tables.communities import COMMUNITY_IDS, LINEAGE, MEMBERS
from marketgraph.tables.entities import ENTITY_TABLES
from tests.builders import AS_OF, NOON, rows_of, sources_of
from tests.communities.test_exchanges import every

EDGES = "src long, dst long, relation string, weight double"
HASH = "0123456789abcdef" * 4
RELATIONS = ["shares_bank", "shares_device"]


def members(spark: SparkSession, **communities: str) -> DataFrame:
    """`c0="m1 b2"`: m1 and b2, merchant and buyer, are in community 0. A vertex's id is the number in its name."""
    kinds = {"m": "merchant", "b": "buyer", "p": "product", "c": "creator"}
    names = {name: int(community[1:]) for community, told in communities.items() for name in told.split()}
    entities = {
        kind: rows_of(
            spark,
            table,
            [
                {"vertex_id": int(n[1:]), f"{kind}_id": n, "country": "NL" if int(n[1:]) % 2 else "BE"}
                for n in names
                if kinds[n[0]] == kind
            ],
        )
        for kind, table in ENTITY_TABLES.items()
    }
    told = spark.createDataFrame([(int(n[1:]), c) for n, c in names.items()], MEMBERS.schema)
    return entities_of_members(told, entities)


def by_community(frame: DataFrame) -> dict[int, dict]:
    return {row["community_id"]: row.asDict() for row in frame.collect()}


def ties(spark: SparkSession, where: dict[int, int], edges: list[tuple]) -> dict[int, dict]:
    told = spark.createDataFrame(list(where.items()), MEMBERS.schema)
    with left_tidy(spark):
        return by_community(ties_of(told, spark.createDataFrame(edges, EDGES), RELATIONS))


def test_relations_share_the_weight_within_and_the_largest_is_the_main_one(spark: SparkSession) -> None:
    edges = [
        (1, 2, "shares_device", 1.0),
        (1, 2, "shares_bank", 0.5),
        (2, 3, "shares_bank", 1.5),
        (3, 4, "shares_device", 9.0),  # leaves
    ]
    found = ties(spark, {1: 0, 2: 0, 3: 0, 4: 1}, edges)
    assert found[0]["relation_shares"] == {"shares_bank": 2 / 3, "shares_device": 1 / 3}
    assert (found[0]["main_relation"], found[0]["pairs"]) == ("shares_bank", 2)
    assert (found[1]["main_relation"], found[1]["relation_shares"]) == (None, {})


def test_a_hub_is_no_member_and_a_self_loop_no_tie(spark: SparkSession) -> None:
    edges = [(1, 2, "shares_device", 1.0), (1, -5, "shares_device", 4.0), (1, 1, "shares_device", 4.0)]
    found = ties(spark, {1: 0, 2: 0}, edges)
    assert (found[0]["pairs"], found[0]["conductance"]) == (1, 0)


relation_edges = st.lists(
    st.tuples(
        st.integers(0, 8), st.integers(0, 8), st.sampled_from(RELATIONS), st.sampled_from([0.25, 1.0, 2.5])
    ),
    min_size=1,
    max_size=25,
)


@settings(every, max_examples=4)
@given(edges=relation_edges, where=st.lists(st.integers(0, 2), min_size=9, max_size=9))
def test_conductance_and_pairs_are_those_of_networkx(spark: SparkSession, edges, where) -> None:
    found = ties(spark, dict(enumerate(where)), edges)
    graph = nx.Graph()
    graph.add_nodes_from(range(9))
    for a, b, _, weight in edges:
        if a != b:
            old = graph.get_edge_data(a, b, {"weight": Fraction(0)})["weight"]
            graph.add_edge(a, b, weight=old + Fraction(weight))
    for community in set(where):
        group = {v for v in range(9) if where[v] == community}
        volumes = [nx.volume(graph, side, weight="weight") for side in (group, set(range(9)) - group)]
        if not volumes[0]:
            assert community not in found
            continue
        expected = nx.conductance(graph, group, weight="weight") if all(volumes) else 0
        assert found[community]["conductance"] == float(expected)
        assert found[community]["pairs"] == graph.subgraph(group).number_of_edges()


def test_members_are_counted_by_kind_country_and_known_violation(spark: SparkSession) -> None:
    ours = members(spark, c0="m1 m2 b3 b5 p7", c1="b9")
    decided = {"kind": "fraud", "decided_at": NOON, "known_at": NOON}
    violations = sources_of(
        spark,
        violations=[
            {"entity_kind": "merchant", "entity_id": "m1", **decided},
            {"entity_kind": "merchant", "entity_id": "m1", **decided, "kind": "counterfeit"},
            {"entity_kind": "buyer", "entity_id": "b77", **decided},
        ],
    )["violations"]
    found = by_community(facts_of_members(ours, violations))
    first = found[0]
    assert (first["size"], first["merchants"], first["buyers"], first["products"]) == (5, 2, 2, 1)
    assert (first["countries"], first["known_violations"]) == (["NL", "BE"], 1)
    assert found[1]["known_violations"] == 0


def test_the_rarest_shared_identifier_is_shown_by_a_prefix_of_its_hash(spark: SparkSession) -> None:
    ours = members(spark, c0="m1 m2 b3", c1="b4 b5")
    held = {
        ("device", HASH): ["merchant m1", "merchant m2", "buyer b3", "buyer b4"],
        ("bank", "f" * 64): ["merchant m1", "buyer b3"],
        ("phone", "e" * 64): ["merchant m1"],
        ("address", "d" * 64): ["merchant m1", "buyer b5"],  # of two communities: shared in neither
    }
    rows = [
        {"entity_kind": who.split()[0], "entity_id": who.split()[1], "kind": kind, "value": value}
        for (kind, value), holders in held.items()
        for who in holders
    ]
    again = {**rows[0], "first_seen": datetime(2024, 2, 1)}
    found = by_community(
        shared_identifiers(ours, sources_of(spark, identifiers=[*rows, again])["identifiers"])
    )
    assert set(found) == {0}
    assert found[0]["shared_identifiers"] == 2
    assert (found[0]["rarest_kind"], found[0]["rarest_value"], found[0]["rarest_holders"]) == (
        "bank",
        "f" * 16,
        2,
    )


def test_money_is_what_members_sold_in_thirty_days_and_within_it_what_members_bought(
    spark: SparkSession,
) -> None:
    ours = members(spark, c0="m1 b3", c1="b4")
    sources = sources_of(
        spark,
        orders=[
            {"order_id": "1", "buyer_id": "b3", "ordered_at": datetime(2024, 1, 31)},
            {"order_id": "2", "buyer_id": "b4"},
            {"order_id": "3", "buyer_id": "b3", "ordered_at": datetime(2024, 1, 30, 23, 59, 59)},
        ],
        order_items=[
            {"order_id": "1", "merchant_id": "m1", "quantity": 2, "unit_price": Decimal("0.1000")},
            {"order_id": "2", "merchant_id": "m1", "unit_price": Decimal("0.2000")},
            {"order_id": "2", "item_number": 2, "merchant_id": "m9"},
            {"order_id": "3", "merchant_id": "m1"},
        ],
    )
    found = by_community(money_through(ours, sources["orders"], sources["order_items"], as_of=AS_OF))
    assert found == {0: {"community_id": 0, "money_30d": 0.4, "money_within_30d": 0.2}}


@pytest.mark.parametrize("is_first", [True, False])
def test_a_profile_has_zeros_for_nothing_and_no_growth_before_it_began(
    spark: SparkSession, is_first: bool
) -> None:
    ours = members(spark, c0="m1 b3", c1="b5 b7", c2="b9")
    nothing = sources_of(spark)
    edges = spark.createDataFrame([(1, 3, "shares_device", 1.0)], EDGES)
    lineage = [] if is_first else [("grown", 0, 0, 1, 0.5, 2, 1), ("born", 1, None, 0, 0.0, 2, 0)]
    ids = [(0, datetime(2024, 2, 20).date(), 1), (1, AS_OF, 5), (2, AS_OF, 9)]
    with left_tidy(spark):
        parts = Parts(
            facts=facts_of_members(ours, nothing["violations"]),
            ties=ties_of(ours.select("vertex_id", "community_id"), edges, RELATIONS),
            identifiers=shared_identifiers(ours, nothing["identifiers"]),
            money=money_through(ours, nothing["orders"], nothing["order_items"], as_of=AS_OF),
            lineage=spark.createDataFrame(lineage, LINEAGE.schema),
            ids=spark.createDataFrame(ids, COMMUNITY_IDS.schema),
            is_first=is_first,
        )
        found = by_community(profiles_of(parts, as_of=AS_OF))
    assert set(found) == {0, 1}
    one, other = found[0], found[1]
    assert (one["density"], one["age_days"], other["density"], other["age_days"]) == (1, 10, 0, 0)
    assert (one["growth"], one["new_members"]) == ((None, None) if is_first else (1, 1))
    assert (other["growth"], other["new_members"]) == (None, None if is_first else 2)
    assert (other["relation_shares"], other["shared_identifiers"], other["money_30d"]) == ({}, 0, 0)
