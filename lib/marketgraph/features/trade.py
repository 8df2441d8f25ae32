"""What each entity traded in a trailing window: counts, sums, distinct counterparts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.features.window import trailing
from marketgraph.tables.features import WINDOW_DAYS

Sources = Mapping[str, DataFrame]


def order_lines(sources: Sources, *, as_of: date) -> DataFrame:
    """One row per line of an order in the window, with the order's buyer and content: what every kind counts."""
    orders = trailing(sources["orders"], "ordered_at", as_of=as_of, days=WINDOW_DAYS)
    # many lines to one order
    return sources["order_items"].join(
        orders.select("order_id", "buyer_id", "content_id"), "order_id", "inner"
    )


def trade_features(kind: str, sources: Sources, *, lines: DataFrame, as_of: date) -> DataFrame:
    """One row per entity of `kind` that did anything in the window: (entity_id, the kind's *_30d columns).

    sources: the visible source tables by name. lines: from `order_lines`; a caller that asks for several kinds
    caches them. Money is summed as decimals, exactly, and given as a double.
    Raises KeyError for a kind that is not an entity kind.
    """
    by_kind = {
        "merchant": _merchants,
        "product": _products,
        "creator": _creators,
        "content": _contents,
        "buyer": _buyers,
    }
    return by_kind[kind](sources, lines, as_of)


def _merchants(_: Sources, lines: DataFrame, __: date) -> DataFrame:
    return lines.groupBy(F.col("merchant_id").alias("entity_id")).agg(
        _distinct("order_id", "orders"), _units(), _money("revenue"), _distinct("buyer_id", "buyers"),
        _distinct("product_id", "products"),
    )  # fmt: skip


def _products(sources: Sources, lines: DataFrame, as_of: date) -> DataFrame:
    sold = lines.groupBy(F.col("product_id").alias("entity_id")).agg(
        _distinct("order_id", "orders"), _units(), _money("revenue"), _distinct("buyer_id", "buyers"),
    )  # fmt: skip
    reviewed = _reviewed_products(sources, as_of).groupBy(F.col("product_id").alias("entity_id")).agg(
        _distinct("review", "reviews")
    )  # fmt: skip
    # one row per product on either side
    return sold.join(reviewed, "entity_id", "full_outer")


def _creators(sources: Sources, lines: DataFrame, as_of: date) -> DataFrame:
    contents = sources["contents"].select("content_id", "creator_id", "started_at")
    started = trailing(contents, "started_at", as_of=as_of, days=WINDOW_DAYS)
    made = started.groupBy(F.col("creator_id").alias("entity_id")).agg(_distinct("content_id", "contents"))
    # many features or lines to one content
    shown = _featured(sources, as_of).join(contents, "content_id", "inner")
    featured = shown.groupBy(F.col("creator_id").alias("entity_id")).agg(_distinct("product_id", "featured"))
    sold = _attributed(lines.join(contents, "content_id", "inner"), "creator_id")
    return made.join(featured, "entity_id", "full_outer").join(sold, "entity_id", "full_outer")


def _contents(sources: Sources, lines: DataFrame, as_of: date) -> DataFrame:
    featured = _featured(sources, as_of).groupBy(F.col("content_id").alias("entity_id")).agg(
        _distinct("product_id", "featured")
    )  # fmt: skip
    sold = _attributed(lines.where("content_id is not null"), "content_id")
    return featured.join(sold, "entity_id", "full_outer")


def _buyers(sources: Sources, lines: DataFrame, as_of: date) -> DataFrame:
    bought = lines.groupBy(F.col("buyer_id").alias("entity_id")).agg(
        _distinct("order_id", "orders"), _units(), _money("spend"), _distinct("merchant_id", "merchants"),
        _distinct("product_id", "products"),
    )  # fmt: skip
    written = (
        _reviews(sources, as_of)
        .groupBy(F.col("buyer_id").alias("entity_id"))
        .agg(_distinct("review", "reviews"))
    )
    return bought.join(written, "entity_id", "full_outer")


def _reviews(sources: Sources, as_of: date) -> DataFrame:
    written = trailing(sources["reviews"], "reviewed_at", as_of=as_of, days=WINDOW_DAYS)
    review = F.struct("review_id", "order_id").alias("review")
    # many reviews to one order
    return written.select(review, "order_id", "product_id").join(
        sources["orders"].select("order_id", "buyer_id"), "order_id", "inner"
    )


def _reviewed_products(sources: Sources, as_of: date) -> DataFrame:
    lines = sources["order_items"].select("order_id", F.col("product_id").alias("ordered_product"))
    # a review of an order to each of its lines
    named = _reviews(sources, as_of).join(lines, "order_id", "left")
    return named.select("review", F.coalesce("product_id", "ordered_product").alias("product_id")).where(
        "product_id is not null"
    )


def _featured(sources: Sources, as_of: date) -> DataFrame:
    return trailing(sources["content_products"], "featured_at", as_of=as_of, days=WINDOW_DAYS)


def _attributed(lines: DataFrame, column: str) -> DataFrame:
    return lines.groupBy(F.col(column).alias("entity_id")).agg(
        _distinct("order_id", "orders"), _money("revenue"), _distinct("buyer_id", "buyers")
    )


def _distinct(column: str, name: str) -> Column:
    return F.count_distinct(F.col(column)).alias(f"{name}_30d")


def _units() -> Column:
    return F.sum("quantity").alias("units_30d")


def _money(name: str) -> Column:
    return F.sum(F.col("quantity") * F.col("unit_price")).cast("double").alias(f"{name}_30d")
