"""What a replay says of refused rows: each told again by its raw row, else as many as there are."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from marketgraph.sources.replayed import COUNTS, GROUP, compared
from marketgraph.tables.sources import QUARANTINE

Told = dict[tuple[Any, ...], tuple[int, ...]]


def row(reason: str, column: str | None = "price", file: str = "items.csv", **raw: str) -> tuple[Any, ...]:
    return ("order_items", reason, column, "bad", file, json.dumps(raw or {"id": "1"}))


def told(spark: SparkSession, before: list[Any], after: list[Any], *, same_key: bool = True) -> Told:
    frames = [spark.createDataFrame(rows, QUARANTINE.schema) for rows in (before, after)]
    found = compared(*frames, same_key=same_key).collect()
    return {tuple(one[name] for name in GROUP[1:]): tuple(one[name] for name in COUNTS) for one in found}


def test_rows_are_told_again_by_their_raw_row(spark: SparkSession) -> None:
    mended, stays, comes = (row("bad_type", id=one) for one in ("1", "2", "3"))
    assert told(spark, [mended, stays], [stays, comes]) == {("bad_type", "price"): (2, 1, 1, 1, 2)}


def test_copies_of_a_row_are_counted_one_by_one(spark: SparkSession) -> None:
    copy = row("duplicate_row", id="1")
    assert told(spark, [copy] * 3, [copy]) == {("duplicate_row", "price"): (3, 2, 1, 0, 1)}


def test_a_row_with_another_reason_is_still_refused(spark: SparkSession) -> None:
    found = told(spark, [row("bad_type")], [row("unknown_reference", "order_id")])
    assert found == {
        ("bad_type", "price"): (1, 0, 1, 0, 0),
        ("unknown_reference", "order_id"): (0, 0, 0, 0, 1),
    }


def test_one_row_in_two_files_is_two_rows(spark: SparkSession) -> None:
    found = told(spark, [row("bad_type", file="a.csv")], [row("bad_type", file="b.csv")])
    assert found == {("bad_type", "price"): (1, 1, 0, 1, 1)}


def test_where_other_columns_are_read_rows_are_told_by_their_number(spark: SparkSession) -> None:
    before = [row("bad_type", id=str(n), cost="x") for n in range(5)]
    after = [row("bad_type", id=str(n), price="x") for n in range(2)]
    assert told(spark, before, after) == {("bad_type", "price"): (5, 3, 2, 0, 2)}


def test_another_key_hashes_otherwise_and_rows_are_told_by_their_number(spark: SparkSession) -> None:
    before, after = [row("bad_type", phone="0a")], [row("bad_type", phone="f7")]
    assert told(spark, before, after) == {("bad_type", "price"): (1, 1, 0, 1, 1)}
    assert told(spark, before, after, same_key=False) == {("bad_type", "price"): (1, 0, 1, 0, 1)}


def test_a_record_that_is_cut_does_not_keep_others_from_being_told_again(spark: SparkSession) -> None:
    cut, whole = row("unreadable", None, record="1;2"), row("bad_type", id="1")
    found = told(spark, [cut, whole], [whole])
    assert found == {("unreadable", None): (1, 1, 0, 0, 0), ("bad_type", "price"): (1, 0, 1, 0, 1)}


rows = st.lists(
    st.builds(
        row,
        st.sampled_from(["bad_type", "not_allowed"]),
        st.sampled_from(["price", None]),
        id=st.sampled_from("123"),
    ),
    max_size=6,
)


@settings(max_examples=6, deadline=None)
@given(before=rows, after=rows)
def test_every_row_has_one_place(spark: SparkSession, before: list[Any], after: list[Any]) -> None:
    sums = [sum(column) for column in zip(*told(spark, before, after).values(), strict=True)] or [0] * 5
    refused_before, no_longer, still, newly, refused_now = sums
    assert (refused_before, refused_now) == (len(before), len(after))
    assert (no_longer + still, newly + still) == (len(before), len(after))
