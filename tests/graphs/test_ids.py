"""Numbers stand for strings: in their order, and each stands for one."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from marketgraph.graphs.ids import named, numbered
from marketgraph.graphs.ranks import ranked

ids = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4)


def edges_of(spark: SparkSession, pairs):
    return spark.createDataFrame(pairs, "src string, dst string")


def test_seeds_labels_and_lonely_vertices_get_numbers_too(spark: SparkSession) -> None:
    edges = spark.createDataFrame([("b", "d", 0.5)], "src string, dst string, weight double")
    vertices = spark.createDataFrame([("a",), ("b",), ("d",)], "vertex_id string")
    seeds = spark.createDataFrame([("d", "c", 2.0)], "vertex_id string, label string, weight double")
    found = numbered(edges, vertices, seeds)
    assert {r["name"]: r["vertex_id"] for r in found.names.collect()} == {"a": 0, "b": 1, "c": 2, "d": 3}
    assert [tuple(r) for r in found.edges.collect()] == [(1, 3, 0.5)]
    assert sorted(r["vertex_id"] for r in found.vertices.collect()) == [0, 1, 3]
    assert [tuple(r) for r in found.seeds.collect()] == [(3, 2, 2.0)]
    found.release()


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(ids, ids), min_size=1, max_size=40))
def test_numbers_are_in_the_order_of_the_bytes_and_lead_back(spark: SparkSession, pairs) -> None:
    found = numbered(edges_of(spark, pairs), None, None)
    strings = sorted({s for pair in pairs for s in pair}, key=lambda s: s.encode())
    assert [tuple(r) for r in sorted(found.names.collect())] == list(enumerate(strings))
    back = named(found.edges.toDF("vertex_id", "label"), found.names)
    assert sorted(map(tuple, back.collect())) == sorted(pairs)
    found.release()


def test_a_rank_is_the_same_over_many_partitions_and_at_each_look(spark: SparkSession) -> None:
    before = spark.conf.get("spark.sql.shuffle.partitions")
    spark.conf.set("spark.sql.shuffle.partitions", 13)
    try:
        shuffled = spark.range(20_000).selectExpr("cast((id * 7919) % 20000 as string) as name")
        order = ranked(shuffled.repartition(5), by="name")
        assert order.frame.rdd.getNumPartitions() == 13
        looks = [order.frame.orderBy("rank").collect() for _ in range(2)]
    finally:
        spark.conf.set("spark.sql.shuffle.partitions", before)
    strings = sorted(str(i) for i in range(20_000))
    assert order.rows == 20_000
    for look in looks:
        assert [tuple(row) for row in look] == [(name, rank) for rank, name in enumerate(strings)]
    order.release()


def test_what_is_held_is_let_go(spark: SparkSession) -> None:
    held = spark.sparkContext._jsc.getPersistentRDDs
    before = set(held())
    found = numbered(edges_of(spark, [("a", "b")]), None, None)
    assert found.edges.count() == 1
    assert len(set(held()) - before) == 2
    found.release()
    assert set(held()) == before
