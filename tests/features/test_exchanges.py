"""What goes through shuffles, by the physical plans: one exchange of the rows of all streams of a kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from pyspark.sql import DataFrame, SparkSession

from marketgraph.features import rings
from marketgraph.features.compiler import pass_of, passes_of
from marketgraph.features.moved import moved_once
from marketgraph.features.rings import at_moments, snapshot
from marketgraph.features.rules import FeaturesConfig
from marketgraph.features.streams import Stream
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


@pytest.fixture()
def behind(monkeypatch: pytest.MonkeyPatch) -> list[DataFrame]:
    """The frames that are moved once: what reads them has their plans no more."""
    seen: list[DataFrame] = []

    def moved(frame: DataFrame) -> DataFrame:
        seen.append(frame)
        return moved_once(frame)

    monkeypatch.setattr(rings, "moved_once", moved)
    return seen


def exchanges(frame: DataFrame, behind: list[DataFrame]) -> list[str]:
    """What each exchange is by, from the sources to the features, in the order of the plans."""
    told = [columns for one in (*behind, frame) for columns in _exchanges_of(one)]
    lineage = frame._jdf.queryExecution().toRdd().toDebugString()
    assert len(set(re.findall(r"ShuffledRowRDD\[(\d+)\]", lineage))) == len(told)
    return told


def _exchanges_of(frame: DataFrame) -> list[str]:
    plan = frame._jdf.queryExecution().executedPlan().toString()
    for node in ("CartesianProduct", "BroadcastNestedLoopJoin", "BatchEvalPython", "SortAggregate"):
        assert node not in plan
    # an adaptive plan that has run shows itself twice
    final = plan.split("== Initial Plan ==")[0]
    by = re.findall(r"^[\s:|+*\-()\d]*Exchange hashpartitioning\(([^)]*), \d+\)", final, flags=re.MULTILINE)
    assert len(by) == len(re.findall(r"^[\s:|+*\-()\d]*\w*Exchange ", final, flags=re.MULTILINE))
    return [re.sub(r"#\d+L?", "", columns) for columns in by]


def nothing(spark: SparkSession, schema: str) -> DataFrame:
    """No rows, in a file's stead: Spark knows of an empty list that it is empty, and plans nothing."""
    return spark.createDataFrame(spark.sparkContext.emptyRDD(), schema)


def test_a_snapshot_is_one_exchange_that_sums_categories_and_sketches_read(
    spark: SparkSession, behind: list[DataFrame]
) -> None:
    about = {"about": {"aggregate": "approx_distinct", "of": "whom"}}
    one = deeds_pass(group(EVERY | about, ("1h", "24h", "7d", "30d", "90d")))
    found = snapshot([(one, nothing(spark, SCHEMA))], as_of=AS_OF)
    assert exchanges(found, behind) == ["question"]


def test_moments_are_brought_to_their_rows_by_entity_and_then_by_question(
    spark: SparkSession, behind: list[DataFrame]
) -> None:
    asked = nothing(spark, "question long, entity string, moment timestamp")
    found = at_moments([(deeds_pass(group(EVERY, ("24h", "7d"))), nothing(spark, SCHEMA))], asked)
    assert sorted(exchanges(found, behind)) == ["entity", "entity", "question"]


@pytest.mark.parametrize("kind", ENTITY_KINDS)
def test_what_is_shipped_is_one_exchange_for_all_streams_of_a_kind(
    spark: SparkSession, behind: list[DataFrame], kind: str
) -> None:
    passes = passes_of(kind, CONFIG.groups(kind))
    assert len(passes) == len({(one.stream.name, one.entity, one.time) for one in passes})
    assert [one.number for one in passes] == list(range(len(passes)))
    asked = [(one, nothing(spark, schema_of(one.stream))) for one in passes]
    assert exchanges(snapshot(asked, as_of=AS_OF), behind) == ["question"]


def schema_of(stream: Stream) -> str:
    return ", ".join(f"{column.name} {TYPES[column.type]}" for column in stream.columns)


def test_a_feature_more_is_no_pass_more() -> None:
    few = pass_of("buyer", [CONFIG.groups("buyer")[0]])
    assert len(few.features) > 20
    assert len(few.pieces) < 20
