"""A table whose contract changed: what is written to it, what older slices and releases read as."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql.types import DoubleType, LongType, StringType

from marketgraph.books import Books
from marketgraph.delta_tables import compact
from marketgraph.errors import StoreError
from marketgraph.releases.clone import clone_release
from marketgraph.releases.load import Release, find_release, listed_releases, opened
from marketgraph.releases.maintenance import tables_of
from marketgraph.store import Store
from marketgraph.tables import Column, Table
from marketgraph.tables.migrations import History, Migration
from marketgraph.tables.record import Record, recorded
from tests.releases.days import MONDAY, TUESDAY, WEDNESDAY, Warehouse

STRING, LONG, DOUBLE = StringType(), LongType(), DoubleType()
SHOP, STARS = Column("shop", STRING, "its id"), Column("stars", LONG, "its stars")
TOWN = Column("town", STRING, "where it is", nullable=True)
ORDERS = Column("orders", LONG, "so far", default=0)
RATING = Column("rating", DOUBLE, "mean of its stars")

V10 = Table("entities", "shops", "one row per shop", ("shop",), (SHOP, STARS))
V11 = replace(V10, columns=(SHOP, STARS, TOWN, ORDERS), version="1.1")
V20 = replace(V10, columns=(SHOP, RATING, TOWN, ORDERS), version="2.0")
V30 = replace(V10, columns=(SHOP, RATING), version="3.0")
TO_2 = Migration("entities.shops", 1, made={"rating": "cast(stars as double)"})
TO_3 = Migration("entities.shops", 2, dropped=("town", "orders"))


def told(*tables: Table, migrations: tuple[Migration, ...] = (TO_2, TO_3)) -> History:
    record = Record({})
    for table in tables:
        record = recorded([table], record)
    return History(record, migrations)


ALL = told(V10, V11, V20, V30)


class Shops(Warehouse):
    """A warehouse of a table `entities.shops`, by these contracts."""

    def __init__(self, spark: SparkSession, root: str, history: History = ALL) -> None:
        super().__init__(spark, root)
        self.store = Store(spark, root, told=history)

    def release(self, name: str, contract: Table, history: History = ALL) -> Release:
        """A release, read by code whose contract is this one."""
        store = Store(self.spark, self.root, told=history)
        found = opened(store, find_release(store, name, listed_releases(store)))
        return replace(found, contracts={contract.full_name: contract})

    def slice_of(self, as_of: Any, contract: Table, history: History = ALL) -> list[dict[str, Any]]:
        """The slice that stands for a date, as a run of that contract reads it."""
        store = Store(self.spark, self.root, told=history)
        return rows_of(store.read_slice(contract, Books(store, as_of).slice(contract)))


def rows_of(frame: Any) -> list[dict[str, Any]]:
    return sorted((row.asDict() for row in frame.collect()), key=lambda row: str(row["shop"]))


@pytest.fixture
def shops(spark: SparkSession, warehouse: str) -> Shops:
    return Shops(spark, warehouse)


def test_an_added_column_is_its_default_in_older_slices(shops: Shops) -> None:
    monday = shops.publish(MONDAY, "a", {V10: [("s1", 4)]})
    tuesday = shops.publish(TUESDAY, "b", {V11: [("s1", 5, "Faro", 7)]})
    old, new = {"shop": "s1", "stars": 4}, {"shop": "s1", "stars": 5, "town": "Faro", "orders": 7}
    assert shops.slice_of(MONDAY, V11) == [{**old, "town": None, "orders": 0}]
    assert shops.slice_of(TUESDAY, V11) == [new]
    read = shops.release(monday, V11)
    assert rows_of(read.table("entities.shops")) == [{**old, "town": None, "orders": 0, "as_of": MONDAY}]
    assert read.slices(["entities.shops"]).columns == ["shop", "stars", "town", "orders"]
    # whoever asks for the version that it was made for gets no more, of either
    for name, row in ((monday, old), (tuesday, {"shop": "s1", "stars": 5})):
        read = shops.release(name, V11)
        assert rows_of(read.table("entities.shops", version="1.0").drop("as_of")) == [row]
    # code of before goes on reading and writing beside it
    assert shops.slice_of(TUESDAY, V10) == [{"shop": "s1", "stars": 5}]
    shops.write(WEDNESDAY, "c", {V10: [("s2", 1)]})
    assert shops.slice_of(WEDNESDAY, V11) == [{"shop": "s2", "stars": 1, "town": None, "orders": 0}]


def test_a_null_that_a_run_wrote_where_none_may_be_is_not_made_up_for(shops: Shops) -> None:
    loose = replace(V11, columns=(SHOP, STARS, TOWN, replace(ORDERS, default=None, nullable=True)))
    frame = shops.spark.createDataFrame([("s1", 4, None, None)], loose.schema)
    held = shops.store.write(V11, frame, shops.run_of(MONDAY), fingerprint="a", sequence=1)
    for one in (held, replace(held, files=None)):  # the gate sees it, whoever wrote the slice
        assert rows_of(shops.store.read_slice(V11, one))[0]["orders"] is None


def test_a_retyped_column_goes_through_its_migration(shops: Shops) -> None:
    monday = shops.publish(MONDAY, "a", {V10: [("s1", 4)]})
    shops.publish(TUESDAY, "b", {V11: [("s1", 5, "Faro", 7)]})
    wednesday = shops.publish(WEDNESDAY, "c", {V20: [("s1", 4.5, "Faro", 9)]})
    assert shops.store.path(V20).endswith("entities/shops@2")
    assert shops.slice_of(MONDAY, V20) == [{"shop": "s1", "rating": 4.0, "town": None, "orders": 0}]
    assert shops.slice_of(TUESDAY, V20) == [{"shop": "s1", "rating": 5.0, "town": "Faro", "orders": 7}]
    assert shops.slice_of(MONDAY, V30) == [{"shop": "s1", "rating": 4.0}]  # by way of version 2
    assert shops.slice_of(WEDNESDAY, V30) == [{"shop": "s1", "rating": 4.5}]
    read = shops.release(monday, V20)
    assert rows_of(read.table("entities.shops").drop("as_of")) == shops.slice_of(MONDAY, V20)
    assert rows_of(read.table("entities.shops", version="3.0").drop("as_of")) == shops.slice_of(MONDAY, V30)
    assert list(read.pins) == ["entities.shops"]
    assert list(shops.release(wednesday, V20).pins) == ["entities.shops"]
    assert {"entities.shops", "entities.shops@2"} <= set(tables_of(shops.store))


def test_a_date_that_is_run_again_stands_at_the_new_version(shops: Shops) -> None:
    shops.publish(MONDAY, "a", {V10: [("s1", 4)]})
    again = shops.publish(MONDAY, "b", {V20: [("s1", 4.5, None, 1)]})
    assert shops.slice_of(MONDAY, V20) == [{"shop": "s1", "rating": 4.5, "town": None, "orders": 1}]
    assert Books(shops.store, MONDAY).next_sequence(V20) == 3
    assert shops.release("2024-01-01", V20).id == again
    page = shops.command("releases", "diff", *[one.id for one in listed_releases(shops.store)]).output
    assert "rating" in page  # the versions of two Delta tables are not taken for one


def test_without_a_migration_the_columns_are_told(shops: Shops) -> None:
    monday = shops.publish(MONDAY, "a", {V10: [("s1", 4)]})
    none = told(V10, V20, migrations=())
    frame, store = shops.spark.createDataFrame([], V20.schema), Store(shops.spark, shops.root, told=none)
    for read in (
        lambda: store.write(V20, frame, shops.run_of(TUESDAY), fingerprint="b", sequence=1),
        lambda: shops.slice_of(MONDAY, V20, none),
        lambda: shops.release(monday, V20, none).table("entities.shops"),
    ):
        with pytest.raises(StoreError, match=r"entities\.shops: there are slices of version 1") as error:
            read()
        assert "column stars (bigint) is gone; column rating is new (double)" in str(error.value)
        assert "docs/contracts.md" in str(error.value)
    assert store.version(V20) == -1


def test_a_version_that_a_slice_cant_be_read_at_is_told_with_those_that_it_can(shops: Shops) -> None:
    monday = shops.publish(MONDAY, "a", {V10: [("s1", 4)]})
    wednesday = shops.publish(WEDNESDAY, "c", {V20: [("s1", 4.5, None, 1)]})
    with pytest.raises(StoreError, match=r"can't be read at version 1\.0") as error:
        shops.release(wednesday, V30).table("entities.shops", version="1.0")
    assert "they can be read at 2.0, 3.0" in str(error.value)
    only = told(V10, V11, V20, migrations=())
    with pytest.raises(StoreError, match=r"version 1\.7, which its contract never had") as error:
        shops.release(monday, V20, only).table("entities.shops", version="1.7")
    assert "they can be read at 1.0, 1.1;" in str(error.value)


def test_a_slice_of_newer_code_is_told(shops: Shops) -> None:
    shops.publish(MONDAY, "a", {V20: [("s1", 4.5, None, 1)]})
    with pytest.raises(StoreError, match=r"this code knows 1\.1"):
        shops.slice_of(MONDAY, V11)


@pytest.mark.parametrize(
    ("changed", "fragment"),
    [
        (replace(V10, columns=(SHOP, replace(STARS, type=DOUBLE))), "column stars was bigint, is double"),
        (replace(V10, columns=(SHOP,)), "column stars (bigint) is gone"),
        (replace(V10, columns=(SHOP, STARS, TOWN)), "column town is new (string or null)"),
        (replace(V10, columns=(SHOP, STARS, RATING), version="1.1"), "column rating is new (double)"),
    ],
    ids=["retyped", "removed", "added and the version as before", "added without a default"],
)
def test_a_change_that_its_version_does_not_allow_is_refused_before_anything_is_written(
    shops: Shops, changed: Table, fragment: str
) -> None:
    shops.publish(MONDAY, "a", {V10: [("s1", 4)]})
    frame = shops.spark.createDataFrame([], changed.schema)
    with pytest.raises(StoreError) as error:
        shops.store.write(changed, frame, shops.run_of(TUESDAY), fingerprint="b", sequence=1)
    assert "entities.shops is written at version" in str(error.value)
    assert fragment in str(error.value)
    assert "raise the contract's version" in str(error.value)
    assert shops.store.version(V10) == 0


def test_an_append_takes_columns_too(shops: Shops) -> None:
    before = replace(V10, sliced=False)
    after = replace(V11, sliced=False)
    for table, row in ((before, ("s1", 4)), (after, ("s2", 5, "Faro", 7)), (after, ("s3", 1, None, 2))):
        version = shops.store.version(table)
        frame = shops.spark.createDataFrame([row], table.schema)
        shops.store.append(table, frame, app_id="shops", app_version=version + 1)
    first = {"shop": "s1", "stars": 4, "town": None, "orders": 0}
    assert rows_of(shops.store.read_or_empty(after))[0] == first
    assert rows_of(shops.store.read(after))[0] == first
    assert rows_of(shops.store.read(after, version=0)) == [first]
    assert shops.store.read(before).columns == ["shop", "stars"]


def test_slices_whose_commits_do_not_tell_are_read_by_what_they_have(shops: Shops, tmp_path: Any) -> None:
    monday = shops.publish(MONDAY, "a", {V10: [("s1", 4)]})
    shops.publish(TUESDAY, "b", {V20: [("s1", 4.5, "Faro", 7)]})
    for name, day in ((monday, MONDAY), ("2024-01-02", TUESDAY)):  # a clone's commit is none of a run
        to = f"{tmp_path}/{day}"
        clone_release(shops.store, name, to)
        assert Shops(shops.spark, to).slice_of(day, V20) == shops.slice_of(day, V20)
    compact(shops.spark, shops.store.path(V10))
    shops.write(
        WEDNESDAY, "c", {V11: [("s1", 5, "Faro", 7)]}
    )  # nor does one of maintenance keep it from growing
    assert shops.slice_of(WEDNESDAY, V11)[0]["town"] == "Faro"


def test_slices_of_both_versions_are_read_together(shops: Shops) -> None:
    other = replace(V11, name="stalls")
    record = recorded([replace(V10, name="stalls")], ALL.record)
    store = Store(shops.spark, shops.root, told=History(recorded([other], record), ALL.migrations))
    shops.write(MONDAY, "a", {V10: [("s1", 4)], other: [("s2", 5, "Faro", 7)]})
    books = Books(store, MONDAY)
    found = store.read_together(V11, [(table, books.slice(table)) for table in (V11, other)])
    assert [row["orders"] for row in rows_of(found)] == [0, 7]


def test_a_table_of_a_configs_columns_keeps_them_at_any_version(shops: Shops) -> None:
    mean = Column("orders_7d", LONG, "of a config", nullable=True)
    loose = replace(V10, grows=True, columns=(SHOP, STARS, mean))
    wider = replace(V11, grows=True, columns=(SHOP, STARS, TOWN, ORDERS, mean))
    monday = shops.publish(MONDAY, "a", {loose: [("s1", 4, 3)]})
    tuesday = shops.publish(TUESDAY, "b", {wider: [("s1", 4, "Faro", 7, 3)]})
    contract = replace(V11, grows=True)
    read = shops.release(tuesday, contract)
    assert read.table("entities.shops", version="1.0").columns == ["shop", "stars", "orders_7d", "as_of"]
    assert shops.slice_of(MONDAY, wider) == [
        {"shop": "s1", "stars": 4, "town": None, "orders": 0, "orders_7d": 3}
    ]
    assert shops.release(monday, contract).table("entities.shops").columns == [
        "shop",
        "stars",
        "orders_7d",
        "as_of",
    ]
