"""Evidence of small worlds whose scores are solved for, not walked to."""

from __future__ import annotations

import random
from datetime import datetime
from io import StringIO

import pytest
from pyspark.sql import SparkSession
from rich.console import Console

from marketgraph.communities.holding import left_tidy
from marketgraph.evidence.asked import Asked, Ranked, top_of
from marketgraph.evidence.ends import edges_at
from marketgraph.evidence.explanation import explain_entity
from marketgraph.evidence.facts import entity_facts
from marketgraph.evidence.found import Found
from marketgraph.evidence.identifiers import shared_identifiers
from marketgraph.evidence.of_communities import communities_told
from marketgraph.evidence.of_entities import entities_told
from marketgraph.evidence.reasons import Reason
from marketgraph.evidence.settings import EvidenceConfig
from marketgraph.evidence.sources import ids_of
from marketgraph.explain_page import print_page
from marketgraph.tables.evidence import EDGES, EVIDENCE_TABLES, HELD, PATHS, REASONS, SUBJECTS
from marketgraph.tables.sources import IDENTIFIERS
from tests.builders import rows_of
from tests.evidence.world import RESTART, World


def ring(spark: SparkSession, **more) -> World:
    """Three shops: two at one bank account, the third at the second's device; a buyer; someone who knows nobody."""
    return World(
        spark,
        ("merchant:a", "merchant:b", "merchant:c", "buyer:x", "buyer:alone"),
        [
            ("merchant:a", "merchant:b", "shares_bank", 1.0, 1),
            ("merchant:b", "merchant:c", "shares_device", 0.5, 2),
            ("buyer:x", "merchant:a", "bought_merchant", 2.0, 4),
            ("buyer:x", "merchant:c", "bought_merchant", 2.0, 2),
            ("buyer:x", "merchant:c", "viewed_merchant", 9.0, 7),
        ],
        known=("merchant:a",),
        **more,
    )


def told_of(world: World, *names: str, **choices) -> Found:
    sources = world.sources()
    ids = [world.id(name) for name in names]
    rows = {row["vertex_id"]: row for row in sources.scores.collect()}
    ranked = tuple(Ranked(n, rows[n]["rank"], rows[n]["score"], rows[n]["spread"]) for n in ids)
    found = Found("any")
    with left_tidy(world.spark):
        entities_told(Asked("any", entities=ranked), sources, world.told(**choices), found)
    return found


def test_what_begins_at_a_shop_and_what_comes_to_it_are_all_its_visits(spark: SparkSession) -> None:
    world = ring(spark)
    found = told_of(world, "merchant:a", "merchant:b", "merchant:c", "buyer:x")
    visits = world.visits()
    for row in found.rows[SUBJECTS]:
        assert row["visits"] == pytest.approx(visits[row["subject_id"]], abs=1e-9)
        assert row["own"] + row["received"] == pytest.approx(row["visits"], abs=1e-5)


@pytest.mark.parametrize("seed", [1, 2])
def test_on_any_graph_the_terms_add_up_to_the_fixed_point(spark: SparkSession, seed: int) -> None:
    dice = random.Random(seed)
    names = tuple(f"merchant:{n}" for n in range(14))
    pairs = {tuple(sorted(dice.sample(range(14), 2))) for _ in range(30)}
    edges = [
        (names[a], names[b], dice.choice(["shares_device", "shares_bank"]), dice.choice([0.25, 0.5, 1.0]), 1)
        for a, b in sorted(pairs)
    ]
    # one whom nothing ties to anybody: the curve begins at no visits
    world = World(spark, (*names, "buyer:alone"), edges, known=(names[3], names[8]))
    visits, pull, own = world.visits(), world.pull(), world.own()
    found = told_of(world, *names, edges=50)
    for row in found.rows[EDGES]:
        v, u = row["vertex_id"], row["neighbour"]
        term = (1 - RESTART) * visits[u] * pull[v, u] / pull[u].sum()
        assert row["brings"] == pytest.approx(term, abs=1e-9)
        only_hint = row["relation"] == "shares_bank" and own[v] < 0.5 and _banks(world, v) == 1
        without = visits[v] - term - (0.1 if only_hint else 0.0)
        assert row["score_without"] == pytest.approx(without / (1 + without), abs=2e-3)


def _banks(world: World, vertex: int) -> int:
    name = world.vertices[vertex]
    return sum(relation == "shares_bank" and name in (src, dst) for src, dst, relation, *_ in world.edges)


def test_the_edge_that_brings_most_comes_first_and_a_look_is_no_tie(spark: SparkSession) -> None:
    found = told_of(ring(spark), "buyer:x")
    rows = sorted(found.rows[EDGES], key=lambda row: row["rank"])
    assert [row["relation"] for row in rows] == ["bought_merchant", "viewed_merchant", "bought_merchant"]
    assert [row["brings"] is None for row in rows] == [False, True, True]  # two orders are no habit


def test_paths_lead_to_the_known_and_say_by_what(spark: SparkSession) -> None:
    world = ring(spark)
    found = told_of(world, "merchant:c", "merchant:a", "buyer:alone")
    told = {
        (row["subject_id"], row["hops"]): (row["vertices"], row["relations"]) for row in found.rows[PATHS]
    }
    assert told == {
        (world.id("merchant:c"), 2): ([2, 1, 0], ["shares_device", "shares_bank"]),
        (world.id("merchant:a"), 0): ([0], []),
    }


def test_reasons_say_what_holds_and_count_it(spark: SparkSession) -> None:
    world = ring(spark, joined={"merchant:c": datetime(2024, 2, 20)})
    found = told_of(world, "merchant:a", "merchant:b", "buyer:x")
    told = {(world.vertices[row["subject_id"]], row["code"]): row["count"] for row in found.rows[REASONS]}
    assert told == {
        ("merchant:a", "known_violation"): 1,
        ("merchant:b", "shares_bank_with_known_ring"): 1,
        ("merchant:b", "near_known_violator"): 1,
        ("merchant:b", "several_shops_one_owner"): 2,
        ("buyer:x", "habitual_buyer_of_known"): 1,
        ("buyer:x", "near_known_violator"): 1,
    }


def test_a_shop_whose_listings_repeat_others_and_one_that_sells_fast(spark: SparkSession) -> None:
    products = tuple(f"product:{n}" for n in range(4))
    buyers = tuple(f"buyer:{n}" for n in range(10))
    world = World(
        spark,
        ("merchant:a", "merchant:b", *products, *buyers),
        [
            *[("merchant:a", product, "sells", 1.0, 1) for product in products[:2]],
            *[("merchant:b", product, "sells", 1.0, 1) for product in products[2:]],
            ("product:0", "product:2", "look_alike_titles", 1.0, 1),
            ("product:1", "product:3", "look_alike_images", 1.0, 1),
            ("product:1", "product:2", "look_alike_titles", 1.0, 1),
            *[(buyer, "merchant:a", "bought_merchant", 1.0, 4) for buyer in buyers],
        ],
        known=("buyer:0",),
        joined={"merchant:a": datetime(2024, 2, 20)},
    )
    found = told_of(world, "merchant:a", "merchant:b")
    told = {(world.vertices[row["subject_id"]], row["code"]) for row in found.rows[REASONS]}
    assert ("merchant:a", "lookalike_listings") in told
    assert ("merchant:b", "lookalike_listings") in told
    assert {name for name, code in told if code == "new_and_fast"} == {"merchant:a"}


def test_motif_instances_are_a_reason_of_those_in_them(spark: SparkSession) -> None:
    world = ring(
        spark, instances=[("mine", 1, ["buyer:x", "merchant:a"]), ("mine", 2, ["buyer:x", "merchant:c"])]
    )
    told = world.told()
    sources, ids = world.sources(), ids_of([world.id("buyer:x"), world.id("merchant:b")])
    facts = entity_facts(
        ids, edges_at(sources.edges, ids), [Reason("mine", "t", motif="mine")], sources, told
    )
    assert facts[world.id("buyer:x")]["motif mine"] == 2
    assert "motif mine" not in facts[world.id("merchant:b")]


def sighting(entity: str, value: str, kind: str = "bank") -> dict[str, object]:
    entity_kind, entity_id = entity.split(":")
    return {"entity_kind": entity_kind, "entity_id": entity_id, "kind": kind, "value": value * 64}


def test_identifiers_are_masked_and_name_some_of_their_holders(spark: SparkSession) -> None:
    rows = [sighting(f"merchant:{name}", "a") for name in "abcd"]
    rows += [
        sighting("merchant:a", "b", "device"),
        sighting("buyer:x", "b", "device"),
        sighting("merchant:a", "c"),
    ]
    world = ring(spark, identifiers=rows)
    found = told_of(world, "merchant:a", digits=8, others=2)
    told = [(r["rank"], r["kind"], r["value"], r["holders"], r["others"]) for r in found.rows[HELD]]
    assert sorted(told) == [
        (1, "device", "b" * 8, 2, ["buyer:x"]),
        (2, "bank", "a" * 8, 4, ["merchant:b", "merchant:c"]),
    ]


def test_a_community_shares_what_two_of_its_members_hold(spark: SparkSession) -> None:
    rows = [
        sighting("merchant:a", "a"),
        sighting("merchant:b", "a"),
        sighting("merchant:a", "b"),
        sighting("buyer:z", "b"),
    ]
    members = spark.createDataFrame(
        [("community", 7, "merchant", "a"), ("community", 7, "merchant", "b")],
        "subject string, subject_id long, entity_kind string, entity_id string",
    )
    found = shared_identifiers(members, rows_of(spark, IDENTIFIERS, rows), EvidenceConfig()).collect()
    assert [(row["value"], row["holders"], row["within"], row["others"]) for row in found] == [
        ("a" * 16, 2, 2, [])
    ]


def test_a_community_is_told_by_its_inner_edges(spark: SparkSession) -> None:
    world = ring(spark, communities={"merchant:a": 4, "merchant:b": 4, "merchant:c": 4, "buyer:x": 5})
    found = Found("any")
    with left_tidy(spark):
        asked = Asked("any", communities=(Ranked(4, 1, 0.4),))
        communities_told(asked, world.sources(), world.told(), found)
    rows = sorted(found.rows[EDGES], key=lambda row: row["rank"])
    assert [(row["vertex_id"], row["neighbour"], row["relation"]) for row in rows] == [
        (0, 1, "shares_bank"),
        (1, 2, "shares_device"),
    ]
    assert all(row["score_without"] < 0.4 for row in rows)
    assert [(row["seed"], row["hops"]) for row in found.rows[PATHS]] == [(0, 0)]


def test_one_who_knows_nobody_has_a_page_that_says_so(spark: SparkSession) -> None:
    world = ring(spark)
    with left_tidy(spark):
        made = explain_entity(
            {"vertex_id": 4, "buyer_id": "alone"}, "buyer:alone", world.sources(), world.told(), None
        )
    console = Console(file=StringIO(), record=True, width=140)
    print_page(made, release="r1", console=console)
    page = console.export_text()
    for line in (
        "It is in no community",
        "It has no edges.",
        "It shares no identifier.",
        "No reason code holds",
    ):
        assert line in page


def test_the_top_of_a_ranking_leaves_out_those_at_whom_nothing_points(spark: SparkSession) -> None:
    world = ring(spark)
    asked = top_of("any", world.sources(), entities=100, communities=100)
    assert [one.rank for one in asked.entities] == [1, 2, 3, 4]
    assert world.id("buyer:alone") not in {one.id for one in asked.entities}
    assert asked.communities == ()


def test_evidence_is_the_same_however_its_sources_are_partitioned(spark: SparkSession) -> None:
    world = ring(spark, identifiers=[sighting("merchant:a", "a"), sighting("merchant:b", "a")])
    names = ("merchant:a", "merchant:b", "merchant:c", "buyer:x")
    once = told_of(world, *names)
    world.edges = world.edges[::-1]
    again = told_of(world, *reversed(names))
    for table in EVIDENCE_TABLES:
        assert once.told(table) == again.told(table)
