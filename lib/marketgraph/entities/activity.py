"""When each entity was first and last seen to do or meet anything, from all the sources that carry a time."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

Sources = Mapping[str, DataFrame]
EntityColumn = tuple[str, str]


def activity_spans(sources: Sources) -> DataFrame:
    """One row per entity that was ever active: (entity_kind, entity_id, first_activity, last_activity).

    sources: the visible source tables by name. One shuffle sums up all sightings; Spark first sums up what is
    on one partition, so that it carries about one row per entity, not one per event.
    """
    sightings = [*_of_orders(sources), *_of_contents(sources), _of_reviews(sources), _of_events(sources)]
    return (
        reduce(DataFrame.unionByName, sightings)
        .where("entity_id is not null")
        .groupBy("entity_kind", "entity_id")
        .agg(F.min("time").alias("first_activity"), F.max("time").alias("last_activity"))
    )


def _of_orders(sources: Sources) -> list[DataFrame]:
    orders = sources["orders"].select("order_id", "buyer_id", "content_id", "ordered_at")
    # many lines to one order
    lines = (
        sources["order_items"]
        .select("order_id", "merchant_id", "product_id")
        .join(orders, "order_id", "inner")
    )
    return [
        _sightings(orders, "ordered_at", ("buyer", "buyer_id"), ("content", "content_id")),
        _sightings(lines, "ordered_at", ("merchant", "merchant_id"), ("product", "product_id")),
    ]


def _of_contents(sources: Sources) -> list[DataFrame]:
    contents = ("content", "content_id")
    return [
        _sightings(sources["contents"], "started_at", contents, ("creator", "creator_id")),
        _sightings(sources["content_products"], "featured_at", contents, ("product", "product_id")),
    ]


def _of_reviews(sources: Sources) -> DataFrame:
    # many reviews to one order, whose buyer wrote them
    reviews = sources["reviews"].join(sources["orders"].select("order_id", "buyer_id"), "order_id", "inner")
    return _sightings(reviews, "reviewed_at", ("buyer", "buyer_id"), ("product", "product_id"))


def _of_events(sources: Sources) -> DataFrame:
    actor = F.struct(F.col("actor_kind").alias("kind"), F.col("actor_id").alias("id"))
    object_ = F.struct(F.col("object_kind").alias("kind"), F.col("object_id").alias("id"))
    seen = sources["events"].select(F.explode(F.array(actor, object_)).alias("entity"), "occurred_at")
    return seen.select(
        F.col("entity.kind").alias("entity_kind"),
        F.col("entity.id").alias("entity_id"),
        F.col("occurred_at").alias("time"),
    )


def _sightings(frame: DataFrame, time: str, *entities: EntityColumn) -> DataFrame:
    """One row per row and entity of `frame`: the entities of a row are read in one pass."""
    seen = F.array(
        *[F.struct(F.lit(kind).alias("kind"), F.col(column).alias("id")) for kind, column in entities]
    )
    return frame.select(F.explode(seen).alias("entity"), F.col(time).alias("time")).select(
        F.col("entity.kind").alias("entity_kind"), F.col("entity.id").alias("entity_id"), "time"
    )
