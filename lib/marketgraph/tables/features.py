"""The feature tables: one row per entity as of the date, over the 30 days before it."""

from __future__ import annotations

from pyspark.sql.types import DoubleType, LongType

from marketgraph.tables.contract import Column, Table
from marketgraph.tables.relations import relations_of

WINDOW_DAYS = 30
LONG, DOUBLE = LongType(), DoubleType()


def _count(name: str, meaning: str) -> Column:
    return Column(f"{name}_30d", LONG, meaning, "count", minimum=0)


def _sum(name: str, meaning: str) -> Column:
    return Column(f"{name}_30d", DOUBLE, meaning, "currency", minimum=0)


def _feature_table(name: str, kind: str, *windowed: Column) -> Table:
    degrees = [
        Column(f"degree_{relation}", LONG, f"edges of relation {relation} at the vertex", "edges", minimum=0)
        for relation in relations_of(kind)
    ]
    return Table(
        room="features",
        name=name,
        grain=f"one row per {kind}; *_30d look at the {WINDOW_DAYS} days before as_of, half-open, UTC",
        key=("vertex_id",),
        may_be_empty=kind in ("creator", "content"),
        columns=(
            Column("vertex_id", LONG, f"the {kind}", minimum=0),
            *windowed,
            *degrees,
            Column("community_size", LONG, "vertices with its label, itself too", "vertices", minimum=1),
        ),
    )


MERCHANTS = _feature_table(
    "merchants",
    "merchant",
    _count("orders", "orders with a line of the merchant"),
    _count("units", "units sold"),
    _sum("revenue", "quantity times unit price"),
    _count("buyers", "distinct buyers"),
    _count("products", "distinct products sold"),
)
PRODUCTS = _feature_table(
    "products",
    "product",
    _count("orders", "orders with the product"),
    _count("units", "units sold"),
    _sum("revenue", "quantity times unit price"),
    _count("buyers", "distinct buyers"),
    _count("reviews", "reviews of it, or of an order with it"),
)
CREATORS = _feature_table(
    "creators",
    "creator",
    _count("contents", "live sessions and videos started"),
    _count("featured", "distinct products featured"),
    _count("orders", "orders that came from the creator's contents"),
    _sum("revenue", "value of these orders"),
    _count("buyers", "distinct buyers of these orders"),
)
CONTENTS = _feature_table(
    "contents",
    "content",
    _count("featured", "distinct products featured"),
    _count("orders", "orders that came from it"),
    _sum("revenue", "value of these orders"),
    _count("buyers", "distinct buyers of these orders"),
)
BUYERS = _feature_table(
    "buyers",
    "buyer",
    _count("orders", "orders placed"),
    _count("units", "units bought"),
    _sum("spend", "quantity times unit price"),
    _count("merchants", "distinct merchants bought from"),
    _count("products", "distinct products bought"),
    _count("reviews", "reviews written"),
)

FEATURE_TABLES = {
    "merchant": MERCHANTS,
    "product": PRODUCTS,
    "creator": CREATORS,
    "content": CONTENTS,
    "buyer": BUYERS,
}
