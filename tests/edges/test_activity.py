from __future__ import annotations

from datetime import datetime
from math import log2

import pytest
from pyspark.sql import DataFrame, SparkSession

from marketgraph.edges.bought import bought_merchant_edges, bought_product_edges
from marketgraph.edges.features import features_edges
from marketgraph.edges.hosts import hosts_edges
from marketgraph.edges.pairs import order_lines
from marketgraph.edges.reviewed import reviewed_edges
from marketgraph.edges.sells import sells_edges
from tests.builders import NOON, ids_of, sources_of

EARLIER = datetime(2024, 2, 1)
ENTITIES = ("merchant:m", "product:p", "product:q", "buyer:b", "creator:c", "content:live")
M, P, Q, B, C, LIVE = range(6)


def story(spark: SparkSession) -> dict[str, DataFrame]:
    """b orders p twice and q once from m; reviews the second order as a whole, and p of the first."""
    return sources_of(
        spark,
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
    )


def told(edges: DataFrame) -> dict[tuple[int, int], tuple[int, datetime, datetime]]:
    return {
        (e["src"], e["dst"]): (e["evidence_count"], e["first_seen"], e["last_seen"]) for e in edges.collect()
    }


@pytest.fixture
def sources(spark: SparkSession) -> dict[str, DataFrame]:
    return story(spark)


def lines_of(sources):
    return order_lines(sources["orders"], sources["order_items"])


def test_sells_counts_order_lines_and_knows_listings(spark: SparkSession, sources) -> None:
    ids = ids_of(spark, *ENTITIES)
    edges = sells_edges(sources["products"], lines_of(sources), vertex_ids=ids)
    assert told(edges) == {(M, P): (2, EARLIER, NOON), (M, Q): (1, NOON, NOON)}


def test_a_listing_without_sales_counts_once(spark: SparkSession) -> None:
    quiet = sources_of(spark, products=[{"product_id": "p", "merchant_id": "m", "listed_at": EARLIER}])
    edges = sells_edges(quiet["products"], lines_of(quiet), vertex_ids=ids_of(spark, *ENTITIES))
    assert told(edges) == {(M, P): (1, EARLIER, EARLIER)}


def test_bought_joins_the_buyer_to_products_and_merchants(spark: SparkSession, sources) -> None:
    ids, lines = ids_of(spark, *ENTITIES), lines_of(sources)
    assert told(bought_product_edges(lines, vertex_ids=ids)) == {
        (B, P): (2, EARLIER, NOON),
        (B, Q): (1, NOON, NOON),
    }
    assert told(bought_merchant_edges(lines, vertex_ids=ids)) == {(B, M): (3, EARLIER, NOON)}


def test_a_review_of_an_order_is_of_each_of_its_products(spark: SparkSession, sources) -> None:
    edges = reviewed_edges(
        sources["reviews"], sources["orders"], sources["order_items"], vertex_ids=ids_of(spark, *ENTITIES)
    )
    assert told(edges) == {(B, P): (2, NOON, NOON), (B, Q): (1, NOON, NOON)}


def test_a_creator_hosts_and_a_content_features(spark: SparkSession, sources) -> None:
    ids = ids_of(spark, *ENTITIES)
    assert told(hosts_edges(sources["contents"], vertex_ids=ids)) == {(C, LIVE): (1, NOON, NOON)}
    assert told(features_edges(sources["content_products"], vertex_ids=ids)) == {(LIVE, P): (1, NOON, NOON)}


def test_weight_grows_with_the_log_of_the_evidence(spark: SparkSession, sources) -> None:
    edges = bought_merchant_edges(lines_of(sources), vertex_ids=ids_of(spark, *ENTITIES))
    assert edges.first()["weight"] == pytest.approx(log2(4))
