from __future__ import annotations

import random
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from marketgraph.training.auc import single_feature_auc
from marketgraph.training.leakage import counted, leakage, shared_identifiers, telling_features
from marketgraph.training.rules import LeakageRule

RULE = LeakageRule()
VALUES = st.one_of(st.none(), st.sampled_from([0.0, -0.0, 1.0, 2.5, -7.0]), st.floats(-1e9, 1e9))


def by_pairs(rows: list[tuple[int, float | None]]) -> float | None:
    """AUC by looking at every pair; a null is below all."""
    low = float("-inf")
    positives = [low if v is None else v for label, v in rows if label]
    negatives = [low if v is None else v for label, v in rows if not label]
    if not positives or not negatives:
        return None
    won = sum((p > n) + 0.5 * (p == n) for p in positives for n in negatives)
    area = won / (len(positives) * len(negatives))
    return max(area, 1 - area)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(st.integers(0, 1), VALUES, VALUES), min_size=1, max_size=25))
def test_auc_is_the_share_of_pairs_that_are_in_order(spark: SparkSession, rows) -> None:
    frame = spark.createDataFrame(rows, "label int, a double, b double")
    found = {r["feature"]: r for r in single_feature_auc(frame, ["a", "b"]).collect()}
    for place, name in enumerate("ab", start=1):
        own = [(row[0], row[place]) for row in rows]
        wanted = by_pairs(own)
        assert found[name]["auc"] == (None if wanted is None else pytest.approx(wanted, abs=1e-12))
        assert found[name]["distinct_values"] == len({v for _, v in own})


def examples(spark: SparkSession):
    """told is the label, backwards; flat never changes; empty is null; chance is neither."""
    dice = random.Random(1)
    rows = [
        (n, datetime(2024, 1, 1), n % 2, ("train", "test")[n % 3 == 0], 5 - n % 2, 1, None, dice.random())
        for n in range(60)
    ]
    return spark.createDataFrame(
        rows,
        "vertex_id long, moment timestamp, label int, split string, told long, flat long, empty double, chance double",
    )


def test_a_feature_that_is_the_label_and_one_that_never_changes_are_reported(spark: SparkSession) -> None:
    told = telling_features(examples(spark), ["told", "flat", "empty", "chance"], RULE)
    found = {(r["finding"], r["subject"]): r for r in leakage("merchant", told).collect()}
    assert set(found) == {
        ("single_feature_auc", "told"),
        ("single_feature_auc", "chance"),
        ("constant_feature", "flat"),
        ("constant_feature", "empty"),
    }
    assert (
        found["single_feature_auc", "told"]["value"],
        found["single_feature_auc", "told"]["severity"],
    ) == (
        1.0,
        "warning",
    )
    assert found["single_feature_auc", "chance"]["severity"] == "info"
    assert found["constant_feature", "flat"]["severity"] == "warning"


def test_identifiers_that_two_splits_hold_are_counted_and_not_told(spark: SparkSession) -> None:
    held = [(0, "device", "x"), (1, "device", "x"), (3, "device", "y"), (6, "device", "y"), (1, "ip", "z"),
            (3, "ip", "z"), (999, "device", "q")]  # fmt: skip
    identifiers = spark.createDataFrame(held, "vertex_id long, kind string, value string")
    rows = leakage("buyer", shared_identifiers(examples(spark), identifiers, RULE)).collect()
    # 0, 3 and 6 are in test, 1 is in train
    assert {(r["subject"], r["value"], r["limit"], r["severity"]) for r in rows} == {
        ("device", 1.0, 0.0, "warning"),
        ("ip", 1.0, None, "info"),
    }


def test_who_was_left_out_is_counted_by_reason(spark: SparkSession) -> None:
    frame = spark.createDataFrame(
        [("train", 1), ("train", 0), ("train", 0), (None, 0), (None, 1)], "split string, label int"
    )
    judged = spark.createDataFrame([("positive",), ("known_before",), ("known_before",)], "status string")
    absent = spark.createDataFrame([(1,)], "vertex_id long")
    rows = leakage("buyer", counted(frame, judged, absent)).collect()
    assert {(r["finding"], r["subject"]): r["value"] for r in rows} == {
        ("examples", "train/positive"): 1.0,
        ("examples", "train/negative"): 2.0,
        ("left_out", "group_in_another_split"): 2.0,
        ("left_out", "known_before"): 2.0,
        ("left_out", "not_there_yet"): 1.0,
    }
