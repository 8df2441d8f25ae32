"""What our label propagation gives on small graphs, whatever engine stands behind it."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from marketgraph.communities.graph import relation_edges
from marketgraph.communities.holding import left_tidy
from marketgraph.communities.labels import Means, component_of_vertices, label_vertices
from marketgraph.communities.settings import Propagation
from marketgraph.errors import ConfigError
from tests.communities.oracle import propagated
from tests.communities.test_exchanges import every

TRIANGLE_AND_PAIR = [(0, 1), (1, 2), (0, 2), (3, 4)]


def frames(spark: SparkSession, vertices, edges):
    relation = spark.createDataFrame([(a, b, 1.0) for a, b in edges], "src long, dst long, weight double")
    return spark.createDataFrame([(v,) for v in vertices], "vertex_id long"), relation_edges([(relation, 1)])


def labels(
    spark: SparkSession, vertices, edges, *, rounds: int = 5, orientation="undirected", **means
) -> dict[int, int]:
    rule = Propagation(max_iterations=rounds, orientation=orientation)
    with left_tidy(spark):
        found, _ = label_vertices(*frames(spark, vertices, edges), rule, means=Means(**means))
        return {r["vertex_id"]: r["label"] for r in found.collect()}


def components(spark: SparkSession, vertices, edges, **means) -> dict[int, int]:
    with left_tidy(spark):
        rows = component_of_vertices(*frames(spark, vertices, edges), means=Means(**means)).collect()
    return {r["vertex_id"]: r["component"] for r in rows}


def by_hand(vertices, edges, rounds: int, orientation="undirected") -> dict[int, int]:
    rule = Propagation(max_iterations=rounds, orientation=orientation)
    return {v: v for v in vertices} | propagated([(a, b, 1.0) for a, b in edges], rule)


def test_a_triangle_takes_one_label_and_a_stranger_keeps_its_own(spark: SparkSession) -> None:
    found = labels(spark, range(6), TRIANGLE_AND_PAIR)
    assert found[0] == found[1] == found[2]
    assert found[5] == 5


def test_a_pair_swaps_labels_for_ever_when_all_change_at_once(spark: SparkSession) -> None:
    # why components and a bipartite-safe schedule are needed: this is what synchronous means
    assert labels(spark, [3, 4], [(3, 4)], rounds=1) == {3: 4, 4: 3}
    assert labels(spark, [3, 4], [(3, 4)], rounds=2) == {3: 3, 4: 4}


@pytest.mark.graphframes
def test_the_graphx_algorithm_agrees_where_nothing_ties(spark: SparkSession) -> None:
    cliques = [(a, b) for group in (range(5), range(10, 16)) for a in group for b in group if a < b]
    vertices = [*range(5), *range(10, 16)]
    graphx = labels(spark, vertices, cliques, engine="graphframes", algorithm="graphx")
    assert {frozenset(v for v in vertices if graphx[v] == label) for label in graphx.values()} == {
        frozenset(range(5)),
        frozenset(range(10, 16)),
    }


def test_parallel_edges_are_one_unless_each_row_is_to_vote_and_self_loops_never_vote(
    spark: SparkSession,
) -> None:
    edges = [(3, 2), (2, 3), (2, 1), (2, 2)]
    assert labels(spark, [1, 2, 3], edges, rounds=1)[2] == 1
    assert labels(spark, [1, 2, 3], edges, rounds=1, orientation="directed")[2] == 3


graphs = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=20)
orientations = st.sampled_from(["undirected", "directed"])


@pytest.mark.slow
@pytest.mark.parametrize(
    "engine", ["kernel", "sql", pytest.param("graphframes", marks=pytest.mark.graphframes)]
)
@settings(every, max_examples=4)
@given(edges=graphs, rounds=st.integers(1, 4), orientation=orientations)
def test_every_engine_counts_as_we_do_by_hand(
    spark: SparkSession, engine, edges, rounds, orientation
) -> None:
    found = labels(spark, range(10), edges, rounds=rounds, orientation=orientation, engine=engine)
    assert found == by_hand(range(10), edges, rounds, orientation)


def test_graphframes_says_what_it_has_not(spark: SparkSession) -> None:
    with pytest.raises(ConfigError, match="the engine graphframes has no schedule: alternating"):
        label_vertices(
            *frames(spark, range(2), [(0, 1)]),
            Propagation(schedule="alternating"),
            means=Means("graphframes"),
        )


@settings(every, max_examples=4)
@given(edges=graphs)
def test_components_are_networkx_components_named_by_their_smallest(spark: SparkSession, edges) -> None:
    graph = nx.Graph(edges)
    graph.add_nodes_from(range(10))
    expected = {v: min(group) for group in nx.connected_components(graph) for v in group}
    assert components(spark, range(10), edges) == expected


@pytest.mark.slow
@pytest.mark.graphframes
def test_graphframes_finds_the_same_components(spark: SparkSession) -> None:
    edges = [(0, 1), (1, 2), (4, 5), (7, 6), (6, 5)]
    found = components(spark, range(9), edges, engine="graphframes")
    assert (
        found == components(spark, range(9), edges) == {0: 0, 1: 0, 2: 0, 3: 3, 4: 4, 5: 4, 6: 4, 7: 4, 8: 8}
    )


def test_a_graph_without_edges_leaves_everyone_alone(spark: SparkSession) -> None:
    assert labels(spark, range(3), []) == components(spark, range(3), []) == {0: 0, 1: 1, 2: 2}


def test_nothing_cached_is_left_behind(spark: SparkSession) -> None:
    before = len(spark.sparkContext._jsc.getPersistentRDDs())
    labels(spark, range(6), TRIANGLE_AND_PAIR)
    components(spark, range(6), TRIANGLE_AND_PAIR)
    assert len(spark.sparkContext._jsc.getPersistentRDDs()) == before
