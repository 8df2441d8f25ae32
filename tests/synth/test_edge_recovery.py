"""Edges against what was planted: small stories, and a plain count over all pairs of members."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from marketgraph.synth.edge_recovery import TARGETS, edge_recovery
from marketgraph.tables.quality import EDGE_RECOVERY
from marketgraph.tables.relations import RELATIONS

Truth = list[tuple[str, str, str, str, bool]]
# kind:id of the two ends
Edges = list[tuple[str, str]]
TRUTH_COLUMNS = "group_id string, group_kind string, entity_kind string, entity_id string, guilty boolean"
EDGE_COLUMNS = "src bigint, dst bigint, src_kind string, dst_kind string"


def group(name: str, *members: str, kind: str = "merchant_ring", guilty: bool = True) -> Truth:
    """Members as kind:id."""
    return [(name, kind, *member.split(":"), guilty) for member in members]  # type: ignore[misc]


def merchants(names: str) -> list[str]:
    return [f"merchant:{name}" for name in names]


def copied(name: str, victim: str, *copies: str) -> Truth:
    told = group(name, *copies, kind="copied_listings")
    return told + group(name, victim, kind="copied_listings", guilty=False)


def numbered(entities: Iterable[str]) -> dict[str, int]:
    return {entity: number for number, entity in enumerate(sorted(set(entities)))}


def edge_frame(spark: SparkSession, pairs: Edges, ids: Mapping[str, int]) -> DataFrame:
    ends = [sorted(pair, key=lambda end: ids[end]) for pair in pairs]
    rows = [(ids[a], ids[b], a.partition(":")[0], b.partition(":")[0]) for a, b in ends]
    return spark.createDataFrame(rows, EDGE_COLUMNS)


def recovery(
    spark: SparkSession,
    edges: Mapping[str, Edges],
    truth: Truth,
    *,
    owners: Mapping[str, str | None] | None = None,
    unknown: Iterable[str] = (),
) -> dict[str, dict[str, Any]]:
    """Rows by relation. unknown: entities of the truth that the run has no vertex for."""
    planted = {f"{kind}:{entity}" for _, _, kind, entity, _ in truth} - set(unknown)
    ids = numbered([*planted, *(end for pairs in edges.values() for pair in pairs for end in pair)])
    vertices = [(*entity.split(":"), number) for entity, number in ids.items()]
    found = edge_recovery(
        {relation: edge_frame(spark, pairs, ids) for relation, pairs in edges.items()},
        spark.createDataFrame(truth, TRUTH_COLUMNS),
        spark.createDataFrame(vertices, "entity_kind string, entity_id string, vertex_id bigint"),
        owners=spark.createDataFrame(list((owners or {}).items()), "product_id string, merchant_id string"),
    )
    rows = [row.asDict() for row in EDGE_RECOVERY.conform(found).collect()]
    assert len({row["relation"] for row in rows}) == len(rows)
    return {row["relation"]: row for row in rows}


def all_pairs(members: Iterable[str]) -> Edges:
    return list(combinations(members, 2))


def counts(row: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(row[name] for name in ("pairs_planted", "pairs_found", "edges", "edges_planted"))


def test_every_target_is_a_relation_that_can_join_its_kind() -> None:
    for relation, target in TARGETS.items():
        assert (target.entity_kind, target.entity_kind) in RELATIONS[relation].pairs


def test_a_ring_whose_shops_all_share_a_bank_is_found_whole(spark: SparkSession) -> None:
    ring = merchants("abc")
    row = recovery(spark, {"shares_bank": all_pairs(ring)}, group("r", *ring))["shares_bank"]
    assert row == {
        "relation": "shares_bank",
        "group_kind": "merchant_ring",
        "pairs_planted": 3,
        "pairs_found": 3,
        "edges": 3,
        "edges_planted": 3,
        "recall": 1.0,
        "precision": 1.0,
    }


def test_a_chain_through_a_ring_finds_its_links_alone(spark: SparkSession) -> None:
    a, b, c = merchants("abc")
    row = recovery(spark, {"shares_device": [(a, b), (b, c)]}, group("r", a, b, c))["shares_device"]
    assert (row["recall"], row["precision"]) == (2 / 3, 1.0)


def test_two_shops_of_a_review_ring_are_no_wrong_edge_and_no_find(spark: SparkSession) -> None:
    a, b, c, d = merchants("abcd")
    truth = group("r", a, b) + group("s", c, d, kind="review_ring")
    row = recovery(spark, {"shares_bank": [(c, d)]}, truth)["shares_bank"]
    assert counts(row) == (1, 0, 1, 1)
    assert (row["recall"], row["precision"]) == (0.0, 1.0)


def test_a_kiosk_links_wrongly_whoever_stands_at_it(spark: SparkSession) -> None:
    a, b, c = merchants("abc")
    kiosks = group("k", b, c, kind="kiosk", guilty=False) + group("n", b, c, kind="nat", guilty=False)
    row = recovery(spark, {"shares_device": [(a, b), (b, c)]}, group("r", a, "merchant:x") + kiosks)
    assert counts(row["shares_device"]) == (1, 0, 2, 0)


def test_members_of_two_rings_are_no_pair(spark: SparkSession) -> None:
    a, b, c, d = merchants("abcd")
    row = recovery(spark, {"shares_bank": [(b, c)]}, group("r", a, b) + group("s", c, d))["shares_bank"]
    assert counts(row) == (2, 0, 1, 0)


def test_a_pair_of_two_groups_counts_once(spark: SparkSession) -> None:
    a, b = merchants("ab")
    truth = group("r", a, b) + group("s", a, b) + group("t", a, b, kind="collusion")
    assert counts(recovery(spark, {"shares_bank": [(a, b)]}, truth)["shares_bank"]) == (1, 1, 1, 1)


def test_edges_of_other_kinds_are_not_weighed(spark: SparkSession) -> None:
    a, b = merchants("ab")
    edges = [(a, b), (a, "buyer:z"), ("buyer:y", "buyer:z"), (b, "creator:c")]
    assert counts(recovery(spark, {"shares_device": edges}, group("r", a, b))["shares_device"]) == (
        1,
        1,
        1,
        1,
    )


def test_one_id_of_two_kinds_is_two_entities(spark: SparkSession) -> None:
    truth = group("r", "merchant:1", "merchant:2", "buyer:3")
    edges = [("merchant:1", "merchant:3")]
    assert counts(recovery(spark, {"shares_bank": edges}, truth)["shares_bank"]) == (1, 0, 1, 0)


def test_who_has_no_vertex_yet_is_not_missed(spark: SparkSession) -> None:
    a, b, c = merchants("abc")
    row = recovery(spark, {"shares_bank": [(a, b)]}, group("r", a, b, c), unknown=[c])["shares_bank"]
    assert counts(row) == (1, 1, 1, 1)


def test_the_victim_is_a_pair_with_each_copy(spark: SparkSession) -> None:
    victim, one, two = "product:v", "product:1", "product:2"
    edges = {"look_alike_titles": [(victim, one), (victim, two)], "look_alike_images": [(one, two)]}
    found = recovery(spark, edges, copied("c", victim, one, two), owners={"v": "m", "1": "n", "2": "o"})
    assert counts(found["look_alike_titles"]) == (2, 2, 2, 2)
    # two copies of one original are alike for a reason, yet not what was planted
    assert counts(found["look_alike_images"]) == (2, 0, 1, 1)


def test_two_copies_are_no_pair_to_find_whoever_owns_them(spark: SparkSession) -> None:
    victim, one, two = "product:v", "product:1", "product:2"
    edges = {"look_alike_titles": [(victim, one), (victim, two)]}
    found = recovery(spark, edges, copied("c", victim, one, two), owners={"v": "m", "1": "n", "2": "n"})
    assert counts(found["look_alike_titles"]) == (2, 2, 2, 2)


def test_listings_whose_merchants_are_unknown_are_a_pair(spark: SparkSession) -> None:
    pairs = [(f"product:v{n}", f"product:c{n}") for n in range(3)]
    truth = [row for n, pair in enumerate(pairs) for row in copied(f"c{n}", *pair)]
    owners = {"v1": None, "c1": None, "v2": "m", "c2": None}
    found = recovery(spark, {"look_alike_titles": pairs}, truth, owners=owners)
    assert counts(found["look_alike_titles"]) == (3, 3, 3, 3)


def test_a_crowd_that_reviews_together_is_found_by_its_buyers(spark: SparkSession) -> None:
    crowd = [f"buyer:{n}" for n in range(4)]
    truth = group("s", *crowd, *merchants("ab"), kind="review_ring")
    edges = [*all_pairs(crowd[:3]), (crowd[0], "buyer:z")]
    row = recovery(spark, {"reviewed_together": edges}, truth)["reviewed_together"]
    assert (row["group_kind"], *counts(row)) == ("review_ring", 6, 3, 4, 3)


def test_a_relation_switched_off_has_no_row(spark: SparkSession) -> None:
    a, b = merchants("ab")
    edges: dict[str, Edges] = {"shares_bank": [(a, b)], "sells": [(a, "product:p")]}
    assert set(recovery(spark, edges, group("r", a, b))) == {"shares_bank"}
    assert recovery(spark, {"sells": edges["sells"]}, group("r", a, b)) == {}


def test_a_share_of_nothing_is_null(spark: SparkSession) -> None:
    a, b = merchants("ab")
    truth = group("k", a, b, kind="kiosk", guilty=False)
    row = recovery(spark, {"shares_bank": []}, truth)["shares_bank"]
    assert counts(row) == (0, 0, 0, 0)
    assert row["recall"] is row["precision"] is None


@pytest.mark.parametrize("seed", range(3))
def test_it_agrees_with_a_count_over_all_pairs(spark: SparkSession, seed: int) -> None:
    dice = random.Random(seed)
    entities = [f"{kind}:{n}" for kind in ("merchant", "product", "buyer") for n in range(14)]
    truth, owners = (
        random_truth(dice, entities),
        {str(n): dice.choice(["m", "n", "o", None]) for n in range(14)},
    )
    edges = {relation: random_edges(dice, entities, truth) for relation in TARGETS}
    # the relation joins listings of different merchants only
    for relation in ("look_alike_titles", "look_alike_images"):
        edges[relation] = [pair for pair in edges[relation] if differ(owners, *pair)]
    unknown = set(dice.sample(entities, 3)) - {e for pairs in edges.values() for p in pairs for e in p}
    got = recovery(spark, edges, truth, owners=owners, unknown=unknown)
    assert {r: counts(row) for r, row in got.items()} == {
        relation: oracle(relation, edges[relation], truth, owners, unknown) for relation in TARGETS
    }


def random_truth(dice: random.Random, entities: list[str]) -> Truth:
    """Groups of all kinds that overlap, innocent ones among them."""
    truth: Truth = []
    for number in range(14):
        kind = dice.choice(["merchant_ring", "review_ring", "collusion", "kiosk", "nat", "copied_listings"])
        pool = [e for e in entities if kind != "copied_listings" or e.startswith("product")]
        first, *others = dice.sample(pool, dice.randint(2, 8))
        if kind == "copied_listings":
            truth += copied(f"g{number}", first, *others)
        else:
            truth += group(f"g{number}", first, *others, kind=kind, guilty=kind not in ("kiosk", "nat"))
    return truth


def random_edges(dice: random.Random, entities: list[str], truth: Truth) -> Edges:
    """Half the edges within groups, half anywhere."""
    within = sorted({pair for members in members_of(truth).values() for pair in all_pairs(sorted(members))})
    anywhere = [pair for pair in all_pairs(sorted(entities)) if dice.random() < 0.05]
    return sorted({*dice.sample(within, len(within) // 2), *anywhere})


def members_of(truth: Truth) -> dict[tuple[str, str], set[str]]:
    """(group, its kind) -> who counts as one of it."""
    found: dict[tuple[str, str], set[str]] = {}
    for name, kind, entity_kind, entity, guilty in truth:
        if guilty or kind == "copied_listings":
            found.setdefault((name, kind), set()).add(f"{entity_kind}:{entity}")
    return found


def differ(owners: Mapping[str, str | None], one: str, other: str) -> bool:
    """False for two products of one merchant."""
    if not one.startswith("product") or not other.startswith("product"):
        return True
    held = [owners[entity.partition(":")[2]] for entity in (one, other)]
    return None in held or held[0] != held[1]


def is_asked(truth: Truth, name: str, kind: str, pair: frozenset[str]) -> bool:
    """Of copied listings: one copy and the original of that group."""
    told = {f"{k}:{e}": guilty for group_name, _, k, e, guilty in truth if group_name == name}
    return kind != "copied_listings" or {told[e] for e in pair} == {True, False}


def oracle(
    relation: str, edges: Edges, truth: Truth, owners: Mapping[str, str | None], unknown: set[str]
) -> tuple[int, ...]:
    target = TARGETS[relation]
    of_kind = {frozenset(p) for p in edges if all(e.startswith(f"{target.entity_kind}:") for e in p)}
    planted, guilty = set(), set()
    for (name, kind), members in members_of(truth).items():
        alike = {m for m in members - unknown if m.startswith(f"{target.entity_kind}:")}
        pairs = {frozenset(pair) for pair in all_pairs(alike)}
        guilty |= pairs
        if kind == target.group_kind:
            planted |= {p for p in pairs if differ(owners, *p) and is_asked(truth, name, kind, p)}
    return len(planted), len(planted & of_kind), len(of_kind), len(guilty & of_kind)
