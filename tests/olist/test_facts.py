"""Facts about Olist's data, counted from the raw CSV files by plain Python, against the conformed tables."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from marketgraph.sources.conform import conform_sources
from marketgraph.sources.conformed import ConformedSources
from marketgraph.sources.mapping_file import load_mapping
from tests.sources.shop import KEY, accepted, table

MAPPING = Path(__file__).resolve().parents[2] / "conf" / "sources" / "olist.yml"
AFTER_ALL = date(2018, 10, 1)
NEW_YEAR = date(2018, 1, 1)
Rows = list[dict[str, str]]


class Raw:
    """The published files as Python's csv module reads them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getitem__(self, name: str) -> Rows:
        file = next(self.folder.glob(f"*{name}*.csv"))
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def raw(data_folder: Path) -> Raw:
    return Raw(data_folder / "olist")


@pytest.fixture(scope="module")
def olist(spark: SparkSession, data_folder: Path) -> Iterator[ConformedSources]:
    """All of Olist, as of a date after its last review."""
    mapping = load_mapping(MAPPING)
    with conform_sources(spark, mapping, str(data_folder / "olist"), as_of=AFTER_ALL, key=KEY) as conformed:
        yield conformed


@pytest.fixture(scope="module")
def olist_2017(spark: SparkSession, data_folder: Path) -> Iterator[ConformedSources]:
    """Olist as it was seen at the end of 2017."""
    mapping = load_mapping(MAPPING)
    with conform_sources(spark, mapping, str(data_folder / "olist"), as_of=NEW_YEAR, key=KEY) as conformed:
        yield conformed


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("merchants", "sellers"),
        ("products", "products"),
        ("orders", "orders_dataset"),
        ("order_items", "order_items"),
        ("reviews", "order_reviews"),
        ("payments", "order_payments"),
    ],
)
def test_every_row_is_accepted(olist: ConformedSources, raw: Raw, name: str, file: str) -> None:
    assert table(olist, name).accepted.count() == len(raw[file])


def test_nothing_is_refused_and_what_is_absent_is_told(olist: ConformedSources) -> None:
    assert olist.quarantined.count() == 0
    assert olist.warnings == [
        "the data has no creators, contents, content_products, events, violations: these tables are empty"
    ]


def test_a_buyer_is_a_person_not_an_order_s_customer(olist: ConformedSources, raw: Raw) -> None:
    people = {row["customer_unique_id"] for row in raw["customers"]}
    assert {buyer for (buyer,) in accepted(olist, "buyers", "buyer_id")} == people
    assert table(olist, "buyers").counts.merged == len(raw["customers"]) - len(people)


def test_a_buyer_s_city_is_that_of_the_first_order(olist: ConformedSources, raw: Raw) -> None:
    placed = {row["customer_id"]: row["order_purchase_timestamp"] for row in raw["orders_dataset"]}
    last_first = sorted(
        raw["customers"], key=lambda row: (placed[row["customer_id"]], row["customer_id"]), reverse=True
    )
    expected = {row["customer_unique_id"]: row["customer_city"] for row in last_first}
    assert dict(accepted(olist, "buyers", "buyer_id", "city")) == expected


def test_each_order_has_its_person_and_time(olist: ConformedSources, raw: Raw) -> None:
    person = {row["customer_id"]: row["customer_unique_id"] for row in raw["customers"]}
    expected = {
        row["order_id"]: (person[row["customer_id"]], row["order_purchase_timestamp"])
        for row in raw["orders_dataset"]
    }
    orders = table(olist, "orders").accepted.select(
        "order_id", "buyer_id", F.col("ordered_at").cast("string")
    )
    assert {row[0]: (row[1], row[2]) for row in orders.collect()} == expected


def test_orders_by_status(olist: ConformedSources, raw: Raw) -> None:
    given = Counter(row["order_status"] for row in raw["orders_dataset"])
    found = Counter(status for (status,) in accepted(olist, "orders", "status"))
    assert found == {
        "delivered": given["delivered"],
        "shipped": given["shipped"],
        "paid": given["approved"] + given["invoiced"] + given["processing"],
        "cancelled": given["canceled"] + given["unavailable"],
    }


def test_the_total_value_of_the_items_to_the_cent(olist: ConformedSources, raw: Raw) -> None:
    items = raw["order_items"]
    found = table(olist, "order_items").accepted.agg(
        F.sum("unit_price"), F.sum("shipping"), F.sum("quantity")
    )
    assert tuple(found.collect()[0]) == (
        sum(Decimal(row["price"]) for row in items),
        sum(Decimal(row["freight_value"]) for row in items),
        len(items),
    )


def test_who_sold_what(olist: ConformedSources, raw: Raw) -> None:
    expected = Counter((row["seller_id"], row["product_id"]) for row in raw["order_items"])
    assert Counter(accepted(olist, "order_items", "merchant_id", "product_id")) == expected


def test_the_largest_order(olist: ConformedSources, raw: Raw) -> None:
    largest = max(raw["order_items"], key=lambda row: int(row["order_item_id"]))
    lines = accepted(olist, "order_items", "item_number", "order_id")
    assert max(lines) == (int(largest["order_item_id"]), largest["order_id"])


def test_payments_by_method_to_the_cent(olist: ConformedSources, raw: Raw) -> None:
    expected: Counter[str] = Counter()
    for row in raw["order_payments"]:
        expected[row["payment_type"]] += Decimal(row["payment_value"])  # type: ignore[assignment]
    found = table(olist, "payments").accepted.groupBy("method").agg(F.sum("amount"))
    assert {row[0]: row[1] for row in found.collect()} == dict(expected)


def test_ratings(olist: ConformedSources, raw: Raw) -> None:
    expected = Counter(int(row["review_score"]) for row in raw["order_reviews"])
    assert Counter(rating for (rating,) in accepted(olist, "reviews", "rating")) == expected


def test_a_review_of_several_orders_stays_several_rows(olist: ConformedSources, raw: Raw) -> None:
    expected = {(row["review_id"], row["order_id"]) for row in raw["order_reviews"]}
    assert set(accepted(olist, "reviews", "review_id", "order_id")) == expected
    assert len({review for review, _ in expected}) < len(expected)


def test_categories_are_english_where_there_is_a_translation(olist: ConformedSources, raw: Raw) -> None:
    english = {
        row["product_category_name"]: row["product_category_name_english"]
        for row in raw["product_category_name_translation"]
    }
    given = [row["product_category_name"] for row in raw["products"]]
    expected = Counter(english.get(name, name) or None for name in given)
    assert Counter(category for (category,) in accepted(olist, "products", "category")) == expected


def test_measures_are_weight_and_size_as_published(olist: ConformedSources, raw: Raw) -> None:
    expected = {row["product_id"]: measures(row) for row in raw["products"]}
    assert dict(accepted(olist, "products", "product_id", "measures")) == expected
    assert any(expected.values())


def measures(product: dict[str, str]) -> str | None:
    sides = [product[f"product_{side}_cm"] for side in ("length", "height", "width")]
    known = all([product["product_weight_g"], *sides])
    return f"{product['product_weight_g']} g {'x'.join(sides)} cm" if known else None


def test_merchants_by_city(olist: ConformedSources, raw: Raw) -> None:
    expected = Counter(row["seller_city"] for row in raw["sellers"])
    assert Counter(city for (city,) in accepted(olist, "merchants", "city")) == expected


def test_places_join_as_hashes_just_as_they_do_in_clear(olist: ConformedSources, raw: Raw) -> None:
    in_clear = {
        ("buyer", row["customer_unique_id"], place(row["customer_zip_code_prefix"], row["customer_city"]))
        for row in raw["customers"]
    } | {
        ("merchant", row["seller_id"], place(row["seller_zip_code_prefix"], row["seller_city"]))
        for row in raw["sellers"]
    }
    hashed = set(accepted(olist, "identifiers", "entity_kind", "entity_id", "value"))
    assert hashed == {(kind, holder, KEY.digest("address", where)) for kind, holder, where in in_clear}
    holders = Counter(where for _, _, where in in_clear)
    assert sorted(Counter(where for _, _, where in hashed).values()) == sorted(holders.values())


def place(zip_code: str, city: str) -> str:
    """One of the sellers' cities is written with two spaces: the same place as with one."""
    return f"{zip_code} {' '.join(city.split())}"


def test_a_place_is_seen_with_each_order_of_its_buyer(olist: ConformedSources, raw: Raw) -> None:
    placed = {row["customer_id"]: row["order_purchase_timestamp"] for row in raw["orders_dataset"]}
    expected = {(row["customer_unique_id"], placed[row["customer_id"]]) for row in raw["customers"]}
    seen = table(olist, "identifiers").accepted.where("entity_kind = 'buyer'")
    found = seen.select("entity_id", F.col("first_seen").cast("string")).collect()
    assert {tuple(row) for row in found} == expected


def test_at_the_end_of_2017_only_what_was_there_is_seen(olist_2017: ConformedSources, raw: Raw) -> None:
    limit = str(NEW_YEAR)
    orders = {r["order_id"] for r in raw["orders_dataset"] if r["order_purchase_timestamp"] < limit}
    reviews = [
        r for r in raw["order_reviews"] if r["review_answer_timestamp"] < limit and r["order_id"] in orders
    ]
    assert {order for (order,) in accepted(olist_2017, "orders", "order_id")} == orders
    assert table(olist_2017, "reviews").accepted.count() == len(reviews)
    for name, file in (("order_items", "order_items"), ("payments", "order_payments")):
        expected = sum(r["order_id"] in orders for r in raw[file])
        assert table(olist_2017, name).counts.accepted == expected
        assert table(olist_2017, name).counts.later == len(raw[file]) - expected
