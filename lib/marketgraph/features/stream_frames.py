"""The frames of the streams, made of the visible source tables. streams.py says what their rows are.

What a row takes over from another table counts only where it was known at the row's own time: a lister, a host. Where a
row is nothing without the other table's row (the order of a review), it counts once both were known (`known_at`). So a
row says the same whenever it is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.features.money import Money
from marketgraph.features.streams import STREAMS

Sources = Mapping[str, DataFrame]


def stream_frames(names: Iterable[str], sources: Sources, money: Money) -> dict[str, DataFrame]:
    """The frames of these streams by name. sources: visible source tables by name; money: how amounts are converted."""
    return {name: _conformed(name, _BUILDERS[name](sources, money)) for name in names}


def _conformed(name: str, frame: DataFrame) -> DataFrame:
    types = {
        "text": "string",
        "whole": "long",
        "money": "decimal(18,4)",
        "time": "timestamp",
        "flag": "boolean",
    }
    return frame.select(*[F.col(c.name).cast(types[c.type]).alias(c.name) for c in STREAMS[name].columns])


def _orders(sources: Sources, _: Money) -> DataFrame:
    hosts = sources["contents"].select(
        "content_id", "creator_id", F.col("kind").alias("content_kind"), "started_at"
    )
    # at most one content to one order
    told = sources["orders"].join(hosts, "content_id", "left")
    return _unless_later(told, "started_at", "ordered_at", "creator_id", "content_kind").withColumn(
        "hour", F.hour("ordered_at")
    )


def _order_lines(sources: Sources, money: Money) -> DataFrame:
    # many lines to one order
    lines = sources["order_items"].join(_orders(sources, money), "order_id", "inner")
    price, shipping = money.converted("unit_price"), money.converted("shipping")
    told = lines.withColumns({"unit_price": price, "shipping": shipping})
    return told.withColumn("amount", F.expr("cast(quantity * unit_price as decimal(18,4))"))


def _reviews(sources: Sources, _: Money) -> DataFrame:
    orders = sources["orders"].select("order_id", "buyer_id", "ordered_at")
    # many reviews to one order
    told = sources["reviews"].join(orders, "order_id", "inner")
    return told.withColumns(
        {
            "review": F.concat_ws("/", "review_id", "order_id"),
            "days_after_order": F.floor(
                (F.unix_micros("reviewed_at") - F.unix_micros("ordered_at")) / (24 * 3_600_000_000)
            ),
            "known_at": F.greatest("reviewed_at", "ordered_at"),
        }
    )


def _reviewed_products(sources: Sources, money: Money) -> DataFrame:
    told = _reviews(sources, money).withColumnRenamed("product_id", "named")
    lines = sources["order_items"].select("order_id", F.col("product_id").alias("sold"), "merchant_id")
    sold = lines.repartition("order_id").distinct().withColumnRenamed("order_id", "of_order")
    # a review of an order to each of its products; one of a product to the merchants that sold it in that order
    is_of = (F.col("order_id") == F.col("of_order")) & (
        F.col("named").isNull() | (F.col("named") == F.col("sold"))
    )
    every = told.join(sold, is_of, "left").withColumn("product_id", F.coalesce("sold", "named"))
    return every.where("product_id is not null")


def _payments(sources: Sources, money: Money) -> DataFrame:
    orders = sources["orders"].select("order_id", "buyer_id", "currency", "ordered_at")
    # many payments to one order
    told = sources["payments"].join(orders, "order_id", "inner")
    paid = F.coalesce("paid_at", "ordered_at")
    return told.withColumns(
        {"amount": money.converted("amount"), "paid_at": paid, "known_at": F.greatest(paid, "ordered_at")}
    )


def _contents(sources: Sources, _: Money) -> DataFrame:
    return sources["contents"].withColumn("hour", F.hour("started_at"))


def _sessions(sources: Sources, _: Money) -> DataFrame:
    ended = sources["contents"].where("kind = 'live' and ended_at is not null")
    lasted = F.unix_micros("ended_at") - F.unix_micros("started_at")
    return ended.withColumn("minutes", F.floor(lasted / 60_000_000))


def _featured(sources: Sources, _: Money) -> DataFrame:
    contents = sources["contents"].select("content_id", "creator_id", "started_at")
    # many products to one content, one lister to one product
    told = sources["content_products"].join(contents, "content_id", "inner")
    listed = _with_lister(told, sources, "product_id", "featured_at")
    return listed.withColumn("known_at", F.greatest("featured_at", "started_at"))


def _events(sources: Sources, _: Money) -> DataFrame:
    of_product = F.when(F.col("object_kind") == "product", F.col("object_id"))
    of_content = F.when(F.col("object_kind") == "content", F.col("object_id"))
    hosts = sources["contents"].select(F.col("content_id").alias("shown"), "creator_id", "started_at")
    told = sources["events"].drop("properties").withColumns({"acted_on": of_product, "shown": of_content})
    listed = _with_lister(told, sources, "acted_on", "occurred_at")
    # one host to one content
    hosted = _unless_later(listed.join(hosts, "shown", "left"), "started_at", "occurred_at", "creator_id")
    return hosted.withColumn("hour", F.hour("occurred_at"))


def _identifiers(sources: Sources, _: Money) -> DataFrame:
    return sources["identifiers"]


def _violations(sources: Sources, _: Money) -> DataFrame:
    product = F.when(F.col("entity_kind") == "product", F.col("entity_id"))
    told = sources["violations"].withColumn("acted_on", product)
    return _with_lister(told, sources, "acted_on", "decided_at")


def _listings(sources: Sources, _: Money) -> DataFrame:
    return sources["products"].where("merchant_id is not null")


def _with_lister(frame: DataFrame, sources: Sources, product: str, time: str) -> DataFrame:
    """`frame` with the merchant who lists a product; null where it was listed after the row's time."""
    listers = sources["products"].select(F.col("product_id").alias(product), "merchant_id", "listed_at")
    return _unless_later(frame.join(listers, product, "left"), "listed_at", time, "merchant_id")


def _unless_later(frame: DataFrame, start: str, time: str, *names: str) -> DataFrame:
    """`frame` with null in these columns where `start` lies after `time`. A null start: since before the data."""
    in_time = F.coalesce(F.col(start) <= F.col(time), F.lit(True))
    return frame.withColumns({name: F.when(in_time, F.col(name)) for name in names})


_BUILDERS: dict[str, Callable[[Sources, Money], DataFrame]] = {
    "order_lines": _order_lines,
    "orders": _orders,
    "reviews": _reviews,
    "reviewed_products": _reviewed_products,
    "payments": _payments,
    "contents": _contents,
    "sessions": _sessions,
    "featured": _featured,
    "events": _events,
    "identifiers": _identifiers,
    "violations": _violations,
    "listings": _listings,
}
