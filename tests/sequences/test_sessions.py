from __future__ import annotations

from datetime import datetime, timedelta

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from marketgraph.features.money import Money
from marketgraph.sequences.acts import acts_in
from marketgraph.sequences.rules import SequencesConfig, SessionRule
from marketgraph.sequences.sessions import session_sequences, windows_of
from tests.builders import AS_OF, ids_of, sources_of

BEGINS = datetime(2024, 2, 20, 23, 30)  # it goes on past midnight
ENTITIES = ("buyer:b", "buyer:c", "product:p", "product:q", "content:l", "content:v", "merchant:m")
B, C, P, Q, LIVE = range(5)


def at(minutes: float) -> datetime:
    return BEGINS + timedelta(minutes=minutes)


def act(name: str, minutes: float, target: str, *, kind: str = "content", actor: str = "b") -> dict:
    return {"event_id": name, "verb": "view", "object_kind": kind, "object_id": target, "actor_id": actor,
            "occurred_at": at(minutes)}  # fmt: skip


def sessions(spark: SparkSession, *, ended: float | None = 60, rule: SessionRule | None = None, **rows):
    told = {
        "contents": [
            {"content_id": "l", "creator_id": "x", "kind": "live", "started_at": BEGINS,
             "ended_at": None if ended is None else at(ended)},
            {"content_id": "v", "creator_id": "x", "kind": "video", "started_at": BEGINS},
        ],
        "content_products": [{"content_id": "l", "product_id": "p", "featured_at": at(10)},
                             {"content_id": "v", "product_id": "p", "featured_at": at(10)}],
        **rows,
    }  # fmt: skip
    sources, ids = sources_of(spark, **told), ids_of(spark, *ENTITIES)
    rule = rule or SessionRule()
    vocabulary = spark.createDataFrame(
        [
            ("verb", "view", 2),
            ("verb", "order", 3),
            ("object_kind", "buyer", 2),
            ("object_kind", "content", 3),
        ],
        "field string, token string, id int",
    )
    windows = windows_of(sources, ids, moment=F.lit(datetime(AS_OF.year, AS_OF.month, AS_OF.day)), rule=rule)
    acts = acts_in(sources, ids, SequencesConfig(), Money())
    found = session_sequences(acts, windows, vocabulary, rule=rule).collect()
    return {
        row["vertex_id"]: list(zip(row["actors"], row["objects"], row["gaps"], strict=True)) for row in found
    }


def test_a_session_is_half_open_and_a_video_is_none(spark: SparkSession) -> None:
    acts = [
        act("a", -1, "l"),
        act("b", 0, "l"),
        act("c", 59, "l", actor="c"),
        act("d", 60, "l"),
        act("e", 5, "v"),
    ]
    assert sessions(spark, events=acts) == {LIVE: [(B, LIVE, 0), (C, LIVE, 59 * 60)]}


def test_acts_on_a_product_count_once_it_is_featured(spark: SparkSession) -> None:
    acts = [act(name, minutes, "p", kind="product") for name, minutes in (("a", 9), ("b", 10), ("c", 61))]
    told = {"events": [*acts, act("d", 20, "q", kind="product"), act("e", 30, "l")]}
    assert sessions(spark, **told) == {LIVE: [(B, P, 0), (B, LIVE, 20 * 60)]}
    assert sessions(spark, rule=SessionRule(products=False), **told) == {LIVE: [(B, LIVE, 0)]}


def test_an_order_that_names_its_content_counts_for_that_one_alone(spark: SparkSession) -> None:
    orders = [
        {"order_id": "1", "buyer_id": "b", "content_id": "l", "ordered_at": at(20)},
        {"order_id": "2", "buyer_id": "c", "content_id": "v", "ordered_at": at(21)},
    ]
    items = [{"order_id": n, "merchant_id": "m", "product_id": p} for n, p in (("1", "q"), ("2", "p"))]
    assert sessions(spark, orders=orders, order_items=items) == {LIVE: [(B, Q, 0)]}


def test_a_session_without_an_end_lasts_as_long_as_the_rule_says(spark: SparkSession) -> None:
    acts = [act("a", 2, "l"), act("b", 119, "l"), act("c", 120, "l")]
    found = sessions(spark, ended=None, rule=SessionRule(longest_hours=2), events=acts)
    assert found == {LIVE: [(B, LIVE, 0), (B, LIVE, 117 * 60)]}


def test_a_session_with_an_end_lasts_until_it_however_long(spark: SparkSession) -> None:
    acts = [act("a", 0, "l"), act("b", 179, "l"), act("c", 180, "l")]
    found = sessions(spark, ended=180, rule=SessionRule(longest_hours=2), events=acts)
    assert found == {LIVE: [(B, LIVE, 0), (B, LIVE, 179 * 60)]}


def test_of_a_long_session_the_last_acts_stay(spark: SparkSession) -> None:
    acts = [act(f"e{n}", n, "l") for n in range(6)]
    found = sessions(spark, rule=SessionRule(length=2), events=acts)
    assert found == {LIVE: [(B, LIVE, 0), (B, LIVE, 60)]}


def test_a_review_of_what_two_merchants_sold_is_one_act_of_the_session(spark: SparkSession) -> None:
    orders = [{"order_id": "1", "buyer_id": "b", "ordered_at": at(-9)}]
    items = [{"order_id": "1", "merchant_id": m, "product_id": "p"} for m in ("m", "n")]
    reviews = [{"review_id": "r", "order_id": "1", "product_id": "p", "reviewed_at": at(20)}]
    assert sessions(spark, orders=orders, order_items=items, reviews=reviews) == {LIVE: [(B, P, 0)]}
