"""The synthetic marketplace: one lazy frame for each canonical source table, and the truth about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from pyspark.sql import DataFrame, SparkSession

from marketgraph.synth.aftermath import payments, reviews
from marketgraph.synth.catalogue import products
from marketgraph.synth.contents import content_products, contents
from marketgraph.synth.events import events
from marketgraph.synth.orders import lines, order_items, orders
from marketgraph.synth.people import buyers, creators, merchants
from marketgraph.synth.rows import Rows
from marketgraph.synth.sharing import identifiers
from marketgraph.synth.truth import TRUTH, truth
from marketgraph.synth.violations import violations
from marketgraph.synth.world import world_of
from marketgraph.tables.sources import (
    BUYERS,
    CONTENT_PRODUCTS,
    CONTENTS,
    CREATORS,
    EVENTS,
    IDENTIFIERS,
    MERCHANTS,
    ORDER_ITEMS,
    ORDERS,
    PAYMENTS,
    PRODUCTS,
    REVIEWS,
    VIOLATIONS,
)

START = date(2024, 1, 1)


def _as_it_is(frame: DataFrame) -> DataFrame:
    return frame


def marketplace(
    spark: SparkSession,
    *,
    scale: float,
    seed: int,
    start: date = START,
    days: int = 180,
    partitions: int | None = None,
    keep: Callable[[DataFrame], DataFrame] = _as_it_is,
) -> dict[str, DataFrame]:
    """Lazy frames by table name: those of SOURCE_TABLES, in their order, and `truth` (see TRUTH).

    scale: 1 is 2,000 merchants and 200,000 orders; below about 0.16 the counts of entities stop at what the
    planted groups need (320 merchants, 2,400 buyers). At any scale there are at least 3 merchant rings, 3
    review rings, 3 collusions and 6 groups of copied listings; 2 kiosks, 2 NATs, 2 warehouses, 30 families.
    The window is [start, start + days), in UTC; nothing in the frames is later, identifiers are in clear.
    partitions: of the ranges that the frames are made from; it changes no row. None: Spark's default.

    keep: is given the order lines, of which five tables are made, and returns them: a caller that writes all
    the tables persists them, and lets them go in the end.

    Raises ConfigError when scale is not above 0 or days is under 30.
    """
    world = world_of(spark, scale=scale, seed=seed, start=start, days=days, partitions=partitions)
    sold = Rows(keep(lines(world).frame))
    built = {
        MERCHANTS: merchants(world),
        PRODUCTS: products(world),
        CREATORS: creators(world),
        CONTENTS: contents(world),
        CONTENT_PRODUCTS: content_products(world),
        BUYERS: buyers(world),
        ORDERS: orders(world, sold),
        ORDER_ITEMS: order_items(world, sold),
        REVIEWS: reviews(world, sold),
        PAYMENTS: payments(world, sold),
        IDENTIFIERS: identifiers(world),
        EVENTS: events(world, sold),
        VIOLATIONS: violations(world),
        TRUTH: truth(world),
    }
    return {table.name: table.conform(rows.frame) for table, rows in built.items()}
