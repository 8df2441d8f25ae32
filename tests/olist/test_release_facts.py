"""Facts of the real marketplace, counted from its raw CSV files by plain Python."""

from __future__ import annotations

import csv
import statistics
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from rich.console import Console

from marketgraph.pipeline import Order, open_context, run_all
from marketgraph.releases.load import Release, load_release
from marketgraph.reporter import Reporter
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
AS_OF = "2018-09-01"
BEFORE = datetime(2018, 9, 1)


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"olist_{name}_dataset.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


class Raw:
    """The files, and what lies before the date."""

    def __init__(self, folder: Path) -> None:
        self.customers = {r["customer_id"]: r for r in rows(folder, "customers")}
        every = rows(folder, "orders")
        self.orders = {r["order_id"]: r for r in every if when(r["order_purchase_timestamp"]) < BEFORE}
        self.items = [r for r in rows(folder, "order_items") if r["order_id"] in self.orders]
        reviews = [r for r in rows(folder, "order_reviews") if r["order_id"] in self.orders]
        self.reviews = [r for r in reviews if when(r["review_answer_timestamp"]) < BEFORE]
        self.payments = [r for r in rows(folder, "order_payments") if r["order_id"] in self.orders]
        self.sellers, self.products = rows(folder, "sellers"), rows(folder, "products")

    def buyer(self, order_id: str) -> str:
        return self.customers[self.orders[order_id]["customer_id"]]["customer_unique_id"]


def when(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture(scope="module")
def raw(data_folder: Path) -> Raw:
    return Raw(data_folder / "olist")


@pytest.fixture(scope="module")
def release(spark: SparkSession, data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The release that the README's command makes."""
    root = tmp_path_factory.mktemp("olist")
    told = (f"store.root={root}", f"identifiers.key_file={root}/id.key", "spark.shuffle_partitions=2")
    source = str(ROOT / "conf" / "sources" / "olist.yml")
    config, as_of = Order(ROOT / "conf" / "local.yml", AS_OF, source, str(data_folder / "olist"), told).read()
    reporter = Reporter(Console(quiet=True))
    run_all(open_context(spark, config, as_of, reporter), reporter)
    return load_release(spark, AS_OF, root=str(root))


def pairs_with_evidence(release: Release, relation: str) -> tuple[int, int]:
    edges = release.table(f"edges.{relation}")
    return edges.count(), edges.agg(F.sum("evidence_count")).collect()[0][0]


def test_sellers_are_merchants_and_products_products(release: Release, raw: Raw) -> None:
    assert release.pins["sources.merchants"].rows == len({r["seller_id"] for r in raw.sellers})
    assert release.pins["sources.products"].rows == len({r["product_id"] for r in raw.products})


def test_orders_lines_and_payments_before_the_date(release: Release, raw: Raw) -> None:
    assert release.pins["sources.orders"].rows == len(raw.orders)
    assert release.pins["sources.order_items"].rows == len(raw.items)
    assert release.pins["sources.payments"].rows == len(raw.payments)
    assert release.pins["quality.quarantine"].rows == 0


def test_reviews_before_the_date(release: Release, raw: Raw) -> None:
    assert release.pins["sources.reviews"].rows == len(raw.reviews)


def test_a_buyer_is_a_unique_customer(release: Release, raw: Raw) -> None:
    ordered = {raw.buyer(order_id) for order_id in raw.orders}
    orders = release.table("sources.orders")
    assert orders.select("buyer_id").distinct().count() == len(ordered)
    assert release.table("entities.buyers").where("first_activity is not null").count() == len(ordered)


def test_the_value_of_all_orders(release: Release, raw: Raw) -> None:
    items = release.table("sources.order_items")
    total = items.agg(F.sum(F.col("unit_price") * F.col("quantity")), F.sum("shipping")).collect()[0]
    assert total[0] == sum(Decimal(r["price"]) for r in raw.items)
    assert total[1] == sum(Decimal(r["freight_value"]) for r in raw.items)


def test_the_value_of_all_payments(release: Release, raw: Raw) -> None:
    paid = release.table("sources.payments").agg(F.sum("amount")).collect()[0][0]
    assert paid == sum(Decimal(r["payment_value"]) for r in raw.payments)


def test_sells(release: Release, raw: Raw) -> None:
    sold = Counter((r["seller_id"], r["product_id"]) for r in raw.items)
    assert pairs_with_evidence(release, "sells") == (len(sold), sum(sold.values()))


def test_bought_products_and_merchants(release: Release, raw: Raw) -> None:
    products = Counter((raw.buyer(r["order_id"]), r["product_id"]) for r in raw.items)
    merchants = Counter((raw.buyer(r["order_id"]), r["seller_id"]) for r in raw.items)
    assert pairs_with_evidence(release, "bought_product") == (len(products), sum(products.values()))
    assert pairs_with_evidence(release, "bought_merchant") == (len(merchants), sum(merchants.values()))


def test_reviewed(release: Release, raw: Raw) -> None:
    of_order = defaultdict(set)
    for r in raw.items:
        of_order[r["order_id"]].add(r["product_id"])
    seen = Counter((raw.buyer(r["order_id"]), p) for r in raw.reviews for p in of_order[r["order_id"]])
    assert pairs_with_evidence(release, "reviewed_product") == (len(seen), sum(seen.values()))


def test_shared_addresses(release: Release, raw: Raw) -> None:
    at = defaultdict(set)
    for order in raw.orders.values():
        c = raw.customers[order["customer_id"]]
        at[c["customer_zip_code_prefix"], plain(c["customer_city"])].add(("buyer", c["customer_unique_id"]))
    for s in raw.sellers:
        at[s["seller_zip_code_prefix"], plain(s["seller_city"])].add(("merchant", s["seller_id"]))
    limit = 20
    pairs = {
        frozenset(p) for held in at.values() if len(held) <= limit for p in combinations(sorted(held), 2)
    }
    assert release.pins["edges.shares_address"].rows == len(pairs)
    suppressed = release.table("edges.suppressed").where("relation = 'shares_address'")
    assert suppressed.count() == sum(len(held) > limit for held in at.values())


def test_products_bought_together(release: Release, raw: Raw) -> None:
    baskets = defaultdict(set)
    for r in raw.items:
        baskets[r["order_id"]].add(r["product_id"])
    together = Counter(pair for basket in baskets.values() for pair in combinations(sorted(basket), 2))
    assert together
    assert pairs_with_evidence(release, "bought_together") == (len(together), sum(together.values()))


def test_merchants_with_the_same_buyers(release: Release, raw: Raw) -> None:
    sellers = defaultdict(set)
    for r in raw.items:
        sellers[raw.buyer(r["order_id"])].add(r["seller_id"])
    same = Counter(pair for of_buyer in sellers.values() for pair in combinations(sorted(of_buyer), 2))
    assert same
    assert pairs_with_evidence(release, "same_buyers") == (len(same), sum(same.values()))


def test_look_alikes_by_category_and_measures_since_there_are_no_titles(release: Release, raw: Raw) -> None:
    sellers = defaultdict(set)
    for r in raw.items:
        sellers[r["product_id"]].add(r["seller_id"])
    alike = defaultdict(list)
    names = ("product_weight_g", "product_length_cm", "product_height_cm", "product_width_cm")
    for p in raw.products:
        told = (p["product_category_name"], *[p[name] for name in names])
        if all(told) and len(sellers[p["product_id"]]) == 1:
            alike[told].append(*sellers[p["product_id"]])
    pairs = [p for held in alike.values() if len(held) <= 20 for p in combinations(held, 2) if p[0] != p[1]]
    assert pairs
    assert release.pins["edges.look_alike_measures"].rows == len(pairs)
    assert release.pins["edges.look_alike_titles"].rows == release.pins["edges.look_alike_images"].rows == 0


def plain(city: str) -> str:
    return " ".join(city.casefold().split())


def test_there_are_no_creators_and_the_release_stands_all_the_same(release: Release) -> None:
    assert release.pins["entities.creators"].rows == release.pins["edges.hosts"].rows == 0
    assert release.pins["features.buyers"].rows == release.pins["entities.buyers"].rows


class Seen:
    """What plain Python counts of Olist in a window of some days before the date, by merchant, buyer and product."""

    def __init__(self, raw: Raw, days: int) -> None:
        begin = BEFORE - timedelta(days=days)
        placed = {o: when(r["order_purchase_timestamp"]) for o, r in raw.orders.items()}
        self.placed = placed
        self.buyer = raw.buyer
        self.lines = [r for r in raw.items if placed[r["order_id"]] >= begin]
        self.reviews = [r for r in raw.reviews if when(r["review_answer_timestamp"]) >= begin]
        self.payments = [r for r in raw.payments if placed[r["order_id"]] >= begin]
        self.items_of = defaultdict(list)
        for r in raw.items:
            self.items_of[r["order_id"]].append(r)

    def by(self, column: str) -> dict[str, list[dict[str, str]]]:
        """Lines by a column of theirs, or by buyer."""
        found = defaultdict(list)
        for r in self.lines:
            found[self.buyer(r["order_id"]) if column == "buyer" else r[column]].append(r)
        return found


@pytest.fixture(scope="module")
def month(raw: Raw) -> Seen:
    return Seen(raw, 30)


@pytest.fixture(scope="module")
def quarter(raw: Raw) -> Seen:
    return Seen(raw, 90)


def found_of(release: Release, kind: str, column: str, *, nothing: object = 0) -> dict[str, object]:
    """A feature by the marketplace's id; entities where it is `nothing` are left out."""
    ids = release.table(f"entities.{kind}s").select("vertex_id", f"{kind}_id")
    rows = release.table(f"features.{kind}s").select("vertex_id", column).join(ids, "vertex_id").collect()
    return {row[f"{kind}_id"]: row[column] for row in rows if row[column] != nothing}


def test_orders_revenue_buyers_and_products_of_merchants(release: Release, month: Seen) -> None:
    lines = month.by("seller_id")
    assert len(lines) > 100  # the data here are a sample of orders
    for column, count in {
        "orders_30d": lambda rows: len({r["order_id"] for r in rows}),
        "units_30d": len,
        "buyers_30d": lambda rows: len({month.buyer(r["order_id"]) for r in rows}),
        "products_30d": lambda rows: len({r["product_id"] for r in rows}),
        "revenue_30d": lambda rows: float(sum(Decimal(r["price"]) for r in rows)),
    }.items():
        assert found_of(release, "merchant", column) == {m: count(rows) for m, rows in lines.items()}


def test_the_largest_buyer_and_the_last_price_of_merchants(
    release: Release, month: Seen, quarter: Seen
) -> None:
    share = {
        m: max(Counter(month.buyer(r["order_id"]) for r in rows).values()) / len(rows)
        for m, rows in month.by("seller_id").items()
    }
    assert found_of(release, "merchant", "top_buyer_share_30d", nothing=None) == pytest.approx(share)
    last = {}
    for merchant, rows in quarter.by("seller_id").items():
        latest = max(quarter.placed[r["order_id"]] for r in rows)
        last[merchant] = min(Decimal(r["price"]) for r in rows if quarter.placed[r["order_id"]] == latest)
    found = found_of(release, "merchant", "unit_price_last_90d", nothing=None)
    assert found == {merchant: float(price) for merchant, price in last.items()}


def test_spread_trend_and_days_of_merchants(release: Release, quarter: Seen, raw: Raw) -> None:
    amounts = {m: [float(r["price"]) for r in rows] for m, rows in quarter.by("seller_id").items()}
    spread = {m: statistics.stdev(told) for m, told in amounts.items() if len(told) > 1}
    found = found_of(release, "merchant", "line_amount_stddev_90d", nothing=None)
    assert found == pytest.approx(spread, rel=1e-9, abs=1e-9)
    month, two = (Counter(r["seller_id"] for r in Seen(raw, days).lines) for days in (30, 60))
    trend = {m: month[m] / (n - month[m]) for m, n in two.items() if n > month[m]}
    assert found_of(release, "merchant", "orders_trend_30d", nothing=None) == pytest.approx(trend)
    since = {
        m: (BEFORE - max(quarter.placed[r["order_id"]] for r in rows)) / timedelta(days=1)
        for m, rows in quarter.by("seller_id").items()
    }
    assert found_of(release, "merchant", "days_since_order_90d", nothing=None) == pytest.approx(since)


def test_spend_payments_and_merchants_of_buyers(release: Release, month: Seen) -> None:
    lines = month.by("buyer")
    spend = {b: float(sum(Decimal(r["price"]) for r in rows)) for b, rows in lines.items()}
    assert found_of(release, "buyer", "spend_30d") == spend
    merchants = {b: len({r["seller_id"] for r in rows}) for b, rows in lines.items()}
    assert found_of(release, "buyer", "merchants_30d") == merchants
    paid: defaultdict[str, Decimal] = defaultdict(Decimal)
    for r in month.payments:
        paid[month.buyer(r["order_id"])] += Decimal(r["payment_value"])
    assert found_of(release, "buyer", "paid_30d") == {b: float(total) for b, total in paid.items() if total}


def test_reviews_and_ratings_of_buyers_and_products(release: Release, month: Seen) -> None:
    written = Counter(month.buyer(r["order_id"]) for r in month.reviews)
    assert found_of(release, "buyer", "reviews_30d") == dict(written)
    ratings = defaultdict(list)
    for r in month.reviews:
        for product in {line["product_id"] for line in month.items_of[r["order_id"]]}:
            ratings[product].append(int(r["review_score"]))
    assert found_of(release, "product", "reviews_30d") == {p: len(told) for p, told in ratings.items()}


def test_sellers_and_prices_of_products(release: Release, quarter: Seen) -> None:
    lines = quarter.by("product_id")
    sellers = {p: len({r["seller_id"] for r in rows}) for p, rows in lines.items()}
    assert found_of(release, "product", "sellers_90d") == sellers
    dearest = {p: max(float(r["price"]) for r in rows) for p, rows in lines.items()}
    assert found_of(release, "product", "price_max_90d", nothing=None) == dearest
