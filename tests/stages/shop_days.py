"""A small marketplace of random rows, and what a date sees of it, by plain Python: for tests from day to day."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from marketgraph.tables import ENTITY
from marketgraph.tables.sources import SOURCE_TABLES

Rows = dict[str, list[dict[str, Any]]]
START, DAYS = datetime(2024, 2, 1), 24
KIND_TABLES = {f"{kind}s": kind for kind in ("merchant", "product", "creator", "content", "buyer")}


def random_rows(seed: int) -> Rows:
    """Rows of all source tables over DAYS days, with what makes going on from a day hard.

    Products that nobody lists, reviews of whole orders, identifiers that get a second holder, a last sight, or so many
    holders that they are hubs, and things that are done before the other end is there.
    """
    dice = random.Random(seed)

    def when(share_null: float = 0.0) -> datetime | None:
        moment = START + timedelta(seconds=dice.randrange(DAYS * 86_400))
        return None if dice.random() < share_null else moment

    def some(kind: str, count: int) -> str:
        return f"{kind}{dice.randrange(count)}"

    orders = [
        {"order_id": f"o{n}", "buyer_id": some("b", 12), "ordered_at": when(), "status": "delivered"}
        for n in range(60)
    ]
    return {
        "merchants": [{"merchant_id": f"m{n}", "registered_at": when(0.8)} for n in range(6)],
        "products": [
            {
                "product_id": f"p{n}",
                "merchant_id": dice.choice([None, some("m", 6)]),
                "listed_at": when(0.7),
                "title": f"A plain blue shirt with long sleeves number {n // 2}",
                "image_hash": f"{dice.choice([0, 1, 3, 2**63]):016x}",
                "category": "shirts",
                "measures": dice.choice(["1 kg", None]),
            }
            for n in range(14)
        ],
        "creators": [{"creator_id": f"c{n}"} for n in range(4)],
        "contents": [
            {"content_id": f"l{n}", "creator_id": some("c", 4), "kind": "live", "started_at": when()}
            for n in range(8)
        ],
        "content_products": _once(
            (
                {"content_id": some("l", 8), "product_id": some("p", 14), "featured_at": when()}
                for _ in range(30)
            ),
            "content_id",
            "product_id",
        ),
        "buyers": [{"buyer_id": f"b{n}", "registered_at": when(0.7)} for n in range(12)],
        "orders": orders,
        "order_items": [
            {
                "order_id": order["order_id"],
                "item_number": number,
                "merchant_id": some("m", 6),
                "product_id": some("p", 14),
                "quantity": 1,
                "unit_price": Decimal("1.0000"),
            }
            for order in orders
            for number in range(1, dice.randint(1, 4))
        ],
        "reviews": [
            {
                "review_id": f"r{n}",
                "order_id": f"o{dice.randrange(60)}",
                "product_id": dice.choice([None, some("p", 14)]),
                "rating": dice.choice([1, 5, 5, 5]),
                "reviewed_at": when(),
            }
            for n in range(50)
        ],
        "identifiers": _once(
            (
                {
                    "entity_kind": kind,
                    "entity_id": some(kind[0], {"m": 6, "b": 12, "c": 4}[kind[0]]),
                    "kind": dice.choice(["device", "bank", "address"]),
                    "value": dice.choice(["v0", "v0", "v1", "v2", "v3"]),
                    "first_seen": when(0.2),
                    "last_seen": START + timedelta(days=DAYS, seconds=-dice.randrange(9 * 86_400)),
                }
                for kind in dice.choices(["merchant", "buyer", "creator"], k=60)
            ),
            *("entity_kind", "entity_id", "kind", "value", "first_seen"),
        ),
        "events": [
            {
                "event_id": f"e{n}",
                "actor_kind": "buyer",
                "actor_id": some("b", 12),
                "verb": dice.choice(["view", "return"]),
                "object_kind": "product",
                "object_id": some("p", 14),
                "occurred_at": when(),
            }
            for n in range(80)
        ],
    }


def visible(rows: Rows, as_of: date) -> Rows:
    """What a run of the date sees: no row of its future or with a parent of its future, no time of its future.

    What is seen last in its future lasts until the moment before it.
    """
    midnight = datetime(as_of.year, as_of.month, as_of.day)
    seen: Rows = {}
    for table in SOURCE_TABLES:
        clocks = [name for name in (table.event_time, table.known_time) if name]
        kept = []
        for row in rows.get(table.name, []):
            dated = all(row.get(c) is None or row[c] < midnight for c in clocks)
            if dated and all(_is_known(row, reference, seen) for reference in table.references):
                future = {k for k, v in row.items() if isinstance(v, datetime) and v >= midnight}
                told = {k: None if k in future else v for k, v in row.items()}
                lasts = {"last_seen": midnight - timedelta(microseconds=1)} if "last_seen" in future else {}
                kept.append(told | lasts)
        seen[table.name] = kept
    return seen


def rows_without(rows: Rows, kind: str, name: str) -> Rows:
    """The rows as they would be if the entity had never been: those that name it, or hang on one that does, are gone.

    A reference that may be null is null in their place.
    """
    gone: set[tuple[str, Any] | None] = {(f"{kind}s", name)}
    left: Rows = {}
    for table in SOURCE_TABLES:
        left[table.name] = []
        for row in rows.get(table.name, []):
            named = (table.name, row.get(table.key[0])) if len(table.key) == 1 else None
            kept, stays = dict(row), named not in gone
            for reference in table.references:
                ids = [row.get(column) for column in reference.columns]
                parent = f"{ids[0]}s" if reference.table == ENTITY else reference.table
                if (parent, ids[-1]) in gone and table.column(reference.columns[-1]).nullable:
                    kept[reference.columns[-1]] = None
                elif (parent, ids[-1]) in gone:
                    stays = False
            if stays:
                left[table.name].append(kept)
            elif named:
                gone.add(named)
    return left


def _is_known(row: dict[str, Any], reference: Any, seen: Rows) -> bool:
    ids = [row.get(column) for column in reference.columns]
    if None in ids:
        return True
    if reference.table == ENTITY:
        kind, entity = ids
        return entity in {r[f"{kind}_id"] for r in seen[f"{kind}s"]}
    key = {table.name: table.key[0] for table in SOURCE_TABLES}[reference.table]
    return ids[0] in {r[key] for r in seen[reference.table]}


def _once(rows: Any, *key: str) -> list[dict[str, Any]]:
    return list({tuple(row[k] for k in key): row for row in rows}.values())
