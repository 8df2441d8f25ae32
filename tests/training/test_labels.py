from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from marketgraph.training.labels import judged, not_there_yet
from marketgraph.training.rules import TrainingConfig, cutoffs
from tests.builders import AS_OF

END = datetime(2024, 3, 1)
MOMENT = END - timedelta(days=30)
DAY = timedelta(days=1)
RULE = TrainingConfig(cutoffs=(30,), horizon_days=20, delay_days=10)
DECISIONS = "vertex_id long, kind string, decided_at timestamp, known_at timestamp"
Decision = tuple[int, str, datetime, datetime]


def verdicts(
    spark: SparkSession, seen: list[tuple[int, datetime, Any]], decisions: list[Decision], rule=RULE
):
    frame = spark.createDataFrame(seen, "vertex_id long, moment timestamp, born timestamp")
    told = judged(frame, spark.createDataFrame(decisions, DECISIONS), as_of=F.lit(END), rule=rule)
    return {(r["vertex_id"], r["moment"]): (r["status"], r["label_kind"]) for r in told.collect()}


def of_one(spark: SparkSession, *decisions: tuple[datetime, datetime], born=None, **rule: Any) -> str:
    """The status of an entity at MOMENT with these decisions: (decided, known)."""
    told = [(1, "fraud", decided, known) for decided, known in decisions]
    changed = RULE.model_copy(update=rule)
    return verdicts(spark, [(1, MOMENT, born)], told, changed)[1, MOMENT][0]


@pytest.mark.parametrize(
    ("decided", "known", "status"),
    [
        (MOMENT, MOMENT + DAY, "positive"),  # the window is half-open
        (MOMENT + 20 * DAY - timedelta(milliseconds=1), END - timedelta(milliseconds=1), "positive"),
        (MOMENT + 20 * DAY, END - DAY, "violation_outside_window"),
        (MOMENT + DAY, END, "negative"),  # it becomes known after the run: it is no label
        (MOMENT - DAY, MOMENT - timedelta(milliseconds=1), "known_before"),
        (MOMENT - DAY, MOMENT, "positive"),  # hidden at the moment: this is what is looked for
    ],
)
def test_a_label_has_a_window_and_a_delay(
    spark: SparkSession, decided: datetime, known: datetime, status: str
) -> None:
    assert of_one(spark, (decided, known)) == status


def test_policies_say_what_becomes_of_the_others(spark: SparkSession) -> None:
    hidden = (MOMENT - DAY, MOMENT + DAY)
    assert of_one(spark, hidden, hidden="leave_out") == "hidden"
    known, later = (MOMENT - 2 * DAY, MOMENT - DAY), (MOMENT + DAY, MOMENT + 2 * DAY)
    assert of_one(spark, known, later) == "known_before"
    assert of_one(spark, known, later, known="keep") == "positive"
    assert of_one(spark, known, known="keep") == "violation_outside_window"
    assert of_one(spark, later, born=MOMENT + 2 * DAY) == "decided_before_entity"
    assert of_one(spark, later, born=MOMENT - 4 * DAY, min_age_days=5) == "too_young"
    assert of_one(spark, later, born=MOMENT - 5 * DAY, min_age_days=5) == "positive"
    assert of_one(spark, later, born=None, min_age_days=5) == "positive"  # there since before the data


def test_who_would_be_positive_and_is_not_there_yet_is_told(spark: SparkSession) -> None:
    decisions = [(1, "fraud", MOMENT + DAY, END - DAY), (2, "fraud", MOMENT + DAY, END - DAY)]
    seen = spark.createDataFrame([(1, MOMENT)], "vertex_id long, moment timestamp")
    moments = spark.createDataFrame([(MOMENT,)], "moment timestamp")
    found = not_there_yet(spark.createDataFrame(decisions, DECISIONS), seen, moments, rule=RULE)
    assert [r["vertex_id"] for r in found.collect()] == [2]


def by_hand(seen, decisions: list[Decision], rule: TrainingConfig):
    told = {}
    for vertex, moment, born in seen:
        own = [d for d in decisions if d[0] == vertex and d[2] < END and d[3] < END]
        until = moment + timedelta(days=rule.horizon_days)
        window = [d for d in own if moment <= d[2] < until or d[2] < moment <= d[3]]
        if any(d[3] < moment for d in own):
            status = "known_before"
        elif born and any(d[2] < born for d in own):
            status = "decided_before_entity"
        elif born and born > moment - timedelta(days=rule.min_age_days):
            status = "too_young"
        else:
            status = "positive" if window else "violation_outside_window" if own else "negative"
        first = min(((d[2], d[1]) for d in window), default=(None, None))
        told[vertex, moment] = (status, first[1] if status == "positive" else None)
    return told


@pytest.mark.parametrize("seed", [1, 2])
def test_labels_are_those_of_plain_python(spark: SparkSession, seed: int) -> None:
    dice = random.Random(seed)

    def some_day() -> datetime:
        return END - dice.randrange(1, 90) * DAY

    # whole days, so that decisions, windows and moments often meet to the millisecond
    decisions = []
    for _ in range(150):
        decided = some_day()
        decisions.append(
            (dice.randrange(120), dice.choice("ab"), decided, decided + dice.randrange(30) * DAY)
        )
    seen = [(v, END - n * DAY, None if v % 3 else some_day()) for v in range(140) for n in (60, 45, 30)]
    rule = RULE.model_copy(update={"min_age_days": 3})
    assert verdicts(spark, seen, decisions, rule) == by_hand(seen, decisions, rule)


def test_cutoffs_are_dates_oldest_first_and_none_without_kinds() -> None:
    rule = TrainingConfig(cutoffs=(30, 60), horizon_days=20, delay_days=10)
    assert [str(day) for day in cutoffs(rule, AS_OF)] == ["2024-01-01", "2024-01-31"]
    assert cutoffs(TrainingConfig(kinds=()), AS_OF) == []


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"cutoffs": [30], "horizon_days": 25, "delay_days": 10}, "horizon_days"),
        ({"cutoffs": [90, 90]}, "twice"),
        ({"kinds": ["merchants"]}, "did you mean merchant"),
        ({"leakage": {"strong": ["devices"]}}, "did you mean device"),
        ({"leakage": {"max_auc": 0.3}}, "greater than or equal to 0.5"),
        ({"negatives_per_positive": 0}, "greater than or equal to 1"),
    ],
)
def test_what_makes_no_sense_is_refused(told: dict, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        TrainingConfig.model_validate(told)
