"""What goes through shuffles, read off the physical plans: the docstrings promise these numbers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from marketgraph.features import graph_degrees, graph_neighbours, graph_risk
from marketgraph.features.graph_ends import edge_ends, heard_from, neighbour_pairs
from marketgraph.features.neighbour_rules import NeighbourRule
from marketgraph.tables.edges import EDGE_TABLES
from tests.edges.test_plans import exchanges

RULES = (NeighbourRule(of="merchant", feature="orders"),)
FACTS = "vertex_id long, kind int, risky boolean, value_0 double"


@pytest.fixture(scope="module", autouse=True)
def nothing_is_broadcast(spark: SparkSession) -> Iterator[None]:
    """Plans as for large tables: Spark would send a small one to all in place of a shuffle."""
    spark.conf.set("spark.sql.autoBroadcastJoinThreshold", "-1")
    yield
    spark.conf.unset("spark.sql.autoBroadcastJoinThreshold")


@pytest.fixture(scope="module")
def ends(spark: SparkSession):
    """The ends of all relations' edges, of which there are none."""
    return edge_ends(spark.createDataFrame([], EDGE_TABLES["shares_device"].schema))


def test_degrees_and_pairs_move_the_ends_once(ends) -> None:
    assert exchanges(graph_degrees.degrees(ends, EDGE_TABLES)) == ["vertex_id"]
    assert exchanges(neighbour_pairs(ends)) == ["vertex_id"]


def test_what_neighbours_tell_moves_sums_alone(spark: SparkSession, ends) -> None:
    facts = spark.createDataFrame([], FACTS)
    told = heard_from(neighbour_pairs(ends), facts)
    near = told.groupBy("vertex_id").agg(*graph_risk.sums(), *graph_neighbours.one_hop(RULES))
    # from the top: sums by the other end, the ends, the facts
    assert exchanges(near) == ["vertex_id", "vertex_id", "vertex_id"]
    plan = near._jdf.queryExecution().executedPlan().toString()
    assert plan.index("Exchange hashpartitioning(vertex_id") < plan.index("partial_sum")
    assert plan.index("partial_sum") < plan.index("SortMergeJoin")


def test_two_hops_move_sums_once_more(spark: SparkSession, ends) -> None:
    pairs = neighbour_pairs(ends)
    near = (
        heard_from(pairs, spark.createDataFrame([], FACTS))
        .groupBy("vertex_id")
        .agg(*graph_neighbours.one_hop(RULES))
    )
    far = heard_from(pairs, near).groupBy("vertex_id").agg(*graph_neighbours.two_hops(RULES))
    # the ends are read twice here and moved once, since they are held or their exchange is used again
    assert exchanges(far) == ["vertex_id"] * 4
