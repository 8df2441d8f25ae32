"""Any edit of a contract is the same, a minor or a major change, and asks for the version that says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql.types import DoubleType, LongType, StringType

from marketgraph.tables import Column, Table
from marketgraph.tables.evolution import Change, Kept, change_between, differences, kept, next_version
from marketgraph.tables.migrations import History, Migration, faults_of
from marketgraph.tables.record import Record, faults, parsed, recorded, written

KINDS = (StringType(), LongType(), DoubleType())
SHOPS = Table(
    room="entities",
    name="shops",
    grain="one row per shop",
    key=("shop",),
    columns=(
        Column("shop", StringType(), "its id"),
        Column("stars", LongType(), "its stars", "stars"),
        Column("town", StringType(), "where it is", nullable=True),
    ),
)
RECORD = recorded([SHOPS], Record({}))

columns = st.builds(
    Kept,
    name=st.sampled_from("abcdef"),
    type=st.sampled_from(["bigint", "string", "double"]),
    nullable=st.booleans(),
    default=st.none() | st.integers(0, 3),
)
sound = columns.filter(lambda one: not (one.nullable and one.default is not None))
contracts = st.lists(sound, max_size=5, unique_by=lambda one: one.name).map(tuple)


def edited(*changed: Column, without: str = "", version: str = "1.0", **more: Any) -> Table:
    """The shops with these columns in place of their namesakes, or behind the others."""
    told = {column.name: column for column in (*SHOPS.columns, *changed)}
    return replace(SHOPS, columns=tuple(c for n, c in told.items() if n != without), version=version, **more)


@given(before=contracts, after=contracts)
def test_any_edit_is_one_of_three(before: tuple[Kept, ...], after: tuple[Kept, ...]) -> None:
    change = change_between(before, after)
    assert (change is Change.SAME) == (set(before) == set(after))
    readable = {c.name: c.type for c in before}.items() <= {c.name: c.type for c in after}.items()
    assert change is Change.MAJOR or readable
    assert len({one.column for one in differences(before, after)}) == len(differences(before, after))


@given(before=contracts, after=contracts)
def test_after_a_minor_change_every_old_row_has_a_value_and_no_old_promise_is_broken(
    before: tuple[Kept, ...], after: tuple[Kept, ...]
) -> None:
    if change_between(before, after) is Change.MINOR:
        old, new = {c.name: c for c in before}, {c.name: c for c in after}
        assert all(c.may_be_missing for c in after if c.name not in old)
        assert all(not new[c.name].nullable for c in before if not c.nullable)
        assert all(new[c.name].may_be_missing for c in before if c.nullable)


@given(one=contracts, two=contracts, three=contracts)
def test_two_minor_changes_are_no_major_one(one: Any, two: Any, three: Any) -> None:
    if max(change_between(one, two), change_between(two, three)) < Change.MAJOR:
        assert change_between(one, three) < Change.MAJOR


@given(before=contracts, order=st.randoms())
def test_the_order_of_columns_is_no_change(before: tuple[Kept, ...], order: Any) -> None:
    assert change_between(before, order.sample(before, len(before))) is Change.SAME


@given(change=st.sampled_from(Change), major=st.integers(1, 30), minor=st.integers(0, 30))
def test_versions_only_rise(change: Change, major: int, minor: int) -> None:
    after = tuple(int(part) for part in next_version(f"{major}.{minor}", change).split("."))
    assert (after > (major, minor)) == (change is not Change.SAME)


STORIES: dict[str, tuple[Table, str]] = {
    "a column that may be null": (edited(Column("city", StringType(), "", nullable=True)), "1.1"),
    "a column with a default": (edited(Column("orders", LongType(), "", default=0)), "1.1"),
    "a column without one": (edited(Column("orders", LongType(), "")), "2.0"),
    "a column gone": (edited(without="stars"), "2.0"),
    "a column renamed": (edited(Column("city", StringType(), "", nullable=True), without="town"), "2.0"),
    "another type": (edited(Column("stars", DoubleType(), "")), "2.0"),
    "null no longer": (edited(Column("town", StringType(), "")), "2.0"),
    "null no longer, with a default": (edited(Column("town", StringType(), "", default="?")), "1.1"),
    "null from now on": (edited(Column("stars", LongType(), "", nullable=True)), "2.0"),
    "another meaning": (edited(Column("stars", LongType(), "of five", "of 5", maximum=5)), "1.0"),
}


@pytest.mark.parametrize("story", STORIES)
def test_an_edit_asks_for_its_version_and_says_so(story: str) -> None:
    table, asked = STORIES[story]
    if asked == "1.0":
        assert faults(table, RECORD) == []
        return
    (told,) = faults(table, RECORD)
    assert f"give it version='{asked}'" in told
    assert ("declare a migration" in told) == (asked == "2.0")
    assert faults(replace(table, version=asked), RECORD) == []
    more = recorded([replace(table, version=asked)], RECORD)
    assert more.versions(SHOPS.full_name) == ("1.0", asked)
    assert faults(replace(table, version=asked), more) == []


@pytest.mark.parametrize("version", ["1.1", "1.2", "3.0"])
def test_a_version_that_no_edit_asked_for_is_told(version: str) -> None:
    assert "its columns are the same" in faults(replace(SHOPS, version=version), RECORD)[0]


def test_the_edit_is_told_by_column_and_types() -> None:
    (told,) = faults(edited(Column("stars", DoubleType(), "")), RECORD)
    assert "column stars was bigint, is double" in told
    with pytest.raises(ValueError, match="column stars was bigint, is double"):
        recorded([edited(Column("stars", DoubleType(), ""))], RECORD)


def test_a_table_that_grows_by_appends_only_takes_columns() -> None:
    appended = edited(Column("stars", DoubleType(), ""), version="2.0", sliced=False)
    assert "columns can only be added" in faults(appended, RECORD)[0]


@given(told=st.dictionaries(st.sampled_from(["1.0", "1.1", "1.10", "2.0"]), contracts, min_size=1))
def test_the_record_is_read_as_it_was_written(told: dict[str, tuple[Kept, ...]]) -> None:
    record = Record({"entities.shops": told})
    assert parsed(written(record)) == record
    assert written(parsed(written(record))) == written(record)


def test_versions_are_numbers_not_text() -> None:
    record = Record({"a.b": {"1.10": (), "1.9": kept(SHOPS.columns), "2.0": ()}})
    assert record.versions("a.b") == ("1.9", "1.10", "2.0")
    assert record.latest("a.b", 1) == ()
    assert record.latest("a.b", 3) is None


def test_a_migration_says_what_becomes_of_every_column() -> None:
    old, new = kept(SHOPS.columns), kept(edited(Column("rating", DoubleType(), ""), without="stars").columns)
    whole = Migration("entities.shops", 1, made={"rating": "cast(stars as double)"})
    assert faults_of(whole, old, new) == []
    assert faults_of(Migration("entities.shops", 1), old, new) == [
        "entities.shops 1 to 2: nothing is said of stars: make a column of it, or drop it",
        "entities.shops 1 to 2: nothing makes rating (double)",
    ]
    wrong = Migration("entities.shops", 1, made={"rating": "1.0", "stars": "1"}, dropped=("town", "lost"))
    assert len(faults_of(wrong, old, new)) == 4


def test_migrations_are_taken_in_their_order_and_none_may_lack() -> None:
    told = History(RECORD, tuple(Migration("a.b", before) for before in (3, 1, 2)))
    assert [one.before for one in told.path("a.b", 1, 4) or ()] == [1, 2, 3]
    assert told.path("a.b", 2, 2) == []
    assert told.path("a.b", 1, 5) is None
    assert told.path("a.c", 1, 2) is None
