"""What the relations are made of: the source tables with vertex ids in place of source ids, each joined once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.vertices import any_in_vertices, in_vertices


@dataclass(frozen=True)
class Seen:
    """Source rows as of a date, ids of entities as vertex ids (columns named by kind), kinds as codes.

    listings: one row per product: product, merchant (who lists it, else the only one who sold it; null: several sell
    it), listed (whether the merchant lists it), title, category, image_hash, measures, listed_at.
    lines: one row per order line: order_id, buyer, merchant, product, ordered_at.
    reviews: one row per review, product and merchant of its order that it is of: review_id, order_id, buyer, product,
    merchant (null: no line of the order has the product), rating, reviewed_at.
    contents: one row per content: content, creator, started_at. featured: one row per content and product: featured_at.
    events: one row per act: actor, actor_kind, verb, object, object_kind, occurred_at.
    identifiers: one row per sighting: kind, value, entity, entity_kind, first_seen, last_seen.
    """

    listings: DataFrame
    lines: DataFrame
    reviews: DataFrame
    contents: DataFrame
    featured: DataFrame
    events: DataFrame
    identifiers: DataFrame


def seen_in(
    sources: Mapping[str, DataFrame], vertex_ids: DataFrame, *, all_items: DataFrame | None = None
) -> Seen:
    """The source rows that relations are made of.

    sources: visible source tables by name. vertex_ids: the id map. all_items: all order items, where those of
    `sources` are some of them only: who alone sells a product is seen from all.
    """
    lines = order_lines(sources["orders"], sources["order_items"])
    lines = in_vertices(lines, vertex_ids, buyer="buyer_id", merchant="merchant_id", product="product_id")
    return Seen(
        listings=_listings(
            sources["products"], sources["order_items"] if all_items is None else all_items, vertex_ids
        ),
        lines=lines,
        reviews=_reviews(sources["reviews"], sources["orders"], lines, vertex_ids),
        contents=in_vertices(
            sources["contents"].select("content_id", "creator_id", "started_at"),
            vertex_ids,
            content="content_id",
            creator="creator_id",
        ),
        featured=in_vertices(
            sources["content_products"], vertex_ids, content="content_id", product="product_id"
        ),
        events=_events(sources["events"], vertex_ids),
        identifiers=_identifiers(sources["identifiers"], vertex_ids),
    )


def order_lines(orders: DataFrame, order_items: DataFrame) -> DataFrame:
    """One row per order line with its order's buyer and time. Many lines to one order."""
    lines = order_items.select("order_id", "merchant_id", "product_id")
    return lines.join(orders.select("order_id", "buyer_id", "ordered_at"), "order_id", "inner")


def _listings(products: DataFrame, items: DataFrame, vertex_ids: DataFrame) -> DataFrame:
    unlisted = products.where("merchant_id is null").select("product_id")
    # at most one seller to one product
    told = products.drop("price").join(_only_sellers(items, unlisted), "product_id", "left")
    named = told.withColumns(
        {"listed": F.col("merchant_id").isNotNull(), "owner_id": F.coalesce("merchant_id", "seller_id")}
    )
    return in_vertices(
        named.drop("merchant_id", "seller_id"), vertex_ids, product="product_id", merchant="owner_id"
    )


def _only_sellers(items: DataFrame, products: DataFrame) -> DataFrame:
    """(product_id, seller_id) of these products that one merchant alone sold. Many items to one product."""
    sold = items.select("product_id", "merchant_id").join(products, "product_id", "left_semi")
    seller = F.min("merchant_id")
    each = sold.groupBy("product_id").agg(F.when(seller == F.max("merchant_id"), seller).alias("seller_id"))
    return each.where("seller_id is not null")


def _reviews(reviews: DataFrame, orders: DataFrame, lines: DataFrame, vertex_ids: DataFrame) -> DataFrame:
    # many reviews to one order, whose buyer wrote them
    written = reviews.join(orders.select("order_id", "buyer_id"), "order_id", "inner")
    told = in_vertices(written, vertex_ids, buyer="buyer_id", product="product_id")
    sold = lines.select("order_id", "product", "merchant").distinct()
    # a review without a product is of each product of its order; one with a product that no line has stands by itself
    is_of = (F.col("told.order_id") == F.col("sold.order_id")) & (
        F.col("told.product").isNull() | (F.col("told.product") == F.col("sold.product"))
    )
    of = told.alias("told").join(sold.alias("sold"), is_of, "left")
    return of.select(
        *[F.col(f"told.{name}") for name in ("review_id", "order_id", "buyer", "rating", "reviewed_at")],
        F.coalesce("sold.product", "told.product").alias("product"),
        F.col("sold.merchant").alias("merchant"),
    )


def _events(events: DataFrame, vertex_ids: DataFrame) -> DataFrame:
    told = events.select("actor_kind", "actor_id", "verb", "object_kind", "object_id", "occurred_at")
    return any_in_vertices(any_in_vertices(told, vertex_ids, end="actor"), vertex_ids, end="object")


def _identifiers(identifiers: DataFrame, vertex_ids: DataFrame) -> DataFrame:
    told = identifiers.withColumn("last_seen", F.coalesce("last_seen", "first_seen"))
    return any_in_vertices(told, vertex_ids, end="entity")
