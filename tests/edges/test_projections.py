"""Co-behaviour: what two do alike, by an inverted index of what they have in common."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from tests.builders import NOON
from tests.edges.relations import edges_of, few, seen_of, told

SHOP = ("product:p", "product:q", "product:r", "merchant:m", "merchant:n", "buyer:a", "buyer:b")
P, Q, R, M, N, A, B = range(7)


def order(number: str, buyer: str, *lines: tuple[str, str], days_ago: int = 0):
    placed = {"order_id": number, "buyer_id": buyer, "ordered_at": NOON - timedelta(days=days_ago)}
    items = [
        {"order_id": number, "item_number": n, "product_id": p, "merchant_id": m}
        for n, (p, m) in enumerate(lines, start=1)
    ]
    return placed, items


def shop_of(spark: SparkSession, entities, *orders):
    return seen_of(
        spark, *entities, orders=[o for o, _ in orders], order_items=[i for _, items in orders for i in items]
    )


@pytest.fixture(scope="module")
def shop(spark: SparkSession):
    """a orders p with q twice, the second time two lines of q; b orders q from m, and r from n a day later."""
    return shop_of(
        spark,
        SHOP,
        order("1", "a", ("p", "m"), ("q", "m"), days_ago=3),
        order("2", "a", ("p", "m"), ("q", "m"), ("q", "n")),
        order("3", "b", ("q", "m"), days_ago=1),
        order("4", "b", ("r", "n")),
    )


def test_products_of_one_order_are_bought_together(shop) -> None:
    assert told(edges_of("bought_together", shop)) == {(P, Q): 2}


def test_merchants_have_the_same_buyers_across_orders(shop) -> None:
    assert told(edges_of("same_buyers", shop)) == {(M, N): 2}


def test_a_resellers_order_joins_no_products(shop) -> None:
    assert told(edges_of("bought_together", shop, max_holders=2)) == {(P, Q): 2}
    assert edges_of("same_buyers", shop, min_evidence=3).isEmpty()


baskets = st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=6), min_size=1, max_size=8)


@few
@given(baskets=baskets)
def test_pairs_of_baskets_are_what_counting_by_hand_gives(spark: SparkSession, baskets) -> None:
    entities = [
        *[f"product:{n}" for n in range(6)],
        *[f"merchant:{n}" for n in range(6)],
        "buyer:a",
        "buyer:b",
    ]
    placed = [
        order(str(n), "ab"[n % 2], *[(str(p), str(p)) for p in basket]) for n, basket in enumerate(baskets)
    ]
    shop = shop_of(spark, entities, *placed)
    together = Counter(pair for basket in baskets for pair in combinations(sorted(set(basket)), 2))
    assert told(edges_of("bought_together", shop, max_holders=6)) == dict(together)
    of_buyer = [{m for n, basket in enumerate(baskets) if n % 2 == b for m in basket} for b in (0, 1)]
    same = Counter((a + 6, b + 6) for held in of_buyer for a, b in combinations(sorted(held), 2))
    assert told(edges_of("same_buyers", shop, max_holders=6)) == dict(same)


def test_creators_who_feature_one_merchants_products_are_joined(spark: SparkSession) -> None:
    seen = seen_of(
        spark,
        "creator:a",
        "creator:b",
        "creator:c",
        "content:x",
        "content:y",
        "content:z",
        "product:p",
        "product:q",
        "product:r",
        "merchant:m",
        products=[
            {"product_id": "p", "merchant_id": "m"},
            {"product_id": "q", "merchant_id": "m"},
            {"product_id": "r"},
        ],
        contents=[{"content_id": x, "creator_id": c} for x, c in ("xa", "yb", "zc")],
        content_products=[
            {"content_id": "x", "product_id": "p"},
            {"content_id": "y", "product_id": "q"},
            {"content_id": "x", "product_id": "r"},
            {"content_id": "z", "product_id": "r"},
        ],
    )
    # r is sold by many: to feature it says nothing of whom one works for
    assert told(edges_of("features_same_merchants", seen)) == {(0, 1): 1}
