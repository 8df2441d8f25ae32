from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from pyspark.sql import SparkSession
from pyspark.sql.types import DataType, LongType, StringType

from marketgraph.books import Books
from marketgraph.errors import ContractError, StoreError
from marketgraph.run import Run
from marketgraph.store import Store
from marketgraph.tables import Column, Table
from marketgraph.tables.communities import LABELS

MONDAY, TUESDAY, WEDNESDAY = date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)
LONG = LongType()


def run_of(as_of: date) -> Run:
    return Run(f"{as_of}.test", as_of, "config", "code", datetime(2024, 1, 3))


def labels(spark: SparkSession, *rows: tuple[int, int]):
    return spark.createDataFrame(list(rows), LABELS.schema)


@pytest.fixture
def store(spark: SparkSession, warehouse: str) -> Store:
    return Store(spark, warehouse)


def rows(store: Store, as_of: date, **at) -> list[tuple[int, int]]:
    return sorted(tuple(r) for r in store.read(LABELS, as_of=as_of, **at).collect())


def test_a_write_replaces_its_slice_and_no_other(spark: SparkSession, store: Store) -> None:
    store.write(LABELS, labels(spark, (1, 1)), run_of(MONDAY), fingerprint="a", sequence=1)
    store.write(LABELS, labels(spark, (2, 2)), run_of(TUESDAY), fingerprint="a", sequence=1)
    again = store.write(LABELS, labels(spark, (1, 9), (3, 9)), run_of(MONDAY), fingerprint="b", sequence=2)
    assert rows(store, MONDAY) == [(1, 9), (3, 9)]
    assert rows(store, TUESDAY) == [(2, 2)]
    # an older version still reads as it was
    assert rows(store, MONDAY, version=0) == [(1, 1)]
    assert (again.delta_version, again.rows) == (2, 2)


def test_a_retry_after_a_crash_takes_the_commit_that_is_there(spark: SparkSession, store: Store) -> None:
    first = store.write(LABELS, labels(spark, (1, 1)), run_of(MONDAY), fingerprint="a", sequence=1)
    # the books were never written, so the same write comes again with the same number
    retried = store.write(LABELS, labels(spark, (1, 1)), run_of(MONDAY), fingerprint="a", sequence=1)
    assert retried == first
    assert store.version(LABELS) == first.delta_version


def test_the_books_know_what_stands_after_a_restart(spark: SparkSession, store: Store) -> None:
    books = Books(store, MONDAY)
    written = store.write(LABELS, labels(spark, (1, 1)), run_of(MONDAY), fingerprint="a", sequence=1)
    books.record([written], run_of(MONDAY))
    reopened = Books(store, MONDAY)
    assert reopened.slice(LABELS) == written
    assert reopened.stands(LABELS, "a")
    assert not reopened.stands(LABELS, "b")
    assert reopened.next_sequence(LABELS) == 2
    with pytest.raises(StoreError, match=r"no slice of communities\.labels for 2024-01-02"):
        Books(store, TUESDAY).slice(LABELS)


def test_a_frame_that_breaks_the_contract_is_told_all_its_faults(spark: SparkSession, store: Store) -> None:
    wrong = spark.createDataFrame([("1",)], "vertex_id string")
    with pytest.raises(ContractError, match="vertex_id is string, wanted bigint; column label is missing"):
        store.write(LABELS, wrong, run_of(MONDAY), fingerprint="a", sequence=1)
    assert store.version(LABELS) == -1


def test_a_table_that_was_never_written_is_a_clear_error(store: Store) -> None:
    with pytest.raises(StoreError, match=r"no table communities\.labels"):
        store.read(LABELS)


def test_slices_of_one_schema_are_read_together_whoever_wrote_them(spark: SparkSession, store: Store) -> None:
    other = replace(LABELS, name="others")
    run = run_of(date(2024, 3, 1))
    held = [
        (table, store.write(table, labels(spark, *told), run, fingerprint="f", sequence=1))
        for table, told in ((LABELS, [(1, 1), (2, 1)]), (other, [(9, 9)]))
    ]
    store.write(other, labels(spark, (7, 7)), run_of(date(2024, 3, 2)), fingerprint="g", sequence=1)
    forgotten = [(table, replace(one, files=None)) for table, one in held]
    for slices in (held, forgotten):
        found = store.read_together(LABELS, slices).collect()
        assert sorted((row["vertex_id"], row["label"]) for row in found) == [(1, 1), (2, 1), (9, 9)]
    assert store.read_together(LABELS, []).isEmpty()


def feature_table(*names: str, kind: DataType = LONG) -> Table:
    columns = tuple(Column(name, kind, "of a test", nullable=True) for name in names)
    key = Column("vertex_id", LongType(), "the buyer")
    return Table("features", "buyers", "a test", ("vertex_id",), (key, *columns), grows=True)


def test_a_feature_more_is_a_column_more_and_one_less_is_null(spark: SparkSession, store: Store) -> None:
    one, two, other = (feature_table(*names) for names in ("a", "ab", "b"))
    store.write(one, spark.createDataFrame([(1, 2)], one.schema), run_of(MONDAY), fingerprint="a", sequence=1)
    grown = spark.createDataFrame([(1, 2, 3)], two.schema)
    store.write(two, grown, run_of(TUESDAY), fingerprint="b", sequence=1)
    shrunk = spark.createDataFrame([(1, 4)], other.schema)
    store.write(other, shrunk, run_of(WEDNESDAY), fingerprint="c", sequence=1)
    found = {r["as_of"]: (r["a"], r["b"]) for r in store.read(two).collect()}
    assert found == {MONDAY: (2, None), TUESDAY: (2, 3), WEDNESDAY: (None, 4)}
    assert store.read(one, version=0).columns == ["vertex_id", "a", "as_of"]


def test_a_feature_of_another_type_is_refused_and_nothing_is_written(
    spark: SparkSession, store: Store
) -> None:
    before, after = feature_table("a"), feature_table("a", kind=StringType())
    store.write(
        before, spark.createDataFrame([(1, 2)], before.schema), run_of(MONDAY), fingerprint="a", sequence=1
    )
    changed = spark.createDataFrame([(1, "2")], after.schema)
    with pytest.raises(StoreError, match=r"a column of features\.buyers has another type") as error:
        store.write(after, changed, run_of(TUESDAY), fingerprint="b", sequence=1)
    assert "give the feature another name" in str(error.value)
    assert store.version(before) == 0


def test_a_table_of_fixed_columns_grows_by_its_version_alone(spark: SparkSession, store: Store) -> None:
    one, two = (replace(feature_table(*names), grows=False) for names in ("a", "ab"))
    store.write(one, spark.createDataFrame([(1, 2)], one.schema), run_of(MONDAY), fingerprint="a", sequence=1)
    grown = spark.createDataFrame([(1, 2, 3)], two.schema)
    with pytest.raises(StoreError, match=r"column b is new"):
        store.write(two, grown, run_of(TUESDAY), fingerprint="b", sequence=1)
    assert store.version(one) == 0
    written = store.write(replace(two, version="1.1"), grown, run_of(TUESDAY), fingerprint="b", sequence=1)
    assert (written.delta_version, store.read(two, as_of=TUESDAY).columns) == (1, ["vertex_id", "a", "b"])
