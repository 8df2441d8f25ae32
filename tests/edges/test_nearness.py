"""Acts near in time: bursts, and reviews of one product within days."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from tests.edges.relations import edges_of, few, seen_of, told

START = datetime(2024, 2, 1)
OBJECTS = ("content:x", "content:y", "content:z")


def acts(spark: SparkSession, *told_acts: tuple[str, str, float], actors: str = "abc"):
    """Acts of buyers on contents, so many seconds after the start."""
    rows = [
        {"event_id": str(n), "actor_id": a, "object_id": o, "object_kind": "content", "verb": "join",
         "occurred_at": START + timedelta(seconds=s)}
        for n, (a, o, s) in enumerate(told_acts)
    ]  # fmt: skip
    return seen_of(spark, *[f"buyer:{a}" for a in actors], *OBJECTS, events=rows)


def test_two_who_always_come_within_seconds_are_joined(spark: SparkSession) -> None:
    seen = acts(spark, *[(a, o, 100 * n + (7 if a == "b" else 0)) for n, o in enumerate("xyz") for a in "ab"])
    assert told(edges_of("bursts", seen, within_seconds=10, min_evidence=3)) == {(0, 1): 3}
    assert edges_of("bursts", seen, within_seconds=6, min_evidence=3).isEmpty()
    assert edges_of("bursts", seen, within_seconds=10, min_evidence=4).isEmpty()


def test_a_moment_more_than_the_limit_is_too_much(spark: SparkSession) -> None:
    for last, found in ((10.0, {(0, 1): 1}), (10.000001, {}), (10.999, {})):
        seen = acts(spark, ("a", "x", 0), ("b", "x", last))
        assert told(edges_of("bursts", seen, within_seconds=10, min_evidence=1)) == found, last


def test_coming_to_different_objects_at_one_time_joins_nobody(spark: SparkSession) -> None:
    assert edges_of("bursts", acts(spark, ("a", "x", 5), ("b", "y", 5)), min_evidence=1).isEmpty()


some_acts = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.integers(0, 60)), min_size=5, max_size=40
)


@few
@given(some=some_acts, within=st.integers(1, 30))
def test_bursts_are_what_comparing_every_two_acts_gives(spark: SparkSession, some, within) -> None:
    expected: Counter[tuple[int, int]] = Counter()
    # one act of an actor on an object at one second is one act
    for (a, o, s), (b, p, t) in combinations(sorted(set(some)), 2):
        if a != b and o == p and abs(s - t) <= within:
            expected["abc".index(a), "abc".index(b)] += 1
    seen = acts(spark, *some)
    assert told(edges_of("bursts", seen, within_seconds=within, min_evidence=1)) == dict(expected)


def reviews(spark: SparkSession, *told_reviews: tuple[str, str, int, int]):
    """Reviews (buyer, product, day, stars), each of an order of its own."""
    rows = [
        {"review_id": str(n), "order_id": str(n), "product_id": p, "rating": stars,
         "reviewed_at": START + timedelta(days=day)}
        for n, (_, p, day, stars) in enumerate(told_reviews)
    ]  # fmt: skip
    placed = [{"order_id": str(n), "buyer_id": b} for n, (b, *_) in enumerate(told_reviews)]
    names = sorted({b for b, *_ in told_reviews})
    return seen_of(
        spark, *[f"buyer:{b}" for b in names], "product:p", "product:q", reviews=rows, orders=placed
    )


ANY_PACE = {"rush_least": 1, "rush_times": 0, "rush_counts": 1}


def test_who_praise_the_same_products_within_days_are_joined(spark: SparkSession) -> None:
    told_reviews = [("a", "p", 1), ("b", "p", 3), ("a", "q", 9), ("b", "q", 9), ("c", "p", 8)]
    seen = reviews(spark, *[(*review, 5) for review in told_reviews])
    assert told(edges_of("reviewed_together", seen, min_evidence=2, **ANY_PACE)) == {(0, 1): 2}


def test_praise_and_slander_of_one_product_are_no_agreement(spark: SparkSession) -> None:
    seen = reviews(spark, ("a", "p", 1, 5), ("b", "p", 1, 1))
    assert edges_of("reviewed_together", seen, min_evidence=1, **ANY_PACE).isEmpty()


def test_lukewarm_reviews_join_nobody(spark: SparkSession) -> None:
    seen = reviews(spark, ("a", "p", 1, 3), ("b", "p", 1, 5))
    assert edges_of("reviewed_together", seen, min_evidence=1, **ANY_PACE).isEmpty()


def test_a_second_review_of_a_product_is_no_more_evidence(spark: SparkSession) -> None:
    seen = reviews(spark, ("a", "p", 1, 5), ("a", "p", 2, 5), ("b", "p", 2, 5))
    assert told(edges_of("reviewed_together", seen, min_evidence=1, **ANY_PACE)) == {(0, 1): 1}


def test_one_product_in_a_rush_is_as_good_as_two(spark: SparkSession) -> None:
    # p gets a review a week; then four in two days
    slow = [(f"s{n}", "p", -7 * n, 5) for n in range(1, 9)]
    rush = [(f"r{n}", "p", 10 + n % 2, 5) for n in range(4)]
    seen = reviews(spark, *slow, *rush)
    asked = {"min_evidence": 2, "rush_counts": 2, "rush_times": 2}
    edges = edges_of("reviewed_together", seen, rush_least=4, **asked)
    assert set(told(edges)) == set(combinations(range(4), 2))
    assert edges_of("reviewed_together", seen, rush_least=5, **asked).isEmpty()
