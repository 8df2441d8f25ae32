from __future__ import annotations

from datetime import datetime, timedelta
from math import log2

import pytest
from pyspark.sql import SparkSession

from marketgraph.edges.seen import Seen
from tests.builders import NOON
from tests.edges.relations import edges_of, seen_of, told

EARLIER = datetime(2024, 2, 1)
ENTITIES = ("merchant:m", "product:p", "product:q", "buyer:b", "creator:c", "content:live", "buyer:b2")
M, P, Q, B, C, LIVE, B2 = range(7)


@pytest.fixture(scope="module")
def seen(spark: SparkSession) -> Seen:
    """b orders p twice and q once from m; reviews the second order as a whole, and p of the first; sends q back."""
    return seen_of(
        spark,
        *ENTITIES,
        products=[{"product_id": "p", "merchant_id": "m", "listed_at": EARLIER}, {"product_id": "q"}],
        orders=[
            {"order_id": "1", "buyer_id": "b", "ordered_at": EARLIER},
            {"order_id": "2", "buyer_id": "b"},
        ],
        order_items=[
            {"order_id": "1", "merchant_id": "m", "product_id": "p"},
            {"order_id": "2", "merchant_id": "m", "product_id": "p"},
            {"order_id": "2", "item_number": 2, "merchant_id": "m", "product_id": "q"},
        ],
        reviews=[
            {"review_id": "r1", "order_id": "1", "product_id": "p"},
            {"review_id": "r2", "order_id": "2"},
        ],
        contents=[{"content_id": "live", "creator_id": "c"}],
        content_products=[{"content_id": "live", "product_id": "p"}],
        events=[
            {"event_id": "1", "actor_id": "b", "object_id": "p"},
            {"event_id": "2", "actor_id": "b", "object_id": "p", "occurred_at": EARLIER},
            {"event_id": "3", "actor_id": "b", "object_id": "q", "verb": "return"},
            {"event_id": "4", "actor_id": "b", "object_id": "live", "object_kind": "content"},
            {"event_id": "5", "actor_id": "b2", "object_id": "p", "verb": "return"},
        ],
    )


def spans(edges) -> dict[tuple[int, int], tuple[int, datetime, datetime]]:
    return {
        (e["src"], e["dst"]): (e["evidence_count"], e["first_seen"], e["last_seen"]) for e in edges.collect()
    }


def test_sells_counts_order_lines_and_knows_listings(seen: Seen) -> None:
    assert spans(edges_of("sells", seen)) == {(M, P): (3, EARLIER, NOON), (M, Q): (1, NOON, NOON)}


def test_a_listing_without_sales_counts_once(spark: SparkSession) -> None:
    quiet = seen_of(
        spark, *ENTITIES, products=[{"product_id": "p", "merchant_id": "m", "listed_at": EARLIER}]
    )
    assert spans(edges_of("sells", quiet)) == {(M, P): (1, EARLIER, EARLIER)}


def test_a_listing_from_before_the_data_is_as_recent_as_can_be(spark: SparkSession) -> None:
    old = seen_of(spark, *ENTITIES, products=[{"product_id": "p", "merchant_id": "m"}])
    (edge,) = edges_of("sells", old).collect()
    assert (edge["first_seen"], edge["last_seen"], edge["recency"]) == (None, None, 1.0)


def test_bought_joins_the_buyer_to_products_and_merchants(seen: Seen) -> None:
    assert spans(edges_of("bought_product", seen)) == {(B, P): (2, EARLIER, NOON), (B, Q): (1, NOON, NOON)}
    assert spans(edges_of("bought_merchant", seen)) == {(B, M): (3, EARLIER, NOON)}


def test_a_review_of_an_order_is_of_each_of_its_products_and_once_of_its_merchant(seen: Seen) -> None:
    assert told(edges_of("reviewed_product", seen)) == {(B, P): 2, (B, Q): 1}
    assert told(edges_of("reviewed_merchant", seen)) == {(B, M): 2}


def test_a_review_of_a_product_that_no_line_has_is_of_the_product_alone(spark: SparkSession) -> None:
    odd = seen_of(
        spark,
        *ENTITIES,
        orders=[{"order_id": "1", "buyer_id": "b"}],
        order_items=[{"order_id": "1", "merchant_id": "m", "product_id": "p"}],
        reviews=[{"review_id": "r", "order_id": "1", "product_id": "q"}],
    )
    assert told(edges_of("reviewed_product", odd)) == {(B, Q): 1}
    assert told(edges_of("reviewed_merchant", odd)) == {}


def test_a_product_of_two_sellers_in_one_order_is_reviewed_once(spark: SparkSession) -> None:
    both = seen_of(
        spark,
        "buyer:b",
        "product:p",
        "merchant:m",
        "merchant:n",
        orders=[{"order_id": "1", "buyer_id": "b"}],
        order_items=[
            {"order_id": "1", "merchant_id": "m", "product_id": "p"},
            {"order_id": "1", "item_number": 2, "merchant_id": "n", "product_id": "p"},
        ],
        reviews=[{"review_id": "r", "order_id": "1"}],
    )
    assert told(edges_of("reviewed_product", both)) == {(0, 1): 1}
    assert told(edges_of("reviewed_merchant", both)) == {(0, 2): 1, (0, 3): 1}


def test_views_and_returns_are_of_products_and_of_who_lists_them(seen: Seen) -> None:
    assert told(edges_of("viewed_product", seen)) == {(B, P): 2}
    assert told(edges_of("viewed_merchant", seen)) == {(B, M): 2}
    assert told(edges_of("returned_product", seen)) == {(B, Q): 1, (B2, P): 1}
    # q is listed by nobody, but only m sold it
    assert told(edges_of("returned_merchant", seen)) == {(B, M): 1, (B2, M): 1}


def test_a_view_before_the_window_is_left_out(seen: Seen) -> None:
    assert told(edges_of("viewed_product", seen, window_days=20)) == {(B, P): 1}


def test_a_creator_hosts_and_a_content_features(seen: Seen) -> None:
    assert spans(edges_of("hosts", seen)) == {(C, LIVE): (1, NOON, NOON)}
    assert spans(edges_of("features", seen)) == {(LIVE, P): (1, NOON, NOON)}


def test_both_ends_say_their_kinds(seen: Seen) -> None:
    (edge,) = edges_of("hosts", seen).collect()
    assert (edge["src_kind"], edge["dst_kind"], edge["relation"]) == ("creator", "content", "hosts")


def test_the_weight_is_the_product_of_its_factors(seen: Seen) -> None:
    (edge,) = edges_of("bought_merchant", seen, half_life_days=2).collect()
    # as of 1 March, noon of 20 February is nine and a half days ago
    assert edge["recency"] == pytest.approx(2 ** -(9.5 / 2), abs=1e-6)
    assert edge["evidence"] == log2(4)
    assert edge["rarity"] == 1
    assert edge["weight"] == edge["evidence"] * edge["recency"] * edge["rarity"]


def test_a_product_that_many_buy_weighs_less(spark: SparkSession) -> None:
    buyers = [f"b{n}" for n in range(7)]
    popular = seen_of(
        spark,
        *[f"buyer:{b}" for b in buyers],
        "product:p",
        "merchant:m",
        orders=[
            {"order_id": b, "buyer_id": b, "ordered_at": NOON - timedelta(days=n)}
            for n, b in enumerate(buyers)
        ],
        order_items=[{"order_id": b, "merchant_id": "m", "product_id": "p"} for b in buyers],
    )
    edges = edges_of("bought_product", popular).collect()
    assert len(edges) == 7
    assert {round(e["rarity"], 6) for e in edges} == {round(1 / log2(8), 6)}
    assert edges_of("bought_product", popular, min_evidence=2).isEmpty()
