"""Recovery of planted rings, against a plain count over all pairs and communities."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from marketgraph.synth.recovery import LEAST_JACCARD, ring_recovery

Truth = list[tuple[str, str, str, str, bool]]
Found = list[tuple[str, str, int]]


def frames(spark: SparkSession, found: Found, truth: Truth) -> tuple[DataFrame, DataFrame]:
    return (
        spark.createDataFrame(found, "entity_kind string, entity_id string, community bigint"),
        spark.createDataFrame(
            truth,
            "group_id string, group_kind string, entity_kind string, entity_id string, guilty boolean",
        ),
    )


def summary(spark: SparkSession, found: Found, truth: Truth, **options: Any) -> dict[str, Any]:
    kinds = {"group_kind": "merchant_ring", "entity_kind": "merchant", **options}
    row = ring_recovery(*frames(spark, found, truth), **kinds).summary.first()
    assert row is not None
    return row.asDict()


def ring(name: str, *members: str, kind: str = "merchant_ring", guilty: bool = True) -> Truth:
    return [(name, kind, "merchant", member, guilty) for member in members]


def community(number: int, *members: str) -> Found:
    return [("merchant", member, number) for member in members]


def test_a_ring_found_whole_is_recovered(spark: SparkSession) -> None:
    got = summary(spark, community(1, "a", "b", "c"), ring("r", "a", "b", "c"))
    assert (got["recall"], got["precision"]) == (1.0, 1.0)
    assert (got["pair_recall"], got["pair_precision"]) == (1.0, 1.0)


def test_half_of_the_union_is_enough_and_less_is_not(spark: SparkSession) -> None:
    truth = ring("r", "a", "b", "c", "d")
    at_half = community(1, "a", "b", "c", "x", "y")
    below = community(1, "a", "b", "c", "x", "y", "z")
    assert summary(spark, at_half, truth)["recovered"] == 1
    assert summary(spark, below, truth)["recovered"] == 0


def test_a_find_of_another_guilty_kind_is_no_false_alarm(spark: SparkSession) -> None:
    truth = ring("r", "a", "b", "c") + ring("s", "d", "e", "f", kind="collusion")
    got = summary(spark, community(1, "a", "b", "c") + community(2, "d", "e", "f"), truth)
    assert (got["candidates"], got["matched"]) == (2, 2)
    assert (got["planted"], got["recovered"]) == (1, 1)


def test_a_warehouse_taken_for_a_ring_is_a_false_alarm(spark: SparkSession) -> None:
    truth = ring("r", "a", "b", "c") + ring("w", "d", "e", "f", kind="warehouse", guilty=False)
    got = summary(spark, community(1, "a", "b", "c") + community(2, "d", "e", "f"), truth)
    assert got["precision"] == 0.5
    assert got["pair_precision"] == 0.5


def test_other_kinds_of_entity_do_not_count(spark: SparkSession) -> None:
    crowd = [("buyer", f"b{n}", 1) for n in range(50)]
    got = summary(spark, community(1, "a", "b", "c") + crowd, ring("r", "a", "b", "c"))
    assert got["recall"] == 1.0


def test_a_ring_whose_members_are_nowhere_is_missed(spark: SparkSession) -> None:
    found = ring_recovery(
        *frames(spark, community(1, "x", "y", "z"), ring("r", "a", "b")),
        group_kind="merchant_ring",
        entity_kind="merchant",
    )
    row = found.rings.first()
    assert row is not None
    assert (row.community, row.jaccard, row.recovered) == (None, 0.0, False)


def test_a_share_of_nothing_is_null(spark: SparkSession) -> None:
    got = summary(spark, community(1, "a"), ring("w", "a", guilty=False))
    assert got["recall"] is got["precision"] is got["pair_recall"] is got["pair_precision"] is None


@pytest.mark.parametrize("seed", range(2))
def test_it_agrees_with_a_count_over_all_pairs(spark: SparkSession, seed: int) -> None:
    dice = random.Random(seed)
    entities = [f"m{n}" for n in range(60)]
    truth: Truth = []
    for number in range(8):
        kind = dice.choice(["merchant_ring", "collusion", "warehouse"])
        members = [entities.pop() for _ in range(dice.randint(1, 5))]
        truth += ring(f"g{number}", *members, kind=kind, guilty=kind != "warehouse")
    everyone = entities + [row[3] for row in truth]
    # Mostly the planted groups, with some in the wrong place and some in none.
    home = {row[3]: int(row[0][1:]) for row in truth}
    found = [
        ("merchant", e, home[e] if e in home and dice.random() < 0.75 else dice.randint(0, 15))
        for e in everyone
        if dice.random() < 0.95
    ]
    assert summary(spark, found, truth, min_size=3) == pytest.approx(oracle(found, truth, min_size=3))


def oracle(found: Found, truth: Truth, *, min_size: int) -> dict[str, Any]:
    groups, kinds, communities = defaultdict(set), {}, defaultdict(set)
    for group, kind, _, entity, guilty in truth:
        if guilty:
            groups[group].add(entity)
            kinds[group] = kind
    for _, entity, number in found:
        communities[number].add(entity)
    rings = [m for g, m in groups.items() if kinds[g] == "merchant_ring" and len(m) >= 2]
    large = [m for m in communities.values() if len(m) >= min_size]
    recovered = sum(any(alike(r, c) for c in communities.values()) for r in rings)
    matched = sum(any(alike(r, c) for r in groups.values()) for c in large)
    ring_pairs, candidate_pairs = pairs(rings), pairs(large)
    together = len(ring_pairs & pairs(communities.values()))
    planted_pairs = len(candidate_pairs & pairs(groups.values()))
    return {
        "planted": len(rings),
        "recovered": recovered,
        "recall": share(recovered, len(rings)),
        "candidates": len(large),
        "matched": matched,
        "precision": share(matched, len(large)),
        "ring_pairs": len(ring_pairs),
        "ring_pairs_together": together,
        "pair_recall": share(together, len(ring_pairs)),
        "candidate_pairs": len(candidate_pairs),
        "candidate_pairs_planted": planted_pairs,
        "pair_precision": share(planted_pairs, len(candidate_pairs)),
    }


def alike(left: set[str], right: set[str]) -> bool:
    return len(left & right) / len(left | right) >= LEAST_JACCARD


def pairs(sets: Iterable[set[str]]) -> set[frozenset[str]]:
    return {frozenset(pair) for members in sets for pair in combinations(members, 2)}


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
