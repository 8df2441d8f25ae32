"""How often acts move, read off the physical plans."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from marketgraph.sequences.acts import ACTS
from marketgraph.sequences.last import last_asked, last_before
from marketgraph.sequences.rules import SequencesConfig, SessionRule
from marketgraph.sequences.sessions import session_sequences
from marketgraph.sequences.sides import sides
from marketgraph.tables.sequences import SEQUENCES, VOCABULARY


@pytest.fixture(autouse=True)
def nothing_is_broadcast_unasked(spark: SparkSession) -> Iterator[None]:
    spark.conf.set("spark.sql.autoBroadcastJoinThreshold", "-1")
    yield
    spark.conf.unset("spark.sql.autoBroadcastJoinThreshold")


def plan_of(frame: DataFrame) -> str:
    plan = frame._jdf.queryExecution().executedPlan().toString()
    for node in ("CartesianProduct", "BroadcastNestedLoopJoin", "EvalPython", "CollectLimit"):
        assert node not in plan
    return plan


def exchanges(plan: str) -> list[str]:
    """What each shuffle is by; what is sent to all in one piece is none."""
    by = re.findall(r"Exchange hashpartitioning\(([^)]*), \d+\)", plan)
    assert len(by) == len(
        re.findall(r"Exchange (?!hashpartitioning)\w*partition", plan, flags=re.IGNORECASE)
    ) + len(by)
    return [re.sub(r"#\d+L?", "", columns) for columns in by]


def acts(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([], ACTS)


def known(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([], VOCABULARY.schema)


def test_all_sequences_take_one_exchange_and_each_partition_sends_few_acts(spark: SparkSession) -> None:
    seen = sides(acts(spark), SequencesConfig())
    moment = F.lit("2024-03-01").cast("timestamp")
    plan = plan_of(SEQUENCES.conform(last_before(seen, known(spark), moment=moment, length=100)))
    assert exchanges(plan) == ["vertex_id"]
    # the tree is written from the top: what comes later is done before
    assert plan.rindex("WindowGroupLimit") > plan.index("Exchange hashpartitioning")


def test_questions_and_acts_move_once_by_entity(spark: SparkSession) -> None:
    questions = spark.createDataFrame([], "question long, vertex_id long, moment timestamp")
    seen = sides(acts(spark), SequencesConfig())
    plan = plan_of(last_asked(seen, known(spark), questions, length=100))
    assert exchanges(plan) == ["vertex_id", "vertex_id"]  # the acts, and the questions


def test_sessions_take_one_exchange_to_meet_and_one_by_content(spark: SparkSession) -> None:
    windows = spark.createDataFrame([], "target long, vertex_id long, begins timestamp, ends timestamp")
    found = session_sequences(acts(spark), windows, known(spark), rule=SessionRule())
    assert exchanges(plan_of(found)) == ["vertex_id", "target, day", "target, day"]
