"""Small frames for small stories: each builder fills in what a story leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from marketgraph.tables import Table
from marketgraph.tables.entities import VERTEX_IDS
from marketgraph.tables.sources import SOURCE_TABLES

AS_OF = date(2024, 3, 1)
NOON = datetime(2024, 2, 20, 12)

_FILLERS: dict[str, dict[str, Any]] = {
    "contents": {"kind": "video", "started_at": NOON},
    "content_products": {"featured_at": NOON},
    "orders": {"ordered_at": NOON, "status": "delivered"},
    "order_items": {"item_number": 1, "quantity": 1, "unit_price": Decimal("10.0000")},
    "reviews": {"rating": 5, "reviewed_at": NOON},
    "payments": {"payment_number": 1, "amount": Decimal("10.0000")},
    "identifiers": {"entity_kind": "merchant", "kind": "device", "first_seen": NOON, "last_seen": NOON},
    "events": {"actor_kind": "buyer", "object_kind": "product", "verb": "view", "occurred_at": NOON},
}


def rows_of(spark: SparkSession, table: Table, rows: Sequence[dict[str, Any]]) -> DataFrame:
    """A frame at the table's contract: what a row leaves out is its filler, else null."""
    filler = _FILLERS.get(table.name, {}) if table.room == "sources" else {}
    names = [c.name for c in table.columns]
    return spark.createDataFrame(
        [tuple({**filler, **row}.get(n) for n in names) for row in rows], _loose(table)
    )


def sources_of(spark: SparkSession, **rows: Sequence[dict[str, Any]]) -> dict[str, DataFrame]:
    """Every source table by name, empty where the story says nothing of it."""
    return {table.name: rows_of(spark, table, rows.get(table.name, [])) for table in SOURCE_TABLES}


def ids_of(spark: SparkSession, *entities: str) -> DataFrame:
    """The id map of entities given as `kind:id`, numbered in the order given."""
    rows = [(*entity.split(":", 1), number, AS_OF, False) for number, entity in enumerate(entities)]
    return spark.createDataFrame(rows, VERTEX_IDS.schema)


def _loose(table: Table) -> Any:
    return type(table.schema)([type(f)(f.name, f.dataType, True) for f in table.schema.fields])
