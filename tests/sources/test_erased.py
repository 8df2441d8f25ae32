"""An entity that was erased is let in by no later run, though the raw files still have it."""

from __future__ import annotations

from typing import Any

import pytest

from marketgraph.sources.erased import Erased
from tests.sources import shop as given
from tests.sources.shop import (
    BUYERS,
    ITEMS,
    MERCHANTS,
    ORDERS,
    PRODUCTS,
    Shop,
    accepted,
    part,
    refused,
    table,
)


def erased(*entities: tuple[str, str]) -> Erased:
    salt = Erased("0123456789abcdef")
    return Erased(salt.salt, frozenset(salt.hash_of(*one) for one in entities))


B1 = erased(("buyer", "b1"))
TABLES: dict[str, Any] = {
    "buyers": BUYERS,
    "merchants": MERCHANTS,
    "products": PRODUCTS,
    "orders": ORDERS,
    "order_items": ITEMS,
    "identifiers": given.IDENTIFIERS,
}


@pytest.fixture
def peopled(shop: Shop) -> Shop:
    shop.write("buyers.csv", "id,town", "b1,Bonn", "b2,Köln")
    shop.write("merchants.csv", "id,since", "m1,2020-01-01", "m2,2020-01-01")
    shop.write("products.csv", "id,shop", "p1,m1", "p2,m2")
    shop.write("orders.csv", "id,buyer,placed", "o1,b1,2024-01-01", "o2,b2,2024-01-01")
    shop.write("items.csv", "order,line,shop,product,price", "o1,1,m1,p1,5", "o2,1,m1,p1,5", "o2,2,m2,p2,5")
    shop.write("phones.csv", "holder_kind,holder,number,first,last", "buyer,b1,123,,", "buyer,b2,123,,")
    return shop


def test_rows_that_name_it_or_hang_on_one_are_left_out_and_counted(peopled: Shop) -> None:
    with peopled.conform(erased=B1, **TABLES) as conformed:
        assert accepted(conformed, "buyers", "buyer_id") == [("b2",)]
        assert accepted(conformed, "orders", "order_id") == [("o2",)]
        assert accepted(conformed, "order_items", "order_id", "item_number") == [("o2", 1), ("o2", 2)]
        assert accepted(conformed, "identifiers", "entity_id") == [("b2",)]
        assert refused(conformed) == []
        assert table(conformed, "order_items").counts.erased == 1
        lines = [line for line in conformed.warnings if "they name what was erased" in line]
        assert len(lines) == 4
        assert not any("b1" in line for line in lines)


def test_where_it_may_be_without_the_name_the_row_stays(peopled: Shop) -> None:
    with peopled.conform(erased=erased(("merchant", "m1")), **TABLES) as conformed:
        assert accepted(conformed, "products", "product_id", "merchant_id") == [("p1", None), ("p2", "m2")]
        assert accepted(conformed, "order_items", "item_number") == [(2,)]
        assert accepted(conformed, "orders", "order_id") == [("o1",), ("o2",)]


def test_rows_are_no_bad_rows_when_the_company_has_erased_its_own_row_too(peopled: Shop) -> None:
    peopled.write("buyers.csv", "id,town", "b2,Köln")
    with peopled.conform(erased=B1, **TABLES) as conformed:
        assert accepted(conformed, "orders", "order_id") == [("o2",)]
        assert refused(conformed) == []


def test_what_else_is_wrong_with_it_does_not_matter_and_brings_it_to_no_quarantine(peopled: Shop) -> None:
    peopled.write("buyers.csv", "id,town", "b1,Bonn", "b1,Ulm", "b2,Köln")
    peopled.write(
        "orders.csv", "id,buyer,placed", "o1,b1,never", "o2,b2,2024-01-01", "o3,b9,2024-01-01", "b1"
    )
    with peopled.conform(erased=B1, **TABLES) as conformed:
        # the cut line has the id in it as a word: it counts as refused, and its text is not kept
        assert refused(conformed) == [("orders", "unknown_reference", "buyer_id", "b9")]
        assert accepted(conformed, "buyers", "buyer_id") == [("b2",)]
        assert not conformed.quarantined.where("raw_row like '%b1%'").take(1)


def test_an_id_of_another_kind_or_with_more_letters_is_somebody_else(peopled: Shop) -> None:
    others = erased(("merchant", "b1"), ("buyer", "b"), ("buyer", "b11"))
    with peopled.conform(erased=others, **TABLES) as conformed:
        assert len(accepted(conformed, "orders")) == 2


def test_a_creator_takes_its_contents_along_and_orders_forget_them(peopled: Shop) -> None:
    peopled.write("creators.csv", "id", "c1", "c2")
    peopled.write("contents.csv", "id,by,at", "l1,c1,2024-01-01", "l2,c2,2024-01-01")
    peopled.write("orders.csv", "id,buyer,placed,live", "o1,b1,2024-01-02,l1", "o2,b2,2024-01-02,l2")
    creators = {"from": "creators.csv", "format": "csv", "columns": {"creator_id": "id"}}
    columns = {"content_id": "id", "creator_id": "by", "kind": {"value": "live"}, "started_at": "at"}
    contents = {"from": "contents.csv", "format": "csv", "columns": columns}
    told = {**TABLES, "creators": creators, "contents": contents}
    told["orders"] = part(ORDERS, columns={"content_id": "live"})
    with peopled.conform(erased=erased(("creator", "c1")), **told) as conformed:
        assert accepted(conformed, "contents", "content_id") == [("l2",)]
        assert accepted(conformed, "orders", "order_id", "content_id") == [("o1", None), ("o2", "l2")]
