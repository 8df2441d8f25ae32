"""The kernel on Spark: the same labels for any number of blocks and order of rows, and how a run ends."""

from __future__ import annotations

import random

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from marketgraph.communities.holding import left_tidy
from marketgraph.communities.kernel_engine import label_propagation
from marketgraph.communities.report import Step
from marketgraph.communities.settings import Exchange, Propagation
from marketgraph.errors import SourceError
from tests.communities.oracle import graph_of as graph_of_edges
from tests.communities.oracle import groups
from tests.communities.test_exchanges import every

CLIQUES = [(a, b) for group in (range(6), range(10, 17)) for a in group for b in group if a < b]


def weight_of(a: int, b: int) -> float:
    return 1.0 + (a * b) % 3


def graph_of(spark: SparkSession, edges, partitions: int = 2):
    rows = [(a, b, weight_of(a, b)) for a, b in edges]
    return spark.createDataFrame(rows, "src long, dst long, weight double").repartition(partitions)


def ended(spark: SparkSession, edges, settings: Propagation, **options):
    with left_tidy(spark):
        labels, report = label_propagation(graph_of(spark, edges), settings, **options)
        return {r["vertex_id"]: r["label"] for r in labels.collect()}, report


@pytest.mark.slow
@pytest.mark.parametrize(("mode", "weighted"), [("broadcast", False), ("broadcast", True), ("shuffle", True)])
def test_blocks_partitions_and_the_order_of_rows_change_no_label(spark: SparkSession, mode, weighted) -> None:
    dice = random.Random(7)
    edges = [(dice.randrange(60), 60 + dice.randrange(60)) for _ in range(300)]
    rule, found = Propagation(max_iterations=2, weighted=weighted, split=True), []
    for blocks in (1, 3, 8, 17):
        dice.shuffle(edges)
        with left_tidy(spark):
            how = Exchange(mode=mode, blocks=blocks, hub_degree=8)
            labels, report = label_propagation(graph_of(spark, edges, blocks), rule, exchange=how)
            rows = labels.collect()
        found.append((sorted((r["vertex_id"], r["label"]) for r in rows), report.digest, report.partition))
    assert found == [found[0]] * 4


def test_two_cliques_converge_and_the_report_counts_the_changes(spark: SparkSession) -> None:
    told: list[Step] = []
    _, report = ended(spark, CLIQUES, Propagation(max_iterations=9), watch=told.append)
    assert report.stopped == "converged"
    assert tuple(told) == report.steps
    assert [s.changed for s in report.steps][-1] == 0
    assert report.steps[0].share == report.steps[0].changed / 13
    assert report.partition.communities == 2
    assert report.partition.sizes == (6, 7, 7, 7)
    assert report.partition.coverage == 1
    assert report.partition.conductance == 0


def test_the_report_measures_communities_as_networkx_does(spark: SparkSession) -> None:
    dice = random.Random(3)
    edges = [*CLIQUES, *((dice.randrange(6), 10 + dice.randrange(7)) for _ in range(5))]
    rule = Propagation(max_iterations=3, weighted=True)
    found, report = ended(spark, edges, rule)
    graph = graph_of_edges([(a, b, weight_of(a, b)) for a, b in edges], rule)
    communities = groups(found)
    modularity = nx.community.modularity(graph, communities, weight="weight")
    leaving = [nx.conductance(graph, c, weight="weight") for c in communities if len(c) < len(graph)]
    inner = sum(w for a, b, w in graph.edges(data="weight") if found[a] == found[b])
    assert report.partition.modularity == pytest.approx(modularity)
    assert report.partition.coverage == pytest.approx(inner / graph.size(weight="weight"))
    assert report.partition.conductance == pytest.approx(sum(leaving) / len(communities))


@pytest.mark.parametrize("limit", [8, 9])
def test_an_oscillation_is_noticed_and_ends_as_the_last_round_would(spark: SparkSession, limit) -> None:
    found, report = ended(spark, [(1, 2)], Propagation(max_iterations=limit))
    assert report.stopped == "oscillating"
    assert len(report.steps) == 2
    assert found == ({1: 1, 2: 2} if limit % 2 == 0 else {1: 2, 2: 1})


def test_half_steps_settle_what_can_swap_for_ever(spark: SparkSession) -> None:
    # the two sides of a complete bipartite graph swap labels when all change at once
    edges = [(a, b) for a in range(1, 5) for b in range(11, 16)]
    _, at_once = ended(spark, edges, Propagation(max_iterations=20))
    found, in_turns = ended(spark, edges, Propagation(max_iterations=20, schedule="alternating"))
    assert at_once.stopped == "oscillating"
    assert in_turns.stopped == "converged"
    assert len(set(found.values())) == 1


def test_two_who_only_know_each_other_agree_whatever_their_ids(spark: SparkSession) -> None:
    # of 40 pairs some are in one half in the first iterations, and would swap for ever if halves stayed
    pairs = [(v, v + 1000) for v in range(40)]
    found, report = ended(spark, pairs, Propagation(max_iterations=20, schedule="alternating"))
    assert report.stopped == "converged"
    assert all(found[a] == found[b] for a, b in pairs)


def test_few_changes_are_enough_to_stop(spark: SparkSession) -> None:
    _, report = ended(spark, CLIQUES, Propagation(max_iterations=9, least_changed=0.99))
    assert report.stopped == "few_changes"


def test_a_collapse_keeps_the_best_iterate(spark: SparkSession) -> None:
    # two cliques and six edges between them are two communities at first, and one in the end
    cliques = [(a, b) for group in (range(5), range(10, 15)) for a in group for b in group if a < b]
    edges = [*cliques, (0, 10), (1, 11), (4, 11), (3, 10), (2, 11), (3, 11)]
    free, whole = ended(spark, edges, Propagation(max_iterations=6))
    assert len(set(free.values())) == 1
    kept, report = ended(spark, edges, Propagation(max_iterations=6, largest_share=0.8))
    assert (report.stopped, report.kept) == ("collapsed", 2)
    assert groups(kept) == {frozenset({0, 1, 2, 3, 4, 11}), frozenset({10, 12, 13, 14})}
    assert report.partition.modularity > whole.partition.modularity


def test_a_community_in_two_pieces_becomes_two(spark: SparkSession) -> None:
    # the seeds 1 and 21 hold both cliques of the far ends under one label, which nothing joins
    edges = [(a, b) for group in (range(1, 5), range(21, 25)) for a in group for b in group if a < b]
    seeds = spark.createDataFrame(
        [(v, 99, 1.0) for v in (*range(1, 5), *range(21, 25))], "vertex_id long, label long, weight double"
    )
    rule = Propagation(pin_seeds=True)
    whole, _ = ended(spark, edges, rule, seeds=seeds)
    assert set(whole.values()) == {99}
    split, report = ended(spark, edges, rule.model_copy(update={"split": True}), seeds=seeds)
    assert groups(split) == {frozenset(range(1, 5)), frozenset(range(21, 25))}
    assert report.partition.communities == 2
    assert set(split.values()) == {1, 21}


@settings(every, max_examples=6)
@given(edges=st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), min_size=1, max_size=25))
def test_no_community_is_in_pieces_after_the_split(spark: SparkSession, edges) -> None:
    edges = [e for e in edges if e[0] != e[1]] or [(0, 1)]
    found, _ = ended(spark, edges, Propagation(max_iterations=2, split=True))
    graph = nx.Graph(edges)
    assert all(nx.is_connected(graph.subgraph(group)) for group in groups(found))
    assert all(label == min(v for v in found if found[v] == label) for label in found.values())


def test_small_communities_stand_alone(spark: SparkSession) -> None:
    found, _ = ended(
        spark, [*CLIQUES, (30, 31), (31, 32), (30, 32)], Propagation(max_iterations=9, min_size=4)
    )
    assert groups(found) == {
        frozenset(range(6)),
        frozenset(range(10, 17)),
        *(frozenset({v}) for v in (30, 31, 32)),
    }


def test_weights_too_large_to_add_up_are_refused(spark: SparkSession) -> None:
    edges = spark.createDataFrame([(1, 2, 2.0**31)] * 3000, "src long, dst long, weight double")
    with left_tidy(spark), pytest.raises(SourceError, match=r"the weights of all edges add up to 6.44e\+12"):
        label_propagation(edges, Propagation(weighted=True))
