"""A small shop in files: each story writes the files that it is about and maps them."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from marketgraph.sources.conform import conform_sources
from marketgraph.sources.conformed import ConformedSources, ConformedTable
from marketgraph.sources.erased import NOBODY, Erased
from marketgraph.sources.identity import IdentifierKey
from marketgraph.sources.mapping import SourceMapping
from marketgraph.sources.sentinels import NO_SENTINELS, SentinelsConfig

KEY = IdentifierKey(b"a key of the tests, 32 bytes long")
AS_OF = date(2024, 3, 1)

BUYERS = {"from": "buyers.csv", "format": "csv", "columns": {"buyer_id": "id", "city": "town"}}
MERCHANTS = {
    "from": "merchants.csv",
    "format": "csv",
    "columns": {"merchant_id": "id", "registered_at": "since"},
}
PRODUCTS = {"from": "products.csv", "format": "csv", "columns": {"product_id": "id", "merchant_id": "shop"}}
ORDERS = {
    "from": "orders.csv",
    "format": "csv",
    "columns": {"order_id": "id", "buyer_id": "buyer", "ordered_at": "placed", "status": {"value": "paid"}},
}
ITEMS = {
    "from": "items.csv",
    "format": "csv",
    "columns": {
        "order_id": "order",
        "item_number": "line",
        "merchant_id": "shop",
        "product_id": "product",
        "quantity": {"value": 1},
        "unit_price": "price",
    },
}
IDENTIFIERS = {
    "from": "phones.csv",
    "format": "csv",
    "columns": {
        "entity_kind": "holder_kind",
        "entity_id": "holder",
        "kind": {"value": "phone"},
        "value": "number",
        "first_seen": "first",
        "last_seen": "last",
    },
}


@dataclass
class Shop:
    """A data folder and the mapping of what a story has put there."""

    spark: SparkSession
    folder: Path

    def write(self, name: str, *lines: str, encoding: str = "utf-8") -> Path:
        """A text file of these lines; packed when it is called .gz."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        content = "".join(f"{line}\n" for line in lines).encode(encoding)
        file.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
        return file

    def conform(
        self,
        *,
        as_of: date = AS_OF,
        sentinels: SentinelsConfig = NO_SENTINELS,
        key: IdentifierKey = KEY,
        erased: Erased = NOBODY,
        **tables: Any,
    ) -> ConformedSources:
        mapping = SourceMapping.model_validate({"source": "shop", "tables": tables})
        return conform_sources(
            self.spark, mapping, str(self.folder), as_of=as_of, key=key, sentinels=sentinels, erased=erased
        )


def part(given: dict[str, Any], *, columns: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A part with other keys or columns than the usual one."""
    return {**given, **changes, "columns": {**given["columns"], **(columns or {})}}


def table(conformed: ConformedSources, name: str) -> ConformedTable:
    return next(held for held in conformed.tables if held.table.name == name)


def accepted(conformed: ConformedSources, name: str, *columns: str) -> list[tuple[Any, ...]]:
    """The accepted rows of a table in a stable order."""
    return values(table(conformed, name).accepted, *columns)


def refused(conformed: ConformedSources, *columns: str) -> list[tuple[Any, ...]]:
    return values(conformed.quarantined, *(columns or ("table", "reason", "column", "bad_value")))


def values(frame: DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    chosen = frame.select(*columns) if columns else frame
    return sorted((tuple(row) for row in chosen.collect()), key=repr)
