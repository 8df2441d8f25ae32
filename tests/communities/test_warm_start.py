"""Label propagation that begins from the labels of a day before."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from marketgraph.communities.holding import left_tidy
from marketgraph.communities.labels import Means, label_vertices
from marketgraph.communities.settings import Exchange, Propagation
from marketgraph.communities.warm_start import initial_labels
from marketgraph.errors import ConfigError
from tests.communities.oracle import propagated
from tests.communities.test_exchanges import edges_of, every, frame, vertices

MEANS = {
    "broadcast": Means(exchange=Exchange(mode="broadcast", blocks=3)),
    "shuffle": Means(exchange=Exchange(mode="shuffle", blocks=3)),
    "sql": Means("sql"),
}


def begun(spark: SparkSession, edges, before: dict[int, int]) -> dict[int, int]:
    rows = initial_labels(frame(spark, edges), labels(spark, before)).collect()
    return {r["vertex_id"]: r["label"] for r in rows}


def labels(spark: SparkSession, told: dict[int, int]):
    return spark.createDataFrame(list(told.items()), "vertex_id long, label long")


def found(spark: SparkSession, edges, before: dict[int, int], rule: Propagation, means: Means):
    told = frame(spark, edges)
    ends = spark.createDataFrame([(v,) for v in {v for e in edges for v in e[:2]}], "vertex_id long")
    with left_tidy(spark):
        begins = initial_labels(told, labels(spark, before))
        given, report = label_vertices(ends, told, rule, means=means, initial=begins)
        return {r["vertex_id"]: r["label"] for r in given.collect()}, report


def test_those_who_shared_a_label_begin_with_the_smallest_that_is_still_there(spark: SparkSession) -> None:
    edges = [(2, 3, 1.0), (3, 9, 1.0)]
    # 1 gave the label and has gone; 9 is new
    assert begun(spark, edges, {1: 1, 2: 1, 3: 1}) == {2: 2, 3: 2, 9: 9}


def test_yesterdays_labels_of_a_graph_that_did_not_change_need_one_round(spark: SparkSession) -> None:
    ring = [(v, (v + 1) % 12, 1.0) for v in range(12)] + [(v, (v + 2) % 12, 1.0) for v in range(12)]
    rule = Propagation(max_iterations=30, schedule="alternating", ties="current")
    cold, first = found(spark, ring, {}, rule, MEANS["broadcast"])
    warm, second = found(spark, ring, cold, rule, MEANS["broadcast"])
    assert first.stopped == second.stopped == "converged"
    assert (len(second.steps), len(first.steps) > 1) == (1, True)
    same = {frozenset(v for v in warm if warm[v] == label) for label in warm.values()}
    assert same == {frozenset(v for v in cold if cold[v] == label) for label in cold.values()}


@settings(every, max_examples=3)
@pytest.mark.parametrize("name", MEANS)
@given(edges=edges_of, before=st.dictionaries(vertices, vertices, max_size=8), rounds=st.integers(1, 3))
def test_every_engine_begins_where_plain_counting_does(
    spark: SparkSession, name, edges, before, rounds
) -> None:
    rule = Propagation(max_iterations=rounds, weighted=True, schedule="alternating")
    given, _ = found(spark, edges, before, rule, MEANS[name])
    assert given == propagated(edges, rule, initial=begun(spark, edges, before))


def test_graphframes_can_not_begin_from_labels(spark: SparkSession) -> None:
    with pytest.raises(ConfigError, match="the engine graphframes has no initial labels"):
        found(spark, [(0, 1, 1.0)], {}, Propagation(), Means("graphframes"))


@pytest.mark.parametrize("name", MEANS)
def test_on_a_day_without_edges_everyone_is_alone(spark: SparkSession, name: str) -> None:
    ends, none = spark.createDataFrame([(1,), (2,)], "vertex_id long"), frame(spark, [])
    with left_tidy(spark):
        begins = initial_labels(none, labels(spark, {1: 1, 2: 1}))
        given, _ = label_vertices(ends, none, Propagation(), means=MEANS[name], initial=begins)
        assert {r["vertex_id"]: r["label"] for r in given.collect()} == {1: 1, 2: 2}
