"""The synthetic marketplace: one lazy frame for each canonical source table, and the truth about it."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame, SparkSession

from marketgraph.synth.aftermath import payments, reviews
from marketgraph.synth.baskets import baskets
from marketgraph.synth.catalogue import products
from marketgraph.synth.contents import content_products, contents
from marketgraph.synth.events import events
from marketgraph.synth.orders import lines, order_items, orders, with_fate
from marketgraph.synth.people import buyers, creators, merchants
from marketgraph.synth.sharing import identifiers
from marketgraph.synth.truth import TRUTH, truth
from marketgraph.synth.violations import violations
from marketgraph.synth.world import world_of
from marketgraph.tables.sources import SOURCE_TABLES

START = date(2024, 1, 1)


def marketplace(
    spark: SparkSession,
    *,
    scale: float,
    seed: int,
    start: date = START,
    days: int = 180,
    partitions: int | None = None,
) -> dict[str, DataFrame]:
    """Lazy frames by table name: those of SOURCE_TABLES, in their order, and `truth` (see TRUTH).

    scale: 1 is 2,000 merchants and 200,000 orders; below about 0.16 the counts of entities stop at what the
    planted groups need (320 merchants, 2,400 buyers). At any scale there are at least 3 merchant rings, 3
    review rings, 3 collusions and 6 groups of copied listings; 2 kiosks, 2 NATs, 2 warehouses, 30 families.
    The window is [start, start + days), in UTC; nothing in the frames is later, identifiers are in clear.
    partitions: of the ranges that the frames are made from; it changes no row. None: Spark's default.

    Raises ConfigError when scale is not above 0 or days is under 30.
    """
    world = world_of(scale=scale, seed=seed, start=start, days=days, partitions=partitions)
    placed = with_fate(world, baskets(world, spark))
    sold = lines(world, placed)
    built = {
        "merchants": merchants(world, spark),
        "products": products(world, spark),
        "creators": creators(world, spark),
        "contents": contents(world, spark),
        "content_products": content_products(world, spark),
        "buyers": buyers(world, spark),
        "orders": orders(world, placed),
        "order_items": order_items(world, sold),
        "reviews": reviews(world, sold),
        "payments": payments(world, sold),
        "identifiers": identifiers(world, spark),
        "events": events(world, spark, placed),
        "violations": violations(world, spark),
    }
    frames = {table.name: table.conform(built[table.name]) for table in SOURCE_TABLES}
    return {**frames, TRUTH.name: truth(world, spark)}
