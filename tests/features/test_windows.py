"""The engine against plain Python: a snapshot and moments, ties at every edge, rows that were known late."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from marketgraph.features.rings import at_moments, snapshot
from marketgraph.features.windows import HOUR, edges, micros, ring_sql
from tests.features.stories import EVERY, Deed, deeds, deeds_pass, group, plainly, same, time_of

AS_OF = date(2024, 3, 1)
MIDNIGHT = 19_783 * 24 * HOUR  # of AS_OF
WINDOWS = ("1h", "24h", "7d", "30d")
PEOPLE = ("ann", "bob", "cat")


def random_deeds(seed: int, moments: Sequence[int], rows: int = 400) -> list[Deed]:
    """Rows about the moments; half of them lie at an edge of a window, or a microsecond beside it."""
    draw = random.Random(seed)
    widths = [factor * micros(w) for w, factor in product(WINDOWS, (1, 2))] + [0]
    told = []
    for _ in range(rows):
        near = draw.choice(moments)
        at_edge = near - draw.choice(widths) + draw.choice((-1000, -1, 0, 1, 1000))
        at = draw.choice(
            (at_edge, near - int(draw.random() ** 3 * 65 * 24 * HOUR), near + draw.randrange(24 * HOUR))
        )
        known = draw.choice((at, at, at + draw.randrange(48 * HOUR), near, near - 1))
        told.append(
            Deed(
                draw.choice(PEOPLE),
                draw.choice(("x", "y", "z", "w", None)),
                draw.choice(("near", "far", None)),
                draw.choice((None, 0, 1, 2, 3, -4)),
                draw.choice(
                    (None, Decimal("0.0001"), Decimal("0.1"), Decimal("1234567.89"), Decimal("99999999"))
                ),
                draw.choice((at,) * 20 + (None,)),
                max(known, at),
            )
        )
    return told


def wrong(frame: DataFrame, expected: dict[object, dict[str, object]]) -> list[tuple[object, ...]]:
    """What differs, with all that was expected of a question whose rows are in no window."""
    found = {row["question"]: row for row in frame.collect()}
    assert found.keys() <= expected.keys()
    return [
        (question, name, found[question][name] if question in found else "no row", value)
        for question, told in expected.items()
        for name, value in told.items()
        if not (same(found[question][name], value) if question in found else value in (0, 0.0, None))
    ]


def every_window(rows: Sequence[Deed], who: str, moment: int) -> dict[str, object]:
    return {f"{n}_{w}": v for w in WINDOWS for n, v in plainly(rows, who, moment, w).items()}


few = settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@few
@given(seed=st.integers(0, 10_000))
def test_a_snapshot_is_what_plain_python_counts(spark: SparkSession, seed: int) -> None:
    rows = random_deeds(seed, [MIDNIGHT])
    found = snapshot([(deeds_pass(group(EVERY, WINDOWS)), deeds(spark, rows))], as_of=AS_OF)
    assert wrong(found, {who: every_window(rows, who, MIDNIGHT) for who in PEOPLE}) == []


@few
@given(seed=st.integers(0, 10_000))
def test_moments_are_what_plain_python_counts(spark: SparkSession, seed: int) -> None:
    moments = [
        MIDNIGHT,
        MIDNIGHT - 3 * HOUR,
        MIDNIGHT - 3 * HOUR + 1,
        MIDNIGHT + 400 * 24 * HOUR,
        MIDNIGHT + 7,
    ]
    rows = random_deeds(seed, moments[:3])
    asked = dict(enumerate(product(PEOPLE, moments)))
    found = at_moments([(deeds_pass(group(EVERY, WINDOWS)), deeds(spark, rows))], questions(spark, asked))
    assert wrong(found, {q: every_window(rows, who, moment) for q, (who, moment) in asked.items()}) == []


def questions(spark: SparkSession, asked: dict[int, tuple[str, int]]) -> DataFrame:
    told = [(q, who, time_of(moment)) for q, (who, moment) in asked.items()]
    return spark.createDataFrame(told, "question long, entity string, moment timestamp")


def test_a_moment_sees_what_it_would_see_if_nothing_had_come_after_it(spark: SparkSession) -> None:
    moment = MIDNIGHT - 5 * HOUR
    rows = random_deeds(7, [MIDNIGHT, moment], rows=600)
    kept = [r for r in rows if (r.at or 0) < moment and (r.known or 0) < moment]
    assert 50 < len(kept) < len(rows) - 50
    asked = questions(spark, {q: (who, moment) for q, who in enumerate(PEOPLE)})
    one = deeds_pass(group(EVERY, WINDOWS))
    now, then = (at_moments([(one, deeds(spark, some))], asked).collect() for some in (rows, kept))
    assert sorted(map(str, now)) == sorted(map(str, then))


def test_a_snapshot_and_a_moment_at_its_midnight_are_the_same(spark: SparkSession) -> None:
    rows, one = deeds(spark, random_deeds(3, [MIDNIGHT])), deeds_pass(group(EVERY, WINDOWS))
    asked = questions(spark, {q: (who, MIDNIGHT) for q, who in enumerate(PEOPLE)})
    by_name = {row["question"]: row[1:] for row in snapshot([(one, rows)], as_of=AS_OF).collect()}
    by_number = {PEOPLE[row["question"]]: row[1:] for row in at_moments([(one, rows)], asked).collect()}
    assert by_name == by_number


def test_no_order_and_number_of_partitions_changes_a_bit(spark: SparkSession) -> None:
    rows, one = random_deeds(11, [MIDNIGHT]), deeds_pass(group(EVERY, WINDOWS))
    shuffled = random.Random(1).sample(rows, len(rows))
    told = [
        sorted(map(str, snapshot([(one, deeds(spark, some).repartition(n))], as_of=AS_OF).collect()))
        for some, n in ((rows, 1), (shuffled, 3))
    ]
    assert told[0] == told[1]


def test_groups_of_one_stream_are_answered_in_one_pass_each_by_its_own_rows(spark: SparkSession) -> None:
    rows = random_deeds(5, [MIDNIGHT])
    far = {"n_far": {"aggregate": "count"}, "share_far": {"aggregate": "share", "where": "units > 1"}}
    one = deeds_pass(group({"n": EVERY["n"]}, ["7d"]), group(far, ["24h"], where="place = 'far'"))
    found = snapshot([(one, deeds(spark, rows))], as_of=AS_OF)
    far_rows = [r for r in rows if r.place == "far"]
    expected = {
        who: {
            "n_7d": plainly(rows, who, MIDNIGHT, "7d")["n"],
            "n_far_24h": plainly(far_rows, who, MIDNIGHT, "24h")["n"],
            "share_far_24h": plainly(far_rows, who, MIDNIGHT, "24h")["far_share"],
        }
        for who in PEOPLE
    }
    assert wrong(found, expected) == []


def test_a_sketch_of_few_values_is_near(spark: SparkSession) -> None:
    rows = [Deed("ann", str(i % 500), None, 1, None, MIDNIGHT - HOUR, MIDNIGHT - HOUR) for i in range(2000)]
    about = {"about": {"aggregate": "approx_distinct", "of": "whom"}}
    (row,) = snapshot([(deeds_pass(group(about, ["7d"])), deeds(spark, rows))], as_of=AS_OF).collect()
    assert 400 < row["about_7d"] < 600


@pytest.mark.parametrize("window", ["0h", "7", "d", "1w", "01d", "181d", "4321h", "-1d", "1.5d", ""])
def test_what_is_no_window(window: str) -> None:
    with pytest.raises(ValueError, match="from 1h to 180d"):
        micros(window)


def test_an_age_at_an_edge_is_in_the_ring_within_it(spark: SparkSession) -> None:
    of = edges([3, 7, 3])
    found = spark.range(1, 8).select("id", F.expr(ring_sql("id", of)).alias("ring")).collect()
    assert [row["ring"] for row in found] == [0, 0, 0, 1, 1, 1, 1]


def test_midnight_is_midnight() -> None:
    assert time_of(MIDNIGHT) == datetime(2024, 3, 1)
