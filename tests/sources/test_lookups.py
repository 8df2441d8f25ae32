"""Lookups bring columns of another file to a row, at most one row for each."""

from __future__ import annotations

import pytest

from marketgraph.errors import ConfigError, SourceError
from tests.sources.shop import BUYERS, IDENTIFIERS, ORDERS, Shop, accepted, part, refused

ACCOUNTS = {
    "name": "accounts",
    "from": "accounts.csv",
    "format": "csv",
    "key": {"buyer": "login"},
    "columns": ["id"],
}


def test_a_column_of_a_lookup_is_named_by_the_lookup(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "b1,Bonn")
    shop.write("accounts.csv", "login,id", "anna ,b1", "zoe,b9")
    shop.write("orders.csv", "id,buyer,placed", "o1, anna,2024-01-01", "o2,nobody,2024-01-01")
    orders = part(ORDERS, columns={"buyer_id": "accounts.id"}, lookups=[ACCOUNTS])
    with shop.conform(buyers=BUYERS, orders=orders) as conformed:
        assert accepted(conformed, "orders", "order_id", "buyer_id") == [("o1", "b1")]
        assert refused(conformed) == [("orders", "missing_value", "buyer_id", None)]


def test_a_lookup_whose_key_repeats_is_refused_with_the_key(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "b1,Bonn")
    shop.write("accounts.csv", "login,id", "anna,b1", "anna,b2", ",b3", ",b4")
    shop.write("orders.csv", "id,buyer,placed", "o1,anna,2024-01-01")
    orders = part(ORDERS, columns={"buyer_id": {"expr": "lower(accounts.id)"}}, lookups=[ACCOUNTS])
    with pytest.raises(SourceError, match=r"accounts\.csv: login 'anna' stands there more than once"):
        shop.conform(buyers=BUYERS, orders=orders)


def test_a_personal_key_that_repeats_is_not_shown(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "b1,Bonn")
    shop.write("sims.csv", "number,maker", "555000111,x", "555000111,y")
    shop.write("phones.csv", "holder_kind,holder,number,first,last", "buyer,b1,555000111,2024-01-01,")
    sims = {
        "name": "sims",
        "from": "sims.csv",
        "format": "csv",
        "key": {"number": "number"},
        "columns": ["number"],
    }
    phones = part(IDENTIFIERS, columns={"value": "sims.number"}, lookups=[sims])
    with pytest.raises(SourceError, match="not shown") as caught:
        shop.conform(buyers=BUYERS, identifiers=phones)
    assert "555000111" not in str(caught.value)


def test_a_missing_lookup_file_is_named(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "b1,Bonn")
    shop.write("orders.csv", "id,buyer,placed", "o1,anna,2024-01-01")
    with pytest.raises(
        SourceError, match=r"accounts\.csv: there is no such file.*tables\.orders\.lookups\.accounts"
    ):
        shop.conform(buyers=BUYERS, orders=part(ORDERS, lookups=[ACCOUNTS]))


def test_a_column_that_the_lookup_does_not_take_over_is_refused(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "b1,Bonn")
    orders = part(ORDERS, columns={"buyer_id": "accounts.ids"}, lookups=[ACCOUNTS])
    with pytest.raises(
        ConfigError, match=r"the lookup accounts does not take over a column ids.*did you mean id"
    ):
        shop.conform(buyers=BUYERS, orders=orders)


def test_unreadable_records_of_a_lookup_are_told(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "b1,Bonn")
    shop.write("accounts.csv", "login,id", "anna,b1", "zoe,b1,b2")
    shop.write("orders.csv", "id,buyer,placed", "o1,anna,2024-01-01")
    orders = part(ORDERS, columns={"buyer_id": "accounts.id"}, lookups=[ACCOUNTS])
    with shop.conform(buyers=BUYERS, orders=orders) as conformed:
        assert any("accounts.csv: 1 records could not be read" in line for line in conformed.warnings)
