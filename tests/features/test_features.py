from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from pyspark.sql import SparkSession

from marketgraph.features.block import Block
from marketgraph.features.entity import features_of
from marketgraph.features.trade import order_lines, trade_features
from tests.builders import AS_OF, NOON, sources_of

LONG_AGO = datetime(2024, 1, 30, 23, 59, 59)  # a second before the 30 days begin
FIRST_MOMENT = datetime(2024, 1, 31)


def sales(spark: SparkSession):
    """m sells p to b and c within the 30 days, and to d just before them."""
    return sources_of(
        spark,
        orders=[
            {"order_id": "1", "buyer_id": "b", "ordered_at": FIRST_MOMENT},
            {"order_id": "2", "buyer_id": "c", "ordered_at": NOON},
            {"order_id": "3", "buyer_id": "d", "ordered_at": LONG_AGO},
        ],
        order_items=[
            {
                "order_id": "1",
                "merchant_id": "m",
                "product_id": "p",
                "quantity": 2,
                "unit_price": Decimal("0.1"),
            },
            {"order_id": "2", "merchant_id": "m", "product_id": "p", "unit_price": Decimal("0.2")},
            {"order_id": "2", "item_number": 2, "merchant_id": "m", "product_id": "q"},
            {"order_id": "3", "merchant_id": "m", "product_id": "r"},
        ],
        reviews=[{"review_id": "r", "order_id": "2"}],
    )


def trade(kind: str, sources):
    return trade_features(kind, sources, lines=order_lines(sources, as_of=AS_OF), as_of=AS_OF)


def only(frame) -> dict:
    (row,) = frame.collect()
    return row.asDict()


def test_the_window_is_half_open_and_money_adds_up_exactly(spark: SparkSession) -> None:
    assert only(trade("merchant", sales(spark))) == {
        "entity_id": "m",
        "orders_30d": 2,
        "units_30d": 4,
        "revenue_30d": 10.4,
        "buyers_30d": 2,
        "products_30d": 2,
    }


def test_a_review_of_an_order_counts_for_its_products_and_its_buyer(spark: SparkSession) -> None:
    products = {r["entity_id"]: r["reviews_30d"] for r in trade("product", sales(spark)).collect()}
    assert products == {"p": 1, "q": 1}
    buyers = {r["entity_id"]: r["reviews_30d"] for r in trade("buyer", sales(spark)).collect()}
    assert buyers == {"b": None, "c": 1}


def test_an_entity_that_did_nothing_has_zeros_and_a_community_of_one(spark: SparkSession) -> None:
    from marketgraph.tables.features import BUYERS

    entities = spark.createDataFrame([(7, "quiet")], "vertex_id long, buyer_id string")
    columns = tuple(c for c in BUYERS.columns if c.name == "community_size" or c.name.startswith("degree_"))
    frame = entities.selectExpr("vertex_id", *[f"{int('size' in c.name)}L as {c.name}" for c in columns])
    blocks = [Block(frame, columns)]
    row = only(features_of("buyer", entities, trade=trade("buyer", sources_of(spark)), blocks=blocks))
    assert (row.pop("vertex_id"), row.pop("community_size")) == (7, 1)
    assert list(row) == [c.name for c in BUYERS.columns if c.name not in ("vertex_id", "community_size")]
    assert set(row.values()) == {0}
