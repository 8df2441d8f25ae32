"""Shared identifiers stand for all grouped relations: holders, hub policies, pairs, audit."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import combinations
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from marketgraph.edges import groups
from marketgraph.edges.pairs import HUB_IDS
from tests.edges.relations import MANY, edges_of, few, held_of, seen_of, told

JANUARY, FEBRUARY = datetime(2024, 1, 10), datetime(2024, 2, 10)


def sighting(entity: str, value: str, **more):
    kind, entity_id = entity.split(":")
    return {"entity_kind": kind, "entity_id": entity_id, "value": value, **more}


def audit(seen, relation: str = "shares_device", *, population: int = MANY, **changes):
    held, rules = held_of(relation, seen, **changes)
    return groups.suppressed(held, rules, population=population).collect()


def kiosk(spark: SparkSession, buyers: int = 6):
    """One device that all buyers use, each a day after the one before."""
    names = [f"buyer:{n}" for n in range(buyers)]
    days = [JANUARY + timedelta(days=n) for n in range(buyers)]
    rows = [sighting(b, "kiosk", first_seen=d, last_seen=d) for b, d in zip(names, days, strict=True)]
    return seen_of(spark, *names, identifiers=rows)


def test_two_merchants_at_one_device_are_joined(spark: SparkSession) -> None:
    seen = seen_of(
        spark,
        "merchant:a",
        "merchant:b",
        identifiers=[
            sighting("merchant:a", "d1", first_seen=JANUARY, last_seen=JANUARY),
            sighting("merchant:b", "d1", first_seen=FEBRUARY, last_seen=FEBRUARY),
        ],
    )
    (edge,) = edges_of("shares_device", seen, half_life_days=None).collect()
    assert (edge["src"], edge["dst"], edge["evidence_count"]) == (0, 1, 1)
    assert edge["weight"] == pytest.approx(1 / log2(3), abs=1e-6)
    # the tie exists from the day on which the second came
    assert (edge["first_seen"], edge["last_seen"]) == (FEBRUARY, FEBRUARY)


def test_a_seller_who_buys_from_himself_is_a_pair_of_two_kinds(spark: SparkSession) -> None:
    seen = seen_of(
        spark,
        "buyer:b",
        "merchant:m",
        identifiers=[sighting("buyer:b", "d"), sighting("merchant:m", "d")],
    )
    (edge,) = edges_of("shares_device", seen).collect()
    # the kinds are in the order of the catalogue, whichever id is smaller
    assert (edge["src"], edge["src_kind"], edge["dst"], edge["dst_kind"]) == (1, "merchant", 0, "buyer")
    assert edges_of("shares_device", seen, between=["merchant-merchant", "buyer-buyer"]).isEmpty()


def test_a_public_kiosk_links_nobody(spark: SparkSession) -> None:
    seen = kiosk(spark)
    assert edges_of("shares_device", seen, max_holders=5).isEmpty()
    (row,) = audit(seen, max_holders=5)
    assert (row["relation"], row["holders"], row["pairs_not_made"], row["policy"]) == (
        "shares_device",
        6,
        15,
        "drop",
    )


def test_of_a_capped_kiosk_the_last_users_are_joined(spark: SparkSession) -> None:
    seen = kiosk(spark)
    assert set(told(edges_of("shares_device", seen, policy="cap", max_holders=3))) == {(3, 4), (3, 5), (4, 5)}
    (row,) = audit(seen, policy="cap", max_holders=3)
    assert (row["pairs_not_made"], row["policy"]) == (12, "cap")


def test_a_rare_value_says_more_than_an_inverse_kiosk(spark: SparkSession) -> None:
    seen = kiosk(spark)
    edges = edges_of("shares_device", seen, policy="inverse", max_holders=2).collect()
    assert len(edges) == 15
    assert {round(e["rarity"], 5) for e in edges} == {round(1 / log2(7), 5)}
    assert audit(seen, policy="inverse", max_holders=2) == []


def test_a_virtual_kiosk_is_a_vertex_of_its_own(spark: SparkSession) -> None:
    seen = kiosk(spark)
    edges = edges_of("shares_device", seen, policy="virtual", max_holders=5).collect()
    assert sorted(e["src"] for e in edges) == list(range(6))
    assert {e["dst_kind"] for e in edges} == {"hub"}
    (hub,) = {e["dst"] for e in edges}
    assert hub >= HUB_IDS
    assert audit(seen, policy="virtual", max_holders=5)[0]["policy"] == "virtual"


def test_at_a_virtual_kiosk_stand_only_kinds_that_the_relation_joins(spark: SparkSession) -> None:
    rows = [sighting(name, "kiosk", first_seen=JANUARY, last_seen=JANUARY)
            for name in ("merchant:a", "merchant:b", "buyer:c", "buyer:d", "creator:e")]  # fmt: skip
    seen = seen_of(spark, "merchant:a", "merchant:b", "buyer:c", "buyer:d", "creator:e", identifiers=rows)

    def kinds(*between: str) -> list[str]:
        found = edges_of("shares_device", seen, policy="virtual", max_holders=3, between=list(between))
        return sorted(e["src_kind"] for e in found.collect())

    assert kinds("merchant-merchant") == ["merchant"] * 2
    assert kinds("merchant-merchant", "merchant-buyer") == ["buyer"] * 2 + ["merchant"] * 2


def test_what_a_tenth_of_all_hold_is_nobodys_whatever_the_policy(spark: SparkSession) -> None:
    seen = kiosk(spark)
    asked = {"policy": "inverse", "max_holders": 5, "max_share": 0.1}
    assert edges_of("shares_device", seen, population=50, **asked).isEmpty()
    assert audit(seen, population=50, **asked)[0]["policy"] == "sentinel"
    # in a small marketplace a family is more than a tenth of all, and no hub
    assert len(told(edges_of("shares_device", seen, population=50, **{**asked, "max_holders": 6}))) == 15


def test_the_same_value_of_another_kind_is_another_thing(spark: SparkSession) -> None:
    seen = seen_of(
        spark,
        "merchant:a",
        "merchant:b",
        identifiers=[sighting("merchant:a", "x", kind="device"), sighting("merchant:b", "x", kind="bank")],
    )
    assert edges_of("shares_device", seen).isEmpty()


def test_being_seen_often_at_one_device_is_one_piece_of_evidence(spark: SparkSession) -> None:
    seen = seen_of(
        spark,
        "merchant:a",
        "buyer:b",
        identifiers=[
            sighting("merchant:a", "d", first_seen=None, last_seen=None),
            sighting("merchant:a", "d", first_seen=FEBRUARY, last_seen=FEBRUARY),
            sighting("buyer:b", "d", first_seen=None, last_seen=None),
        ],
    )
    (edge,) = edges_of("shares_device", seen).collect()
    assert edge["evidence_count"] == 1
    # both were there before the data begins
    assert edge["first_seen"] is None
    assert edge["last_seen"] == FEBRUARY


sightings = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 4)), min_size=8, max_size=40)


@few
@given(pairs=sightings, limit=st.integers(2, 6), policy=st.sampled_from(["drop", "inverse", "cap"]))
def test_edges_and_audit_are_what_counting_by_hand_gives(spark: SparkSession, pairs, limit, policy) -> None:
    names = [f"merchant:{n}" for n in range(8)]
    seen = seen_of(spark, *names, identifiers=[sighting(names[m], f"d{d}") for m, d in pairs])
    at: dict[int, set[int]] = {}
    for merchant, device in pairs:
        at.setdefault(device, set()).add(merchant)
    evidence: dict[tuple[int, int], int] = {}
    weight: dict[tuple[int, int], float] = {}
    for group in at.values():
        large = len(group) > limit
        # all were seen at one time: a cap keeps the smaller vertices
        kept = sorted(group)[:limit] if large and policy == "cap" else sorted(group)
        for pair in combinations(kept, 2) if not (large and policy == "drop") else ():
            evidence[pair] = evidence.get(pair, 0) + 1
            weight[pair] = weight.get(pair, 0) + 1 / log2(1 + len(group))
    edges = edges_of("shares_device", seen, max_holders=limit, policy=policy, half_life_days=None).collect()
    assert {(e["src"], e["dst"]): e["evidence_count"] for e in edges} == evidence
    assert {(e["src"], e["dst"]): pytest.approx(e["weight"], abs=1e-5) for e in edges} == weight
    hubs = sorted(len(g) for g in at.values() if len(g) > limit and policy != "inverse")
    assert sorted(a["holders"] for a in audit(seen, max_holders=limit, policy=policy)) == hubs
