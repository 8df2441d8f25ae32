"""The mapping of theLook eCommerce, on a few rows written as BigQuery exports them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from marketgraph.sources.conform import conform_sources
from marketgraph.sources.mapping_file import load_mapping
from tests.conftest import ROOT
from tests.sources.shop import KEY, Shop, accepted, refused

MAPPING = ROOT / "conf" / "sources" / "thelook.yml"


# What each file has beside what a story is about, as it stands in the middle of its lines.
HOME = "Acre,1 Main St,69980-000,Null Town,Brasil,-8.1,-72.8"
PLACE = "Null Town,Acre,69980-000,Chrome,Search"
SENT = "2023-03-02 10:00:00 UTC,2023-03-05 10:00:00 UTC"
ITEM_COLUMNS = (
    "id,order_id,user_id,product_id,inventory_item_id,status,created_at,shipped_at,delivered_at,returned_at"
)


def write_thelook(shop: Shop) -> None:
    """Two users, one of whom sends a dress back, and a visitor who never signs in."""
    shop.write(
        "products.csv",
        "id,cost,category,name,brand,retail_price,department,sku,distribution_center_id",
        '1,10.5,Dresses,"Dress, red",Allegra K,49.990001678466797,Women,SKU1,1',
        "2,4.0,Socks,Socks,Allegra K,9.5,Women,SKU2,1",
        "3,4.0,Jeans,Jeans,Levi's,69.5,Men,SKU3,2",
        "4,1.0,Socks,No maker,,5,Men,SKU4,2",
    )
    shop.write(
        "users.csv",
        "id,first_name,last_name,email,age,gender,state,street_address,postal_code,city,country,latitude,longitude,"
        "traffic_source,created_at",
        f"7,Ann,Lee,ann@example.com,30,F,{HOME},Search,2023-01-02 03:04:05 UTC",
        f"8,Bob,Lee,bob@example.com,31,M,{HOME},Email,2023-02-02 03:04:05 UTC",
    )
    shop.write(
        "orders.csv",
        "order_id,user_id,status,gender,created_at,returned_at,shipped_at,delivered_at,num_of_item",
        f"100,7,Returned,F,2023-03-01 10:00:00.123456 UTC,2023-03-09 10:00:00 UTC,{SENT},2",
        "101,8,Processing,M,2023-03-02 10:00:00 UTC,,,,2",
    )
    shop.write(
        "order_items.csv",
        f"{ITEM_COLUMNS},sale_price",
        f"1,100,7,1,11,Returned,2023-03-01 10:00:00 UTC,{SENT},2023-03-09 10:00:00 UTC,49.990001678466797",
        f"2,100,7,2,12,Returned,2023-03-01 10:00:00 UTC,{SENT},,9.5",
        "3,101,8,3,13,Processing,2023-03-02 10:00:00 UTC,,,,69.5",
        "4,101,8,4,14,Processing,2023-03-02 10:00:00 UTC,,,,5",
    )
    shop.write(
        "events.csv",
        "id,user_id,sequence_number,session_id,created_at,ip_address,city,state,postal_code,browser,traffic_source,"
        "uri,event_type",
        f"50,7,1,s1,2023-03-01 09:00:00 UTC,10.0.0.1,{PLACE},/department/women,department",
        f"51,7,2,s1,2023-03-01 09:00:00 UTC,10.0.0.1,{PLACE},/product/1,product",
        f"52,8,1,s2,2023-03-02 09:00:00 UTC,10.0.0.1,{PLACE},/cart,cart",
        f"53,,1,s3,2023-03-02 09:30:00 UTC,10.0.0.9,{PLACE},/product/3,product",
    )


def test_thelook_becomes_canonical_tables_and_no_row_is_refused(shop: Shop) -> None:
    write_thelook(shop)
    mapping = load_mapping(MAPPING)
    with conform_sources(shop.spark, mapping, str(shop.folder), as_of=date(2023, 4, 1), key=KEY) as seen:
        assert refused(seen) == []
        assert set(accepted(seen, "merchants", "merchant_id")) == {("Allegra K",), ("Levi's",)}
        assert accepted(seen, "products", "product_id", "merchant_id", "title", "price")[0] == (
            *("1", "Allegra K", "Dress, red"),
            Decimal("49.9900"),
        )
        assert accepted(seen, "orders", "order_id", "status", "ordered_at", "currency") == [
            ("100", "returned", datetime(2023, 3, 1, 10, 0, 0, 123456), "USD"),
            ("101", "paid", datetime(2023, 3, 2, 10), "USD"),
        ]
        assert accepted(seen, "order_items", "order_id", "item_number", "merchant_id") == [
            ("100", 1, "Allegra K"),
            ("100", 2, "Allegra K"),
            ("101", 3, "Levi's"),
        ]
        assert accepted(seen, "events", "event_id", "actor_id", "verb", "object_id") == [
            ("return 1", "7", "return", "1"),
            ("view 51", "7", "view", "1"),
        ]
        holders = accepted(seen, "identifiers", "kind", "entity_id", "value")
        assert [row[:2] for row in holders] == [("address", "7"), ("address", "8"), ("ip", "7"), ("ip", "8")]
        assert len({value for _, _, value in holders}) == 2  # one home, one line, each shared by both
