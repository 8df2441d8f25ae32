from __future__ import annotations

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from marketgraph.keys import number_new_entities
from marketgraph.tables.entities import VERTEX_IDS

MONDAY, TUESDAY = date(2024, 1, 1), date(2024, 1, 2)
kinds = st.sampled_from(["merchant", "buyer"])
entities = st.lists(
    st.tuples(kinds, st.text("abc0", min_size=1, max_size=4)), unique=True, min_size=1, max_size=30
)


def numbered(spark: SparkSession, known, keys, as_of=MONDAY, partitions=1):
    frame = spark.createDataFrame(keys, "entity_kind string, entity_id string").repartition(partitions)
    return number_new_entities(known, frame, as_of=as_of)


def as_map(frame) -> dict[tuple[str, str], int]:
    return {(r["entity_kind"], r["entity_id"]): r["vertex_id"] for r in frame.collect()}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=entities, more=entities)
def test_ids_are_contiguous_and_never_change(spark: SparkSession, keys, more) -> None:
    empty = spark.createDataFrame([], VERTEX_IDS.schema)
    monday = numbered(spark, empty, keys).localCheckpoint()
    tuesday = monday.unionByName(numbered(spark, monday, more, as_of=TUESDAY)).localCheckpoint()
    first, then = as_map(monday), as_map(tuesday)
    assert sorted(first.values()) == list(range(len(keys)))
    assert sorted(then.values()) == list(range(len(set(keys) | set(more))))
    assert {key: then[key] for key in first} == first


def test_neither_row_order_nor_partitions_change_an_id(spark: SparkSession) -> None:
    keys = [("merchant", f"m{i}") for i in range(200)] + [("buyer", f"b{i}") for i in range(300)]
    empty = spark.createDataFrame([], VERTEX_IDS.schema)
    expected = as_map(numbered(spark, empty, keys))
    assert as_map(numbered(spark, empty, keys[::-1], partitions=3)) == expected
    assert as_map(numbered(spark, empty, keys, partitions=17)) == expected


def test_the_same_id_of_two_kinds_is_two_vertices(spark: SparkSession) -> None:
    empty = spark.createDataFrame([], VERTEX_IDS.schema)
    ids = as_map(numbered(spark, empty, [("merchant", "7"), ("buyer", "7")]))
    assert len(set(ids.values())) == 2
