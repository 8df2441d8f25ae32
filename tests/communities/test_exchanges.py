"""What every engine and exchange must agree on: the labels that plain counting gives, for all settings."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from marketgraph.communities.holding import left_tidy
from marketgraph.communities.kernel_engine import label_propagation
from marketgraph.communities.propagation import propagate
from marketgraph.communities.settings import Exchange, Propagation
from marketgraph.communities.sql_exchange import SqlExchange
from tests.communities.oracle import propagated

HIGH = 2**61  # ids need not lie side by side
vertices = st.sampled_from([-5, 0, 1, 2, 3, 4, 5, 6, 7, 8, 40, HIGH, HIGH + 1])
weights = st.sampled_from([0.0, 0.25, 1.0, 1.0, 1.5, 3.0])
edges_of = st.lists(st.tuples(vertices, vertices, weights), min_size=1, max_size=40)
seeds_of = st.none() | st.dictionaries(
    vertices, st.tuples(st.sampled_from([0, 3, 7, 99]), st.sampled_from([0.0, 1.0, 2.5])), max_size=4
)
# a failing example is not made smaller: each try is a run of Spark
every = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


@st.composite
def choices(draw):
    return Propagation(
        max_iterations=draw(st.integers(1, 5)),
        orientation=draw(st.sampled_from(["undirected", "directed"])),
        weighted=draw(st.booleans()),
        schedule=draw(st.sampled_from(["synchronous", "alternating"])),
        ties=draw(st.sampled_from(["smallest", "current"])),
        own_vote=draw(st.sampled_from([0.0, 0.0, 0.5, 2.0])),
        pin_seeds=draw(st.booleans()),
    )


def frame(spark: SparkSession, edges, partitions: int = 2):
    return spark.createDataFrame(edges, "src long, dst long, weight double").repartition(partitions)


def seed_frame(spark: SparkSession, seeds):
    if seeds is None:
        return None
    return spark.createDataFrame(
        [(v, *s) for v, s in seeds.items()], "vertex_id long, label long, weight double"
    )


def kernel(spark: SparkSession, edges, rule, seeds, exchange: Exchange):
    with left_tidy(spark):
        found, report = label_propagation(
            frame(spark, edges), rule, seeds=seed_frame(spark, seeds), exchange=exchange
        )
        return {r["vertex_id"]: r["label"] for r in found.collect()}, report


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["broadcast", "shuffle"])
@settings(every, max_examples=8)
@given(
    edges=edges_of,
    rule=choices(),
    seeds=seeds_of,
    blocks=st.sampled_from([1, 3, 8]),
    hub_degree=st.sampled_from([3, 1000]),
)
def test_the_kernel_counts_as_we_do_by_hand(
    spark: SparkSession, mode, edges, rule, seeds, blocks, hub_degree
) -> None:
    how = Exchange(mode=mode, blocks=blocks, hub_degree=hub_degree)
    found, _ = kernel(spark, edges, rule, seeds, how)
    assert found == propagated(edges, rule, seeds)


@pytest.mark.slow
@settings(every, max_examples=4)
@given(edges=edges_of, rule=choices(), seeds=seeds_of)
def test_sql_counts_as_the_kernel_does_and_measures_the_same(spark: SparkSession, edges, rule, seeds) -> None:
    known = {v for e in edges for v in e[:2]}
    seeds = seeds and {v: s for v, s in seeds.items() if v in known}
    found, report = kernel(spark, edges, rule, seeds, Exchange(mode="broadcast"))
    with left_tidy(spark):
        state, other = propagate(SqlExchange(frame(spark, edges), rule, seed_frame(spark, seeds)), rule)
        assert {r["vertex_id"]: r["label"] for r in state.labels.collect()} == found
    assert (other.stopped, other.digest, other.kept) == (report.stopped, report.digest, report.kept)
    assert [s.changed for s in other.steps] == [s.changed for s in report.steps]
    assert other.partition == report.partition


@pytest.mark.slow
@settings(every, max_examples=3)
@given(edges=edges_of, split=st.booleans(), min_size=st.integers(1, 4))
def test_sql_splits_and_dissolves_as_the_kernel_does(spark: SparkSession, edges, split, min_size) -> None:
    rule = Propagation(max_iterations=2, split=split, min_size=min_size)
    found, report = kernel(spark, edges, rule, None, Exchange(mode="broadcast", blocks=2))
    with left_tidy(spark):
        state, other = propagate(SqlExchange(frame(spark, edges), rule), rule)
        assert {r["vertex_id"]: r["label"] for r in state.labels.collect()} == found
    assert other.partition == report.partition
