"""The kernel on Spark: the same labels for any number of blocks and order of rows, and how a run ends."""

from __future__ import annotations

import random

import pytest
from pyspark.sql import SparkSession

from marketgraph.communities.blocks import pack
from marketgraph.communities.graphframes_engine import left_tidy
from marketgraph.communities.kernel_engine import label_propagation
from marketgraph.communities.propagation import Propagation, Step, propagate

CLIQUES = [(a, b) for group in (range(6), range(10, 17)) for a in group for b in group if a < b]


def graph_of(spark: SparkSession, edges, partitions: int = 2):
    rows = [(a, b, 1.0 + (a * b) % 3) for a, b in edges]
    return spark.createDataFrame(rows, "src long, dst long, weight double").repartition(partitions)


def ended(spark: SparkSession, edges, settings: Propagation):
    with left_tidy(spark):
        packed = pack(graph_of(spark, edges), weighted=False)
        labels, report = propagate(packed, settings)
        return dict(zip(packed.ids.tolist(), packed.ids[labels].tolist(), strict=True)), report


@pytest.mark.parametrize("weighted", [False, True])
def test_blocks_partitions_and_the_order_of_rows_change_no_label(spark: SparkSession, weighted) -> None:
    dice = random.Random(7)
    edges = [(dice.randrange(60), 60 + dice.randrange(60)) for _ in range(300)]
    settings, found = Propagation(max_iterations=4), []
    for blocks in (1, 3, 8, 17):
        dice.shuffle(edges)
        with left_tidy(spark):
            graph = graph_of(spark, edges, blocks)
            rows = label_propagation(pack(graph, weighted=weighted, blocks=blocks), settings).collect()
        found.append(sorted((r["vertex_id"], r["label"]) for r in rows))
    assert found == [found[0]] * 4


def test_two_cliques_converge_and_the_report_counts_the_changes(spark: SparkSession) -> None:
    told: list[Step] = []
    with left_tidy(spark):
        packed = pack(graph_of(spark, CLIQUES), weighted=False)
        _, report = propagate(packed, Propagation(max_iterations=9), watch=told.append)
    assert report.stopped == "converged"
    assert tuple(told) == report.steps
    assert [s.changed for s in report.steps][-1] == 0
    assert report.steps[0].share == report.steps[0].changed / 13


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


def test_few_changes_are_enough_to_stop(spark: SparkSession) -> None:
    _, report = ended(spark, CLIQUES, Propagation(max_iterations=9, least_changed=0.99))
    assert report.stopped == "few_changes"
