"""The synthetic marketplace: one lazy frame for each canonical source table, and the truth about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

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
from marketgraph.tables.contract import Table
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


def builders(
    spark: SparkSession,
    *,
    scale: float,
    seed: int,
    start: date = START,
    days: int = 180,
    partitions: int | None = None,
    keep: Callable[[DataFrame], DataFrame] = _as_it_is,
) -> dict[str, Callable[[], DataFrame]]:
    """What builds each table's lazy frame, by name: those of SOURCE_TABLES, in their order, and `truth` (see TRUTH).

    scale: 1 is 2,000 merchants and 200,000 orders; below about 0.16 the counts of entities stop at what the
    planted groups need (320 merchants, 2,400 buyers). At any scale there are at least 3 merchant rings, 3
    review rings, 3 collusions and 6 groups of copied listings; 2 kiosks, 2 NATs, 2 warehouses, 30 families.
    The window is [start, start + days), in UTC; nothing in the frames is later, identifiers are in clear.
    partitions: of the ranges that the frames are made from; it changes no row. None: Spark's default.

    Building a frame takes a core for a second: a caller can have some built side by side.

    keep: is given the order lines, of which five tables are made, and returns them: a caller that writes all
    the tables persists them, and lets them go in the end.

    Raises ConfigError when scale is not above 0 or days is under 30.
    """
    world = world_of(spark, scale=scale, seed=seed, start=start, days=days, partitions=partitions)
    sold = Rows(keep(lines(world).frame))
    made: dict[Table, Callable[[], Rows]] = {
        MERCHANTS: partial(merchants, world),
        PRODUCTS: partial(products, world),
        CREATORS: partial(creators, world),
        CONTENTS: partial(contents, world),
        CONTENT_PRODUCTS: partial(content_products, world),
        BUYERS: partial(buyers, world),
        ORDERS: partial(orders, world, sold),
        ORDER_ITEMS: partial(order_items, world, sold),
        REVIEWS: partial(reviews, world, sold),
        PAYMENTS: partial(payments, world, sold),
        IDENTIFIERS: partial(identifiers, world),
        EVENTS: partial(events, world, sold),
        VIOLATIONS: partial(violations, world),
        TRUTH: partial(truth, world),
    }
    return {table.name: partial(_built, table, build) for table, build in made.items()}


def marketplace(spark: SparkSession, **settings: Any) -> dict[str, DataFrame]:
    """Lazy frames by table name; settings as in `builders`."""
    return {name: build() for name, build in builders(spark, **settings).items()}


def _built(table: Table, build: Callable[[], Rows]) -> DataFrame:
    return table.conform(build().frame)
