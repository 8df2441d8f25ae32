"""What goes through shuffles, by the physical plans: two exchanges of a stream's rows at most in what is shipped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from pyspark.sql import DataFrame, SparkSession

from marketgraph.features.passes import pass_of, passes_of
from marketgraph.features.rings import at_moments, snapshot
from marketgraph.features.rules import FeaturesConfig
from marketgraph.features.streams import STREAMS
from marketgraph.tables.sources import ENTITY_KINDS
from marketgraph.yaml_file import read_yaml
from tests.conftest import ROOT
from tests.features.stories import EVERY, SCHEMA, deeds_pass, group

AS_OF = date(2024, 3, 1)
CONFIG = FeaturesConfig.model_validate(read_yaml(ROOT / "conf" / "features.yml"))
TYPES = {"text": "string", "whole": "long", "money": "decimal(18,4)", "time": "timestamp"}


@pytest.fixture(scope="module", autouse=True)
def nothing_is_broadcast(spark: SparkSession) -> Iterator[None]:
    """Plans as for large tables: Spark would send a small one to all in place of a shuffle."""
    spark.conf.set("spark.sql.autoBroadcastJoinThreshold", "-1")
    yield
    spark.conf.unset("spark.sql.autoBroadcastJoinThreshold")


def exchanges(frame: DataFrame) -> list[str]:
    """What each exchange is by, in the order of the plan; one that is used again counts once."""
    plan = frame._jdf.queryExecution().executedPlan().toString()
    for node in ("CartesianProduct", "BroadcastNestedLoopJoin", "BatchEvalPython", "SortAggregate"):
        assert node not in plan
    by = re.findall(r"^[\s:|+*\-()\d]*Exchange hashpartitioning\(([^)]*), \d+\)", plan, flags=re.MULTILINE)
    assert len(by) == len(re.findall(r"^[\s:|+*\-()\d]*\w*Exchange ", plan, flags=re.MULTILINE)) - plan.count(
        "Reused"
    )
    return [re.sub(r"#\d+L?", "", columns) for columns in by]


def nothing(spark: SparkSession, schema: str) -> DataFrame:
    """No rows, in a file's stead: Spark knows of an empty list that it is empty, and plans nothing."""
    return spark.createDataFrame(spark.sparkContext.emptyRDD(), schema)


def test_a_snapshot_is_an_exchange_for_sums_one_for_categories_and_one_for_sketches(
    spark: SparkSession,
) -> None:
    about = {"about": {"aggregate": "approx_distinct", "of": "whom"}}
    one = deeds_pass(group(EVERY | about, ("1h", "24h", "7d", "30d", "90d")))
    assert exchanges(snapshot(nothing(spark, SCHEMA), one, as_of=AS_OF)) == ["question"] * 3


def test_moments_are_brought_to_their_rows_by_entity_for_each_grouping(spark: SparkSession) -> None:
    asked = nothing(spark, "question long, entity string, moment timestamp")
    found = at_moments(nothing(spark, SCHEMA), deeds_pass(group(EVERY, ("24h", "7d"))), asked)
    assert sorted(exchanges(found)) == ["entity"] * 4 + ["question"] * 2


@pytest.mark.parametrize("kind", ENTITY_KINDS)
def test_what_is_shipped_is_two_exchanges_at_most_for_each_stream(spark: SparkSession, kind: str) -> None:
    passes = passes_of(kind, CONFIG.groups(kind))
    assert len(passes) == len({(one.stream.name, one.entity, one.time) for one in passes})
    for one in passes:
        schema = ", ".join(
            f"{column.name} {TYPES[column.type]}" for column in STREAMS[one.stream.name].columns
        )
        found = exchanges(snapshot(nothing(spark, schema), one, as_of=AS_OF))
        assert found in (["question"], ["question"] * 2), one.stream.name


def test_a_feature_more_is_no_pass_more() -> None:
    few = pass_of("buyer", [CONFIG.groups("buyer")[0]])
    assert len(few.features) > 20
    assert len(few.pieces) < 20
