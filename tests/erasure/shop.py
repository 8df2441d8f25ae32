"""Two days of a tiny shop in a warehouse: two buyers, their orders, what was built of them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from marketgraph.tables import Table, entities
from marketgraph.tables.communities import LABELS
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.entities import VERTEX_IDS
from marketgraph.tables.sequences import SEQUENCES
from marketgraph.tables.sources import BUYERS, MERCHANTS, ORDERS, PAYMENTS
from tests.releases.days import MONDAY, TUESDAY, Rows, Warehouse

# Ids that stand nowhere else, neither in another id nor in a number.
GONE, STAYS = "buyer-Zq7", "buyer-Xk2"
GONE_VERTEX, STAYS_VERTEX, PRODUCT_VERTEX, LATER_VERTEX = 1, 0, 2, 4
BOUGHT = EDGE_TABLES["bought_product"]
NOON = datetime(2023, 12, 1, 12)


def row_of(table: Table, **told: Any) -> tuple[Any, ...]:
    """A row at the table's contract; null where nothing is told."""
    return tuple(told.get(column.name) for column in table.columns)


def tables_of(buyers: dict[str, int], *, new_ids: Rows, amount: int = 5) -> dict[Table, Rows]:
    """A day's tables. buyers: id -> vertex; each has an order with a payment, and bought the product."""
    names = list(buyers)
    orders = {name: f"order-of-{vertex}" for name, vertex in buyers.items()}
    paid = Decimal(amount)
    step = {"length": 2, "verbs": [2, 3], "object_kinds": [2, 2], "prices": [1, 1]}
    return {
        MERCHANTS: [row_of(MERCHANTS, merchant_id="m1")],
        BUYERS: [row_of(BUYERS, buyer_id=name, city="Bonn") for name in names],
        ORDERS: [
            row_of(ORDERS, order_id=order, buyer_id=name, ordered_at=NOON, status="paid")
            for name, order in orders.items()
        ],
        PAYMENTS: [
            row_of(PAYMENTS, order_id=order, payment_number=1, amount=paid) for order in orders.values()
        ],
        VERTEX_IDS: new_ids,
        entities.BUYERS: [
            row_of(entities.BUYERS, vertex_id=vertex, buyer_id=name) for name, vertex in buyers.items()
        ],
        BOUGHT: [_edge(vertex) for vertex in buyers.values()],
        # the community of the one that goes bears its number, and others are in it
        LABELS: [(vertex, GONE_VERTEX) for vertex in (*buyers.values(), PRODUCT_VERTEX)],
        SEQUENCES: [
            row_of(SEQUENCES, vertex_id=v, kind="buyer", objects=[2, 2], gaps=[0, 1], times=[1, 1001], **step)
            for v in buyers.values()
        ],
    }


def _edge(vertex: int) -> tuple[Any, ...]:
    ends = {"src": vertex, "dst": PRODUCT_VERTEX, "src_kind": "buyer", "dst_kind": "product"}
    weights = {"weight": 1.0, "evidence_count": 1, "evidence": 1.0, "recency": 1.0, "rarity": 1.0}
    return row_of(BOUGHT, relation=BOUGHT.name, **ends, **weights)


def id_row(kind: str, name: str, vertex: int, day: date) -> tuple[Any, ...]:
    return (kind, name, vertex, day, False)


FIRST_IDS = [
    id_row("buyer", STAYS, STAYS_VERTEX, MONDAY),
    id_row("buyer", GONE, GONE_VERTEX, MONDAY),
    id_row("product", "p1", PRODUCT_VERTEX, MONDAY),
]
BOTH = {STAYS: STAYS_VERTEX, GONE: GONE_VERTEX}


def two_days(shop: Warehouse) -> dict[str, str]:
    """Monday with a first release that was replaced, and Tuesday with a buyer more. By name the ids of releases."""
    first = shop.publish(MONDAY, "first", tables_of(BOTH, new_ids=FIRST_IDS, amount=4))
    one_more = [id_row("product", "p2", 3, MONDAY)]
    monday = shop.publish(MONDAY, "monday", tables_of(BOTH, new_ids=one_more))
    later = {**BOTH, "buyer-9": LATER_VERTEX}
    more = [id_row("buyer", "buyer-9", LATER_VERTEX, TUESDAY)]
    tuesday = shop.publish(TUESDAY, "tuesday", tables_of(later, new_ids=more))
    return {"first": first, "monday": monday, "tuesday": tuesday}
