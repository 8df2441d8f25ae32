from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import datetime

import pytest
from pyspark.sql import DataFrame, SparkSession

from marketgraph.training.negatives import sampled
from marketgraph.training.rules import TrainingConfig
from marketgraph.training.splits import groups_of, with_splits

EARLY, LATE = datetime(2024, 1, 1), datetime(2024, 2, 1)
RULE = TrainingConfig()


def verdicts(spark: SparkSession, positives: int, negatives: int, moments=(EARLY, LATE)) -> DataFrame:
    rows = [(v, m, "positive", "fraud") for m in moments for v in range(positives)]
    rows += [(v, m, "negative", None) for m in moments for v in range(positives, positives + negatives)]
    rows += [(10**6, m, "known_before", None) for m in moments]
    return spark.createDataFrame(rows, "vertex_id long, moment timestamp, status string, label_kind string")


def test_negatives_are_about_as_many_as_asked_for_and_the_same_in_any_order(spark: SparkSession) -> None:
    frame = verdicts(spark, 40, 3_000)
    rows = {tuple(r) for r in sampled(frame, per_positive=5, seed=7).collect()}
    again = {tuple(r) for r in sampled(frame.repartition(9), per_positive=5, seed=7).collect()}
    assert rows == again
    counts = Counter((r[1], r[2]) for r in rows)
    assert counts[EARLY, 1] == counts[LATE, 1] == 40
    assert all(abs(counts[moment, 0] - 200) < 50 for moment in (EARLY, LATE))
    other = {tuple(r) for r in sampled(frame, per_positive=5, seed=8).collect()}
    assert {r[0] for r in other} != {r[0] for r in rows}
    assert all(r[0] != 10**6 for r in rows)  # who is left out is no negative


def test_where_there_are_few_negatives_all_are_taken_and_none_without_positives(spark: SparkSession) -> None:
    assert sampled(verdicts(spark, 10, 20), per_positive=5, seed=1).where("label = 0").count() == 40
    assert sampled(verdicts(spark, 0, 20), per_positive=5, seed=1).count() == 0


def random_graph(spark: SparkSession, seed: int):
    """Components of a few communities of a few vertices, and one component that is a third of all."""
    dice = random.Random(seed)
    labels, components = [], []
    widths = [dice.choice([1, 3, 6]) for _ in range(50)]
    for vertex in range(300):
        component = 200 if vertex >= 200 else vertex - vertex % widths[vertex // 6]
        labels.append((vertex, component + (vertex - component) // 2 * 2))
        components.append((vertex, component))
    vertex_to = "vertex_id long, {} long"
    return (
        spark.createDataFrame(labels, vertex_to.format("label")),
        spark.createDataFrame(components, vertex_to.format("component")),
        dict(labels),
        dict(components),
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_no_community_is_in_two_splits_and_tests_are_of_the_last_moment(
    spark: SparkSession, seed: int
) -> None:
    labels, components, label_of, component_of = random_graph(spark, seed)
    groups = groups_of(labels, components, RULE)
    dice = random.Random(seed)
    rows = [(v, m, dice.randrange(2)) for v in range(300) for m in (EARLY, LATE) if dice.random() < 0.6]
    examples = spark.createDataFrame(rows, "vertex_id long, moment timestamp, label int")
    told = with_splits(examples, groups, last=LATE, only=False, rule=RULE).collect()
    assert len(told) == len(rows)
    splits_of_label, splits_of_component, sides = defaultdict(set), defaultdict(set), defaultdict(set)
    for row in told:
        vertex = row["vertex_id"]
        assert row["community"] == label_of[vertex]
        part = component_of[vertex] if component_of[vertex] != 200 else -label_of[vertex]
        sides[part].add(row["moment"])
        if row["split"]:
            assert (row["split"] == "test") == (row["moment"] == LATE)
            splits_of_label[label_of[vertex]].add(row["split"])
            splits_of_component[part].add(row["split"])
    assert {len(held) for held in splits_of_label.values()} == {1}
    assert {len(held) for held in splits_of_component.values()} == {1}
    assert {r["split"] for r in told} == {"train", "validation", "test", None}
    # a group whose examples lie on one side of time loses none of them
    dropped = {r["vertex_id"] for r in told if r["split"] is None}
    for vertex in dropped:
        part = component_of[vertex] if component_of[vertex] != 200 else -label_of[vertex]
        assert sides[part] == {EARLY, LATE}


def test_with_one_moment_groups_alone_make_the_splits(spark: SparkSession) -> None:
    labels, components, _, component_of = random_graph(spark, 3)
    examples = spark.createDataFrame(
        [(v, LATE, 0) for v in range(300)], "vertex_id long, moment timestamp, label int"
    )
    groups = groups_of(labels, components, RULE)
    told = with_splits(examples, groups, last=LATE, only=True, rule=RULE).collect()
    assert Counter(r["split"] for r in told).keys() == {"train", "validation", "test"}
    splits = defaultdict(set)
    for row in told:
        splits[component_of[row["vertex_id"]]].add(row["split"])
    assert all(len(held) == 1 for part, held in splits.items() if part != 200)
    assert len(splits[200]) > 1  # a third of all vertices is parted by its communities
