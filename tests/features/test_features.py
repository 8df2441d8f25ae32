"""The shipped features on small marketplaces, from source tables to a kind's feature table."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from pyspark.sql import DataFrame, SparkSession

from marketgraph.communities.holding import left_tidy
from marketgraph.errors import SourceError
from marketgraph.features.entity import features_of
from marketgraph.features.graph import graph_blocks
from marketgraph.features.money import Money, judged, orders_by_currency
from marketgraph.features.rules import CurrencyRule, FeaturesConfig
from marketgraph.features.stream_frames import stream_frames
from marketgraph.features.streams import STREAMS
from marketgraph.features.unused import acted_before_they_were, told, unused_rows
from marketgraph.features.windowed import windowed_at, windowed_snapshot
from marketgraph.tables.entities import BUYERS, MERCHANTS
from marketgraph.tables.features import feature_tables
from marketgraph.yaml_file import read_yaml
from tests.builders import AS_OF, NOON, rows_of, sources_of
from tests.conftest import ROOT
from tests.features.graph_stories import surroundings, vertex

LONG_AGO = datetime(2024, 1, 30, 23, 59, 59)  # a second before the 30 days begin
FIRST_MOMENT = datetime(2024, 1, 31)
CONFIG = FeaturesConfig.model_validate(read_yaml(ROOT / "conf" / "features.yml"))


def sales(spark: SparkSession) -> dict[str, DataFrame]:
    """m sells p to b and c within the 30 days, and r to d just before them."""
    return sources_of(
        spark,
        orders=[
            {"order_id": "1", "buyer_id": "b", "ordered_at": FIRST_MOMENT},
            {"order_id": "2", "buyer_id": "c", "ordered_at": NOON},
            {"order_id": "3", "buyer_id": "d", "ordered_at": LONG_AGO},
        ],
        order_items=[
            {
                "order_id": "1",
                "merchant_id": "m",
                "product_id": "p",
                "quantity": 2,
                "unit_price": Decimal("0.1"),
            },
            {"order_id": "2", "merchant_id": "m", "product_id": "p", "unit_price": Decimal("0.2")},
            {"order_id": "2", "item_number": 2, "merchant_id": "m", "product_id": "q"},
            {"order_id": "3", "merchant_id": "m", "product_id": "r"},
        ],
        reviews=[{"review_id": "r", "order_id": "2"}],
    )


def only_streams(*names: str) -> FeaturesConfig:
    """The shipped config with the groups over these streams alone."""
    kinds = ("merchant", "product", "creator", "content", "buyer")
    return CONFIG.model_copy(
        update={kind: tuple(g for g in CONFIG.groups(kind) if g.stream in names) for kind in kinds}
    )


def entities(spark: SparkSession, kind: str, *names: str) -> DataFrame:
    return spark.createDataFrame(list(enumerate(names)), f"vertex_id long, {kind}_id string")


def windowed(
    spark: SparkSession, kind: str, sources: dict[str, DataFrame], *names: str, streams: tuple[str, ...]
) -> dict[str, dict[str, object]]:
    """The features of the entities of these names, in a window of 30 days, as of AS_OF."""
    config = only_streams(*streams)
    frames = stream_frames(config.streams, sources, Money())
    block = windowed_snapshot(kind, config, frames, entities=entities(spark, kind, *names), as_of=AS_OF)
    rows = {names[row["vertex_id"]]: row.asDict() for row in block.frame.collect()}
    return {
        name: {k.removesuffix("_30d"): v for k, v in row.items() if k.endswith("_30d")}
        for name, row in rows.items()
    }


def test_the_window_is_half_open_and_money_adds_up_exactly(spark: SparkSession) -> None:
    found = windowed(spark, "merchant", sales(spark), "m", streams=("order_lines",))["m"]
    assert {
        name: found[name] for name in ("orders", "units", "revenue", "buyers", "products", "orders_per_buyer")
    } == {
        "orders": 2,
        "units": 4,
        "revenue": 10.4,
        "buyers": 2,
        "products": 2,
        "orders_per_buyer": 1.0,
    }
    assert found["top_buyer_share"] == pytest.approx(2 / 3)
    assert found["live_share"] == 0.0


def test_a_review_of_an_order_counts_for_its_products_its_merchant_and_its_buyer(spark: SparkSession) -> None:
    told_by, sources = ("reviews", "reviewed_products"), sales(spark)
    products = windowed(spark, "product", sources, "p", "q", "r", streams=told_by)
    assert {name: row["reviews"] for name, row in products.items()} == {"p": 1, "q": 1, "r": 0}
    assert windowed(spark, "merchant", sources, "m", streams=told_by)["m"]["reviews"] == 1
    buyers = windowed(spark, "buyer", sources, "b", "c", streams=told_by)
    assert {name: (row["reviews"], row["rating_mean"]) for name, row in buyers.items()} == {
        "b": (0, None),
        "c": (1, 5.0),
    }


def test_a_review_of_one_product_is_of_that_one_and_one_without_a_line_of_it_of_no_merchant(
    spark: SparkSession,
) -> None:
    rows = {
        "reviews": [
            {"review_id": "r", "order_id": "2", "product_id": "q"},
            {"review_id": "s", "order_id": "2", "product_id": "z"},
        ]
    }
    sources = {**sales(spark), **{n: f for n, f in sources_of(spark, **rows).items() if n == "reviews"}}
    frames = stream_frames(["reviewed_products"], sources, Money())
    found = {(r["review"], r["product_id"], r["merchant_id"]) for r in frames["reviewed_products"].collect()}
    assert found == {("r/2", "q", "m"), ("s/2", "z", None)}


def test_who_hosts_or_lists_later_than_the_act_has_no_part_in_it(spark: SparkSession) -> None:
    later = NOON + timedelta(microseconds=1)
    sources = sources_of(
        spark,
        products=[
            {"product_id": "p", "merchant_id": "m", "listed_at": NOON},
            {"product_id": "q", "merchant_id": "m", "listed_at": later},
            {"product_id": "r", "merchant_id": "n"},
        ],
        contents=[
            {"content_id": "x", "creator_id": "c", "started_at": NOON},
            {"content_id": "y", "creator_id": "c", "started_at": later},
        ],
        events=[
            {"event_id": name, "actor_id": "b", "object_kind": kind, "object_id": name}
            for kind, names in {"product": "pqr", "content": "xy"}.items()
            for name in names
        ],
        orders=[{"order_id": name, "buyer_id": "b", "content_id": name} for name in "xy"],
        content_products=[{"content_id": "y", "product_id": "q"}],
    )
    frames = stream_frames(STREAMS, sources, Money())
    assert {r["event_id"]: r["merchant_id"] or r["creator_id"] for r in frames["events"].collect()} == {
        "p": "m",
        "q": None,
        "r": "n",
        "x": "c",
        "y": None,
    }
    assert {r["order_id"]: r["creator_id"] for r in frames["orders"].collect()} == {"x": "c", "y": None}
    (featured,) = frames["featured"].collect()
    assert (featured["creator_id"], featured["merchant_id"], featured["known_at"]) == ("c", None, later)


def test_a_decision_counts_from_when_it_was_known(spark: SparkSession) -> None:
    known = {"early": NOON, "late": datetime(2024, 3, 1), "before": datetime(2024, 2, 29, 23, 59, 59, 999999)}
    sources = sources_of(
        spark,
        violations=[
            {"entity_kind": "merchant", "entity_id": "m", "kind": kind, "decided_at": NOON, "known_at": at}
            for kind, at in known.items()
        ],
    )
    config, frames = only_streams("violations"), stream_frames(["violations"], sources, Money())
    asked = [
        (at, 0, moment)
        for at, moment in enumerate([NOON, NOON + timedelta(microseconds=1), datetime(2024, 3, 2)])
    ]
    questions = spark.createDataFrame(asked, "question long, vertex_id long, moment timestamp")
    of = entities(spark, "merchant", "m")
    block = windowed_at("merchant", config, frames, entities=of, questions=questions)
    assert {r["question"]: r["violations_90d"] for r in block.frame.collect()} == {0: 0, 1: 1, 2: 3}
    (row,) = windowed_snapshot("merchant", config, frames, entities=of, as_of=AS_OF).frame.collect()
    assert row["violations_90d"] == 2
    assert row["days_since_violation_180d"] == pytest.approx(1e-6 / 86400)


def test_every_stream_has_the_columns_that_it_says(spark: SparkSession) -> None:
    for name, frame in stream_frames(STREAMS, sources_of(spark), Money()).items():
        assert frame.columns == [column.name for column in STREAMS[name].columns]


def test_an_entity_that_did_nothing_has_zeros_and_nulls_and_a_community_of_one(spark: SparkSession) -> None:
    frames = stream_frames(CONFIG.streams, sources_of(spark), Money())
    around = surroundings(spark, ["b3"], edges={})
    quiet = around.entities["buyer"]
    block = windowed_snapshot("buyer", CONFIG, frames, entities=quiet, as_of=AS_OF)
    table = feature_tables(CONFIG.model_copy(update={"neighbours": ()}))["buyer"]
    with left_tidy(spark):
        graph = graph_blocks(around, as_of=AS_OF)["buyer"]
        (row,) = features_of(table, quiet, [block, *graph]).collect()
    assert list(row.asDict()) == [column.name for column in table.columns]
    assert (row["vertex_id"], row["community_size"], row["degree_bought_product"]) == (vertex("b3"), 1, 0)
    for column in block.columns:
        assert row[column.name] is None if column.nullable else row[column.name] == 0


EUR, USD = (
    {"order_id": "1", "buyer_id": "b", "currency": "EUR"},
    {"order_id": "2", "buyer_id": "b", "currency": "USD"},
)


def test_two_currencies_are_refused_unless_the_config_says_what_to_do(spark: SparkSession) -> None:
    found = orders_by_currency(sources_of(spark, orders=[EUR, USD, {**USD, "order_id": "3"}])["orders"])
    assert found == {"USD": 2, "EUR": 1}
    with pytest.raises(
        SourceError, match="more than one currency can't be added up: USD in 2 orders, EUR in 1"
    ):
        judged(found, CurrencyRule())
    with pytest.raises(SourceError, match="no factor to EUR for USD"):
        judged(found, CurrencyRule(policy="convert", to_base={"GBP": Decimal(1)}))
    assert "as they are" in judged(found, CurrencyRule(policy="ignore"))[0]
    assert (
        "2 orders are converted to EUR"
        in judged(found, CurrencyRule(policy="convert", to_base={"USD": 0.9}))[0]
    )
    assert judged({"EUR": 5}, CurrencyRule()) == []


def test_amounts_are_converted_line_by_line(spark: SparkSession) -> None:
    none = {"order_id": "3", "buyer_id": "b"}
    items = [{"order_id": o, "merchant_id": "m", "product_id": "p", "quantity": 3} for o in "123"]
    sources = sources_of(spark, orders=[EUR, USD, none], order_items=items)
    rule = CurrencyRule(policy="convert", to_base={"USD": Decimal("0.91234567")})
    lines = stream_frames(["order_lines"], sources, Money(rule))["order_lines"].collect()
    assert {r["order_id"]: (r["unit_price"], r["amount"]) for r in lines} == {
        "1": (Decimal("10.0000"), Decimal("30.0000")),
        "2": (Decimal("9.1235"), Decimal("27.3705")),
        "3": (Decimal("10.0000"), Decimal("30.0000")),
    }


def test_rows_that_no_window_holds_are_counted_with_the_reason(spark: SparkSession) -> None:
    sources = sources_of(
        spark,
        identifiers=[{"entity_id": "m", "value": str(n), "first_seen": None} for n in range(3)],
        orders=[{"order_id": "1", "buyer_id": "b", "ordered_at": datetime(2031, 1, 1)}],
        violations=[
            {
                "entity_kind": "buyer",
                "entity_id": "b",
                "kind": "x",
                "decided_at": NOON,
                "known_at": datetime(2024, 4, 1),
            }
        ],
    )
    frames = stream_frames(["identifiers", "orders", "violations"], sources, Money())
    young = rows_of(spark, BUYERS, [{"vertex_id": 1, "registered_at": NOON, "first_activity": LONG_AGO}])
    sound = rows_of(spark, MERCHANTS, [{"vertex_id": 2, "first_activity": LONG_AGO}])
    said = told(unused_rows(frames, AS_OF), acted_before_they_were({"buyer": young, "merchant": sound}))
    assert said == [
        "features.identifiers: 3 rows have no time and are in no window",
        "features.orders: 1 rows lie at or after the date and are in no window",
        "features.violations: 1 rows lie at or after the date and are in no window",
        "1 buyers did something before they are said to have existed: it counts as any other",
    ]
