"""Acts: events, order lines and reviews as one kind of row, in vertices."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, LongType, StringType, StructField, StructType, TimestampType

from marketgraph.edges.vertices import any_in_vertices, in_vertices, name_of
from marketgraph.features.money import Money
from marketgraph.sequences.prices import bucket_of
from marketgraph.sequences.rules import SequencesConfig

Sources = Mapping[str, DataFrame]
ORDER, REVIEW = "order", "review"
ACTS = StructType(
    [
        StructField("actor", LongType()),
        StructField("actor_kind", StringType()),
        StructField("verb", StringType()),
        StructField("object", LongType()),
        StructField("object_kind", StringType()),
        StructField("merchant", LongType()),
        StructField("content", LongType()),
        StructField("price", StringType()),
        StructField("time", TimestampType()),
        StructField("act_id", StringType()),
        StructField("again", BooleanType()),
    ]
)


def acts_in(sources: Sources, vertex_ids: DataFrame, rule: SequencesConfig, money: Money) -> DataFrame:
    """One row per act, at ACTS: each event, each line of an order, each product of a review.

    merchant: who sold what was ordered or reviewed. again: whether the act has a row already: a product that several
    merchants sold in one order is reviewed once, with a row for each of them. content: where an order came from.
    act_id: what the act is known by in its source. price: the bucket's token, in the currency that features are in;
    only order lines have one, for a listed price has no date and would tell of later. A review of a whole order is an
    act for each of its products, as in the relations.
    """
    made = {
        "events": lambda: _events(sources["events"], vertex_ids),
        "orders": lambda: _orders(sources, vertex_ids, rule, money),
        "reviews": lambda: _reviews(sources, vertex_ids),
    }
    told = [made[source]() for source in dict.fromkeys(rule.sources)]
    return reduce(DataFrame.unionAll, [frame.select(*ACTS.names) for frame in told])


def _events(events: DataFrame, vertex_ids: DataFrame) -> DataFrame:
    told = events.select(
        *("actor_kind", "actor_id", "verb", "object_kind", "object_id"),
        F.col("occurred_at").alias("time"),
        F.col("event_id").alias("act_id"),
    )
    met = any_in_vertices(any_in_vertices(told, vertex_ids, end="actor"), vertex_ids, end="object")
    nothing = F.lit(None)
    return met.withColumns(
        {
            "actor_kind": name_of(F.col("actor_kind")),
            "object_kind": name_of(F.col("object_kind")),
            "merchant": nothing.cast("long"),
            "content": nothing.cast("long"),
            "price": nothing.cast("string"),
            "again": F.lit(False),
        }
    )


def _orders(sources: Sources, vertex_ids: DataFrame, rule: SequencesConfig, money: Money) -> DataFrame:
    orders = sources["orders"].select("order_id", "buyer_id", "ordered_at", "content_id", "currency")
    # many lines to one order
    lines = sources["order_items"].join(orders, "order_id", "inner")
    price = bucket_of(money.converted("unit_price"), rule.prices)
    told = lines.select(
        *("buyer_id", "product_id", "merchant_id", "content_id"),
        price.alias("price"),
        F.col("ordered_at").alias("time"),
        F.concat_ws(":", "order_id", "item_number").alias("act_id"),
    )
    met = in_vertices(
        told, vertex_ids, buyer="buyer_id", product="product_id", merchant="merchant_id", content="content_id"
    )
    return _of_buyers(met.withColumn("again", F.lit(False)), ORDER)


def _reviews(sources: Sources, vertex_ids: DataFrame) -> DataFrame:
    # many reviews to one order, whose buyer wrote them
    written = sources["reviews"].join(sources["orders"].select("order_id", "buyer_id"), "order_id", "inner")
    by = sources["order_items"].groupBy("order_id", "product_id")
    sellers = by.agg(F.sort_array(F.collect_set("merchant_id")).alias("merchants"))
    sold = sellers.select("order_id", "product_id", F.posexplode("merchants").alias("place", "merchant_id"))
    # a review without a product is of each product of its order; one with a product that no line has stands by itself
    is_of = (F.col("told.order_id") == F.col("sold.order_id")) & (
        F.col("told.product_id").isNull() | (F.col("told.product_id") == F.col("sold.product_id"))
    )
    of = written.alias("told").join(sold.alias("sold"), is_of, "left")
    told = of.select(
        F.col("told.buyer_id").alias("buyer_id"),
        F.coalesce("sold.product_id", "told.product_id").alias("product_id"),
        F.col("sold.merchant_id").alias("merchant_id"),
        F.col("told.reviewed_at").alias("time"),
        F.concat_ws(":", "told.review_id", "told.order_id").alias("act_id"),
        F.coalesce(F.col("sold.place") > 0, F.lit(False)).alias("again"),
    )
    met = in_vertices(told, vertex_ids, buyer="buyer_id", product="product_id", merchant="merchant_id")
    nothing = F.lit(None)
    return _of_buyers(
        met.withColumns({"price": nothing.cast("string"), "content": nothing.cast("long")}), REVIEW
    )


def _of_buyers(met: DataFrame, verb: str) -> DataFrame:
    """Acts of buyers on products. A review of an order without lines is of nothing, and left out."""
    named = met.withColumnsRenamed({"buyer": "actor", "product": "object"}).where("object is not null")
    kinds = {"actor_kind": F.lit("buyer"), "object_kind": F.lit("product"), "verb": F.lit(verb)}
    return named.withColumns(kinds)
