"""The exchange `shuffle` beside `broadcast`: the same components, pieces, reports; and what its plan moves."""

from __future__ import annotations

import random

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from marketgraph.communities.gathering import gathered
from marketgraph.communities.holding import left_tidy
from marketgraph.communities.kernel_engine import chosen, connected_components, label_propagation
from marketgraph.communities.packing import places
from marketgraph.communities.settings import Exchange, Propagation
from marketgraph.communities.shuffle import ShuffleExchange
from tests.communities.test_exchanges import every, frame, kernel

SHUFFLED = Exchange(mode="shuffle", blocks=4, hub_degree=5)
edges_of = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14), st.just(1.0)), min_size=1, max_size=25)


def test_labels_stay_with_the_driver_while_its_budget_allows_it() -> None:
    assert chosen(Exchange(), 30_000_000) == "broadcast"
    assert chosen(Exchange(), 40_000_000) == "shuffle"
    assert chosen(Exchange(budget_mb=1), 20_000) == "shuffle"
    assert chosen(Exchange(mode="broadcast", budget_mb=1), 10**9) == "broadcast"


@pytest.mark.slow
@settings(every, max_examples=4)
@given(edges=edges_of)
def test_components_are_those_of_networkx(spark: SparkSession, edges) -> None:
    with left_tidy(spark):
        rows = connected_components(frame(spark, edges), SHUFFLED).collect()
    graph = nx.Graph([e[:2] for e in edges])
    expected = {v: min(group) for group in nx.connected_components(graph) for v in group}
    assert {r["vertex_id"]: r["component"] for r in rows} == expected


@pytest.mark.slow
def test_a_long_chain_through_many_blocks_is_one_component(spark: SparkSession) -> None:
    chain = [(v, v + 1, 1.0) for v in range(40)]
    with left_tidy(spark):
        rows = connected_components(frame(spark, chain), SHUFFLED).collect()
    assert {r["component"] for r in rows} == {0}


@pytest.mark.slow
@pytest.mark.parametrize(
    "choices",
    [
        {"split": True, "max_iterations": 2},
        {"min_size": 4, "schedule": "alternating"},
        {"largest_share": 0.3, "weighted": True, "split": True},
    ],
)
def test_reports_and_refined_labels_are_those_of_the_other_exchange(spark: SparkSession, choices) -> None:
    dice = random.Random(5)
    edges = [(dice.randrange(30), dice.randrange(30), float(dice.randrange(1, 4))) for _ in range(60)]
    rule = Propagation(**choices)
    found, report = kernel(spark, edges, rule, None, SHUFFLED)
    expected, other = kernel(spark, edges, rule, None, Exchange(mode="broadcast", blocks=3))
    assert found == expected
    assert (report.exchange, other.exchange) == ("shuffle", "broadcast")
    assert (report.stopped, report.kept, report.digest) == (other.stopped, other.kept, other.digest)
    assert [s.changed for s in report.steps] == [s.changed for s in other.steps]
    assert report.partition.sizes == other.partition.sizes
    assert report.partition.modularity == other.partition.modularity
    assert report.partition.conductance == pytest.approx(other.partition.conductance)


def test_each_place_is_a_partition_of_its_own(spark: SparkSession) -> None:
    for count in (1, 3, 8, 17):
        rows = spark.createDataFrame([(p,) for p in places(count)], "place int")
        told = rows.select(F.pmod(F.hash("place"), F.lit(count)).alias("at")).collect()
        assert [row["at"] for row in told] == list(range(count))


def above_caches(plan: str) -> list[str]:
    """The lines of a plan without what made its cached relations."""
    kept, deeper_than = [], None
    for line in plan.splitlines():
        depth = len(line) - len(line.lstrip(" :+-"))
        if deeper_than is None or depth <= deeper_than:
            deeper_than = depth if "InMemoryRelation" in line else None
            kept.append(line)
    return kept


def test_a_step_moves_letters_and_no_block(spark: SparkSession) -> None:
    with left_tidy(spark):
        graph = gathered(frame(spark, [(a, a + 1, 1.0) for a in range(30)]), weighted=False, hub_degree=1000)
        exchange = ShuffleExchange(graph, Propagation(), blocks=3)
        plan = exchange.labelled(exchange.begin())._jdf.queryExecution().executedPlan().toString()
    moved = [line for line in above_caches(plan) if "Exchange" in line]
    assert len(moved) == 1
    assert "hashpartitioning(place" in moved[0]
    assert plan.index("InMemoryTableScan") < plan.index(
        moved[0]
    )  # the letters': the blocks come from the cache


def test_nothing_cached_is_left_behind(spark: SparkSession) -> None:
    before = set(spark.sparkContext._jsc.getPersistentRDDs())
    with left_tidy(spark):
        label_propagation(
            frame(spark, [(1, 2, 1.0), (2, 3, 1.0)]), Propagation(max_iterations=2), exchange=SHUFFLED
        )[0].collect()
    assert set(spark.sparkContext._jsc.getPersistentRDDs()) == before
