"""Two versions of a table compared: against an oracle in plain Python."""

from __future__ import annotations

from functools import reduce
from itertools import product

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from marketgraph.releases.compare import KeyChange, key_change, schema_change
from marketgraph.releases.regrouped import CommunityChange, community_change


def schema(text: str) -> StructType:
    fields = [field.split() for field in text.split(", ")]
    return reduce(lambda made, field: made.add(*field), fields, StructType())


def test_columns_that_come_go_and_change_their_type_are_named() -> None:
    found = schema_change(schema("a long, b string, c integer"), schema("c long, a long, d double"))
    assert (found.added, found.removed, found.retyped) == (("d",), ("b",), (("c", "int", "bigint"),))
    assert not schema_change(schema("a long, b string"), schema("b string, a long"))


def test_every_pair_of_rows_that_differs_in_a_null_or_in_what_is_nested_is_changed(
    spark: SparkSession,
) -> None:
    values = [None, 0, 1]
    nested = [None, [], [None], ["a"], ["a", None], [None, "a"]]
    rows = list(product(values, values, nested, [None, {}, {"x": 1.5}, {"x": 1.5, "y": None}]))
    columns = "a long, b long, list array<string>, map map<string,double>"
    # each row beside each that comes some steps later, under one key
    before, after, differ = [], [], 0
    for step in (0, 1, 7, 60):
        for n, row in enumerate(rows):
            other = rows[(n + step) % len(rows)]
            before.append((step, n, *row))
            after.append((step, n, *other))
            differ += row != other
    frames = [spark.createDataFrame(told, f"step int, n int, {columns}") for told in (before, after)]
    assert key_change(*frames, ("step", "n")) == KeyChange(0, 0, differ)


def test_the_order_of_a_maps_entries_is_no_change(spark: SparkSession) -> None:
    frames = [
        spark.sql(f"select 1 as id, map({told}) as shares") for told in ("'x', 1, 'y', 2", "'y', 2, 'x', 1")
    ]
    assert not key_change(frames[0], frames[1], ("id",))


def test_keys_that_are_null_in_part_are_keys(spark: SparkSession) -> None:
    told = "event string, previous long, size long"
    before = spark.createDataFrame([("born", None, 1), ("died", 4, 2), ("died", None, 3)], told)
    after = spark.createDataFrame([("born", None, 1), ("died", 4, 9), ("grown", None, 3)], told)
    assert key_change(before, after, ("event", "previous")) == KeyChange(1, 1, 1)


def test_a_table_of_one_row_without_a_key_is_changed_or_not(spark: SparkSession) -> None:
    one, other = (spark.createDataFrame([(n,)], "n long") for n in (1, 2))
    assert key_change(one, other, ()) == KeyChange(0, 0, 1)
    assert not key_change(one, one, ())
    assert key_change(one.where("false"), one, ()) == KeyChange(1, 0, 0)


def test_a_column_of_another_type_or_of_one_side_only_is_no_change_of_rows(spark: SparkSession) -> None:
    before = spark.createDataFrame([(1, 5, "x", 1)], "id long, n int, kept string, gone long")
    after = spark.createDataFrame([(1, 5, "x", 2)], "id long, n long, kept string, new long")
    assert not key_change(before, after, ("id",))


def test_churn_is_of_the_vertices_in_both(spark: SparkSession) -> None:
    told = "vertex_id long, community_id long"
    before = spark.createDataFrame([(1, 0), (2, 0), (3, 1), (4, 1)], told)
    after = spark.createDataFrame([(1, 0), (2, 0), (3, 2), (9, 2)], told)
    found = community_change(before, after)
    assert found == CommunityChange(2, 2, 1, 3, 1)
    assert found.churn == 1 / 3
    assert community_change(before, after.where("vertex_id = 9")).churn is None
