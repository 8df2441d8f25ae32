"""What becomes of each row: accepted, later, merged or refused, for one reason."""

from __future__ import annotations

from datetime import date

import pytest
from pyspark.sql import SparkSession

from marketgraph.errors import QualityError, SourceError
from marketgraph.sources.faults import MEANING, Outcome, Reason
from marketgraph.sources.visibility import ends_before_start
from tests.conftest import ROOT
from tests.sources.shop import (
    BUYERS,
    IDENTIFIERS,
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

LIVES = {
    "from": "lives.csv",
    "format": "csv",
    "columns": {
        "content_id": "id",
        "creator_id": "host",
        "kind": {"value": "live"},
        "started_at": "from",
        "ended_at": "to",
    },
}


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """A shop with two merchants, a product and two buyers."""
    shop.write("merchants.csv", "id,since", "m1,", "m2,2024-02-10")
    shop.write("products.csv", "id,shop", "p1,m1")
    shop.write("buyers.csv", "id,town", "b1,Bonn", "b2,Köln")
    return shop


def test_a_date_that_is_none(stocked: Shop) -> None:
    stocked.write("orders.csv", "id,buyer,placed", "o1,b1,2018-13-45", "o2,b1,2024-01-01")
    with stocked.conform(buyers=BUYERS, orders=ORDERS) as conformed:
        assert accepted(conformed, "orders", "order_id") == [("o2",)]
        assert refused(conformed) == [("orders", "bad_type", "ordered_at", "2018-13-45")]
        (line,) = [line for line in conformed.warnings if line.startswith("orders:")]
        assert "1 of 2 rows refused" in line
        assert "orders.csv = '2018-13-45'" in line


def test_a_time_before_any_marketplace(stocked: Shop) -> None:
    stocked.write("orders.csv", "id,buyer,placed", "o1,b1,0001-01-01")
    with stocked.conform(buyers=BUYERS, orders=ORDERS) as conformed:
        assert refused(conformed) == [("orders", "out_of_range", "ordered_at", "0001-01-01")]


def test_a_value_outside_of_the_closed_set(stocked: Shop) -> None:
    stocked.write("orders.csv", "id,buyer,placed,state", "o1,b1,2024-01-01,ok", "o2,b1,2024-01-01,lost")
    status = {"column": "state", "values": {"ok": "paid"}}
    with stocked.conform(buyers=BUYERS, orders=part(ORDERS, columns={"status": status})) as conformed:
        assert accepted(conformed, "orders", "order_id", "status") == [("o1", "paid")]
        assert refused(conformed) == [("orders", "not_allowed", "status", "lost")]


def test_a_negative_price(stocked: Shop) -> None:
    stocked.write("orders.csv", "id,buyer,placed", "o1,b1,2024-01-01")
    stocked.write(
        "items.csv", "order,line,shop,product,price", "o1,1,m1,p1,-2.50", "o1,0,m1,p1,1", "o1,2,m1,p1,0"
    )
    tables = {
        "merchants": MERCHANTS,
        "products": PRODUCTS,
        "buyers": BUYERS,
        "orders": ORDERS,
        "order_items": ITEMS,
    }
    with stocked.conform(**tables) as conformed:
        assert accepted(conformed, "order_items", "item_number") == [(2,)]
        assert refused(conformed) == [
            ("order_items", "out_of_range", "item_number", "0"),
            ("order_items", "out_of_range", "unit_price", "-2.50"),
        ]


def test_an_order_of_an_unknown_buyer_and_what_hangs_on_it(stocked: Shop) -> None:
    stocked.write("orders.csv", "id,buyer,placed", "o1,b9,2024-01-01", "o2,b1,2024-01-01")
    stocked.write(
        "items.csv", "order,line,shop,product,price", "o1,1,m1,p1,2", "o2,1,m1,p1,2", "o2,2,m1,p9,2"
    )
    tables = {
        "merchants": MERCHANTS,
        "products": PRODUCTS,
        "buyers": BUYERS,
        "orders": ORDERS,
        "order_items": ITEMS,
    }
    with stocked.conform(**tables) as conformed:
        assert accepted(conformed, "order_items", "order_id", "item_number") == [("o2", 1)]
        assert refused(conformed, "table", "reason", "column", "bad_value", "raw_row") == [
            (
                "order_items",
                "unknown_reference",
                "order_id",
                "o1",
                '{"order":"o1","line":"1","shop":"m1","product":"p1","price":"2"}',
            ),
            (
                "order_items",
                "unknown_reference",
                "product_id",
                "p9",
                '{"order":"o2","line":"2","shop":"m1","product":"p9","price":"2"}',
            ),
            (
                "orders",
                "unknown_reference",
                "buyer_id",
                "b9",
                '{"id":"o1","buyer":"b9","placed":"2024-01-01"}',
            ),
        ]


def test_a_holder_is_found_by_kind_and_id(stocked: Shop) -> None:
    stocked.write(
        "phones.csv",
        "holder_kind,holder,number,first,last",
        "buyer,b1,111,2024-01-01,",
        "merchant,m1,222,,",
        "merchant,b1,333,2024-01-01,",
        "shop,m1,444,2024-01-01,",
    )
    tables = {"merchants": MERCHANTS, "buyers": BUYERS, "identifiers": IDENTIFIERS}
    with stocked.conform(**tables) as conformed:
        assert accepted(conformed, "identifiers", "entity_kind", "entity_id") == [
            ("buyer", "b1"),
            ("merchant", "m1"),
        ]
        assert refused(conformed) == [
            ("identifiers", "not_allowed", "entity_kind", "shop"),
            ("identifiers", "unknown_reference", "entity_id", "merchant b1"),
        ]


def test_of_exact_copies_one_is_kept(stocked: Shop) -> None:
    stocked.write(
        "orders.csv", "id,buyer,placed", "o1,b1,2024-01-01", "o1,b1,2024-01-01 00:00", "o1, b1,2024-01-01"
    )
    with stocked.conform(buyers=BUYERS, orders=ORDERS) as conformed:
        assert accepted(conformed, "orders", "order_id") == [("o1",)]
        assert refused(conformed) == [("orders", "duplicate_row", "order_id", "o1")] * 2


def test_of_rows_that_share_a_key_and_differ_none_is_kept(stocked: Shop) -> None:
    stocked.write(
        "orders.csv",
        "id,buyer,placed",
        "o1,b1,2024-01-01",
        "o1,b2,2024-01-01",
        "o1,b1,2024-01-01",
        "o2,b1,2024-01-01",
        "o2,b9,2024-01-01",
    )
    with stocked.conform(buyers=BUYERS, orders=ORDERS) as conformed:
        # o2's other row has a fault of its own, so nothing speaks against the first
        assert accepted(conformed, "orders", "order_id", "buyer_id") == [("o2", "b1")]
        assert refused(conformed) == [
            *[("orders", "duplicate_key", "order_id", "o1")] * 3,
            ("orders", "unknown_reference", "buyer_id", "b9"),
        ]


def test_rows_that_only_a_later_time_tells_apart_are_copies_until_then(stocked: Shop) -> None:
    stocked.write(
        "phones.csv",
        "holder_kind,holder,number,first,last",
        "buyer,b1,111,2024-01-01,2024-03-05",
        "buyer,b1,111,2024-01-01,2024-03-09",
    )
    with stocked.conform(buyers=BUYERS, identifiers=IDENTIFIERS) as conformed:
        assert len(accepted(conformed, "identifiers")) == 1
        assert refused(conformed, "reason") == [("duplicate_row",)]
    with stocked.conform(as_of=date(2024, 3, 7), buyers=BUYERS, identifiers=IDENTIFIERS) as conformed:
        assert refused(conformed, "reason") == [("duplicate_key",)] * 2


def test_null_is_a_value_of_a_key(stocked: Shop) -> None:
    stocked.write(
        "phones.csv",
        "holder_kind,holder,number,first,last",
        "buyer,b1,1 1,,",
        "buyer,b1,11,,",
        "buyer,b1,11,,2024-01-01",
    )
    with stocked.conform(buyers=BUYERS, identifiers=IDENTIFIERS) as conformed:
        assert accepted(conformed, "identifiers") == []
        assert refused(conformed, "reason") == [("duplicate_key",)] * 3


def test_rows_of_the_run_s_date_or_after_are_later_and_not_refused(stocked: Shop) -> None:
    stocked.write(
        "orders.csv",
        "id,buyer,placed",
        "o1,b1,2024-02-29 23:59:59.999999",
        "o2,b1,2024-03-01",
        "o3,b9,2024-03-02",
        "o1,b2,2024-03-03",
    )
    with stocked.conform(buyers=BUYERS, orders=ORDERS) as conformed:
        counts = table(conformed, "orders").counts
        assert accepted(conformed, "orders", "order_id", "buyer_id") == [("o1", "b1")]
        assert (counts.later, counts.refused) == (3, 0)


def test_a_child_of_a_later_row_is_later(stocked: Shop) -> None:
    stocked.write("orders.csv", "id,buyer,placed", "o1,b1,2024-01-01", "o2,b1,2024-03-05")
    stocked.write(
        "items.csv", "order,line,shop,product,price", "o1,1,m1,p1,2", "o2,1,m1,p1,2", "o2,2,m1,p1,-1"
    )
    tables = {
        "merchants": MERCHANTS,
        "products": PRODUCTS,
        "buyers": BUYERS,
        "orders": ORDERS,
        "order_items": ITEMS,
    }
    with stocked.conform(**tables) as conformed:
        counts = table(conformed, "order_items").counts
        assert (counts.accepted, counts.later, counts.refused) == (1, 2, 0)


def test_a_decision_that_is_not_known_yet_is_later(stocked: Shop) -> None:
    stocked.write("verdicts.csv", "kind,who,what,on,told", "merchant,m1,fraud,2024-01-01,2024-03-01")
    verdicts = {
        "from": "verdicts.csv",
        "format": "csv",
        "columns": {
            "entity_kind": "kind",
            "entity_id": "who",
            "kind": "what",
            "decided_at": "on",
            "known_at": "told",
        },
    }
    with stocked.conform(merchants=MERCHANTS, violations=verdicts) as conformed:
        assert table(conformed, "violations").counts.later == 1
    with stocked.conform(as_of=date(2024, 3, 2), merchants=MERCHANTS, violations=verdicts) as conformed:
        assert table(conformed, "violations").counts.accepted == 1


def test_a_last_sight_after_the_run_s_date_lasts_until_then(stocked: Shop) -> None:
    stocked.write(
        "phones.csv",
        "holder_kind,holder,number,first,last",
        "buyer,b1,111,2024-01-01,2024-03-01",
        "buyer,b2,111,2024-01-01,2024-02-29",
    )
    with stocked.conform(buyers=BUYERS, identifiers=IDENTIFIERS) as conformed:
        seen = table(conformed, "identifiers").accepted.selectExpr("entity_id", "string(last_seen)").collect()
        assert sorted(map(tuple, seen)) == [
            ("b1", "2024-02-29 23:59:59.999999"),
            ("b2", "2024-02-29 00:00:00"),
        ]


def test_one_per_key_keeps_the_first_in_its_order(stocked: Shop) -> None:
    stocked.write(
        "people.csv",
        "person,town,at",
        "b1,Bonn,2024-01-05",
        "b1,Köln,2024-01-02",
        "b2,Ulm,2024-01-01",
        ",Ulm,2024-01-01",
    )
    people = {
        "from": "people.csv",
        "format": "csv",
        "one_per_key": {"order_by": ["at DESC", "town"]},
        "columns": {"buyer_id": "person", "city": "town"},
    }
    with stocked.conform(buyers=people) as conformed:
        counts = table(conformed, "buyers").counts
        assert accepted(conformed, "buyers", "buyer_id", "city") == [("b1", "Bonn"), ("b2", "Ulm")]
        assert (counts.merged, counts.refused) == (1, 1)


def test_one_per_key_never_prefers_a_row_of_the_future(stocked: Shop) -> None:
    stocked.write("people.csv", "person,town,at", "b1,Bonn,2024-01-05", "b1,Köln,2024-03-02")
    people = {
        "from": "people.csv",
        "format": "csv",
        "one_per_key": {"order_by": ["at desc"]},
        "columns": {"buyer_id": "person", "city": "town", "registered_at": "at"},
    }
    with stocked.conform(buyers=people) as conformed:
        assert accepted(conformed, "buyers", "buyer_id", "city") == [("b1", "Bonn")]
        assert table(conformed, "buyers").counts.later == 1


def test_too_many_bad_rows_stop_the_run_and_say_which(stocked: Shop) -> None:
    stocked.write(
        "orders.csv",
        "id,buyer,placed",
        "o1,b1,2018-13-45",
        "o2,b1,2018-13-46",
        "o3,b9,2024-01-01",
        "o4,b1,2024-01-01",
    )
    with stocked.conform(buyers=BUYERS, orders=ORDERS) as conformed:
        with pytest.raises(QualityError) as caught:
            conformed.require_few_refused(0.5)
        conformed.require_few_refused(0.75)
    told = str(caught.value)
    assert caught.value.exit_code == 3
    assert "orders: 3 of 4 rows are bad, 75.00% with a limit of 50.00%" in told
    assert "2 bad_type ordered_at" in told
    assert "orders.csv = '2018-13-45'" in told
    assert "1 unknown_reference buyer_id" in told
    assert "what to do: mend the files or the mapping" in told


def test_a_date_before_all_data(stocked: Shop) -> None:
    stocked.write("orders.csv", "id,buyer,placed", "o1,b1,2024-01-03 10:00", "o2,b1,2024-01-02 09:30")
    with pytest.raises(SourceError) as caught:
        stocked.conform(as_of=date(2020, 1, 1), buyers=BUYERS, orders=ORDERS)
    assert "there are no orders before 2020-01-01; the first is of 2024-01-02 09:30 UTC" in str(caught.value)
    assert "choose a later --as-of: 2024-01-03 or after" in str(caught.value)


@pytest.mark.parametrize("placed", ["9999-12-31", "9999-12-31T23:59:59.9-18:00"])
def test_orders_of_the_last_day_of_all(stocked: Shop, placed: str) -> None:
    stocked.write("orders.csv", "id,buyer,placed", f"o1,b1,{placed}")
    with pytest.raises(
        SourceError, match="there are no orders before 2024-03-01; the first is of 9999-12-31"
    ):
        stocked.conform(buyers=BUYERS, orders=ORDERS)


def test_a_last_sight_before_the_first(stocked: Shop) -> None:
    stocked.write(
        "phones.csv",
        "holder_kind,holder,number,first,last",
        "buyer,b1,111,2024-01-02,2024-01-01",
        "buyer,b1,222,2024-01-02,2024-01-02",
        "buyer,b1,333,,2024-01-01",
        "buyer,b1,444,2024-01-02,",
    )
    with stocked.conform(buyers=BUYERS, identifiers=IDENTIFIERS) as conformed:
        counts = table(conformed, "identifiers").counts
        assert (counts.accepted, counts.refused, counts.read) == (3, 1, 4)
        assert refused(conformed) == [("identifiers", "ends_before_start", "last_seen", "2024-01-01")]
        (line,) = [line for line in conformed.warnings if line.startswith("identifiers:")]
        assert "1 ends_before_start last_seen (the end lies before the start of the same row" in line


def test_a_session_that_ends_before_it_starts(stocked: Shop) -> None:
    stocked.write("creators.csv", "id", "c1")
    stocked.write(
        "lives.csv",
        "id,host,from,to",
        "l1,c1,2024-01-01 10:00,2024-01-01 09:59",
        "l2,c1,2024-01-01 10:00,2024-01-01 11:00",
        "l3,c1,2024-02-29 23:00,2024-03-01 01:00",
        "l4,c1,2024-03-02 10:00,2024-03-02 09:00",
    )
    creators = {"from": "creators.csv", "format": "csv", "columns": {"creator_id": "id"}}
    with stocked.conform(creators=creators, contents=LIVES) as conformed:
        counts = table(conformed, "contents").counts
        assert accepted(conformed, "contents", "content_id") == [("l2",), ("l3",)]
        assert refused(conformed) == [("contents", "ends_before_start", "ended_at", "2024-01-01 09:59")]
        assert counts.later == 1  # l4 was not there yet, whatever is wrong with it


def test_an_end_that_is_not_known_yet_is_not_judged(spark: SparkSession) -> None:
    frame = spark.sql("SELECT timestamp '2024-03-05' AS started, timestamp '2024-03-02' AS ended")
    for as_of, known in ((date(2024, 3, 2), False), (date(2024, 3, 3), True)):
        (row,) = frame.select(ends_before_start("started", "ended", as_of)).collect()
        assert row[0] is known


def test_an_identifier_without_a_value(stocked: Shop) -> None:
    stocked.write(
        "phones.csv",
        "holder_kind,holder,number,first,last",
        "buyer,b1,,2024-01-01,",
        "buyer,b1,  ,2024-01-01,",
    )
    stocked.write("more.json", '{"holder": "b1", "number": null}', '{"holder": "b1", "number": " "}')
    given = {
        "entity_kind": {"value": "buyer"},
        "entity_id": "holder",
        "kind": {"value": "phone"},
        "value": "number",
    }
    more = {"from": "more.json", "format": "json", "columns": given}
    with stocked.conform(buyers=BUYERS, identifiers=[IDENTIFIERS, more]) as conformed:
        assert refused(conformed) == [("identifiers", "missing_value", "value", None)] * 4


def test_the_page_about_source_rows_has_every_outcome_and_reason() -> None:
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    assert [reason for reason in Reason if f"| `{reason.value}` | {MEANING[reason]}" not in page] == []
    assert [told for told in Outcome if f"\n| {told.value.replace('_', ' ')} |" not in page] == []
