from __future__ import annotations

from datetime import datetime
from itertools import combinations
from math import log2

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from marketgraph.edges.shares_identifier import (
    edges_of,
    holders_of,
    shares_identifier_edges,
    suppressed_values,
)
from marketgraph.tables.sources import IDENTIFIERS
from tests.builders import ids_of, rows_of

JANUARY, FEBRUARY = datetime(2024, 1, 10), datetime(2024, 2, 10)


def holders(spark: SparkSession, *sightings: dict, entities: tuple[str, ...]):
    identifiers = rows_of(spark, IDENTIFIERS, list(sightings))
    return holders_of(identifiers, vertex_ids=ids_of(spark, *entities))


def seen(entity: str, value: str, **more):
    kind, entity_id = entity.split(":")
    return {"entity_kind": kind, "entity_id": entity_id, "value": value, **more}


def test_two_merchants_at_one_device_are_joined(spark: SparkSession) -> None:
    held = holders(
        spark,
        seen("merchant:a", "d1", first_seen=JANUARY, last_seen=JANUARY),
        seen("merchant:b", "d1", first_seen=FEBRUARY, last_seen=FEBRUARY),
        entities=("merchant:a", "merchant:b"),
    )
    (edge,) = edges_of("shares_device", shares_identifier_edges(held, max_holders={"device": 5})).collect()
    assert (edge["src"], edge["dst"], edge["evidence_count"]) == (0, 1, 1)
    assert edge["weight"] == pytest.approx(1 / log2(3), abs=1e-6)
    # the tie exists from the day on which the second came
    assert (edge["first_seen"], edge["last_seen"]) == (FEBRUARY, FEBRUARY)


def test_a_public_kiosk_links_nobody(spark: SparkSession) -> None:
    buyers = tuple(f"buyer:{i}" for i in range(6))
    held = holders(spark, *[seen(b, "kiosk") for b in buyers], entities=buyers)
    assert edges_of("shares_device", shares_identifier_edges(held, max_holders={"device": 5})).count() == 0
    (audit,) = suppressed_values(held, max_holders={"device": 5}).collect()
    assert (audit["relation"], audit["holders"], audit["pairs_not_made"]) == ("shares_device", 6, 15)


def test_the_same_value_of_another_kind_is_another_thing(spark: SparkSession) -> None:
    held = holders(
        spark,
        seen("merchant:a", "x", kind="device"),
        seen("merchant:b", "x", kind="bank"),
        entities=("merchant:a", "merchant:b"),
    )
    assert edges_of("shares_device", shares_identifier_edges(held, max_holders={"device": 5})).count() == 0


def test_being_seen_often_at_one_device_is_one_piece_of_evidence(spark: SparkSession) -> None:
    held = holders(
        spark,
        seen("merchant:a", "d", first_seen=None, last_seen=None),
        seen("merchant:a", "d", first_seen=FEBRUARY, last_seen=FEBRUARY),
        seen("buyer:b", "d", first_seen=None, last_seen=None),
        entities=("merchant:a", "buyer:b"),
    )
    (edge,) = edges_of("shares_device", shares_identifier_edges(held, max_holders={"device": 5})).collect()
    assert edge["evidence_count"] == 1
    # both were there before the data begins
    assert edge["first_seen"] is None
    assert edge["last_seen"] == FEBRUARY


sightings = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 4)), min_size=1, max_size=40)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=sightings, limit=st.integers(2, 6))
def test_edges_and_audit_are_what_counting_by_hand_gives(spark: SparkSession, pairs, limit) -> None:
    entities = tuple(f"merchant:{i}" for i in range(8))
    held = holders(spark, *[seen(entities[m], f"d{d}") for m, d in pairs], entities=entities).cache()
    at: dict[int, set[int]] = {}
    for merchant, device in pairs:
        at.setdefault(device, set()).add(merchant)
    expected: dict[tuple[int, int], int] = {}
    for group in at.values():
        for pair in combinations(sorted(group), 2) if len(group) <= limit else ():
            expected[pair] = expected.get(pair, 0) + 1
    edges = shares_identifier_edges(held, max_holders={"device": limit}).collect()
    assert {(e["src"], e["dst"]): e["evidence_count"] for e in edges} == expected
    audit = suppressed_values(held, max_holders={"device": limit}).collect()
    assert sorted(a["holders"] for a in audit) == sorted(len(g) for g in at.values() if len(g) > limit)
    held.unpersist()
