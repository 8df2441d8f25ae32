"""Profiles by Spark against plain Python; what they keep of values, and what never."""

from __future__ import annotations

import math
from datetime import datetime, timezone

import pytest
from pyspark.sql import SparkSession
from pyspark.sql.types import TimestampType

from marketgraph.quality.bins import HASHES, NAN, NULL, ZERO_POWER
from marketgraph.quality.profiles import profiles_frame, profiles_in, profiles_of
from marketgraph.quality.watch_rules import Drift, Freshness, Nulls, WatchConfig
from marketgraph.tables import Column, Table
from marketgraph.tables.quality import PROFILES
from tests.quality.stories import TOYS, frame_of, toys

WEIGHTS = [None, math.nan, 0.0, -0.0, 1.0, 1.4, 1.5, 1000.0, -3.0, 5e-324, 1.7e308, math.inf, -math.inf]
WATCH = WatchConfig(
    growth={},
    freshness={"sources.visits": Freshness(days=3)},
    nulls={"sources.toys": Nulls(change=0.1)},
    drift={"sources.toys": Drift(columns=("weight", "colour", "phone", "shop"))},
)


def bin_of(x: float | None) -> int:
    """The bin of a number, by plain Python."""
    if x is None or math.isnan(x):
        return NULL if x is None else NAN
    if x == 0:
        return 0
    power = 2_200 if math.isinf(x) else math.floor(max(-2_200, 2 * math.log2(abs(x))))
    return (1 if x > 0 else -1) * (power + ZERO_POWER)


@pytest.fixture(scope="module")
def found(spark: SparkSession):
    """Profiles of toys of every weight, one of them lilac, and one phone that its contract does not know."""
    rows = [{"toy": n, "weight": x, "colour": "blue" if n else "lilac"} for n, x in enumerate(WEIGHTS)]
    return profiles_of({TOYS: toys(spark, *rows, {"phone": "+49 30 1234567", "weight": 1.0})}, WATCH)


def test_numbers_fall_into_the_bins_that_plain_python_says(found) -> None:
    told = found[("sources.toys", "weight")]
    expected: dict[int, int] = {}
    for x in [*WEIGHTS, 1.0]:
        expected[bin_of(x)] = expected.get(bin_of(x), 0) + 1
    assert told.bins == expected
    assert told.words[bin_of(1.5)] == "1.41 to 2"
    assert told.words[bin_of(-3.0)] == "-4 to -2.83"
    assert (told.words[0], told.words[NULL], told.words[NAN]) == ("0", "null", "not a number")
    assert told.null_share == 1 / 14


def test_a_value_of_a_closed_set_keeps_its_name_and_any_other_has_none(found) -> None:
    colour = found[("sources.toys", "colour")]
    assert {colour.words[n]: rows for n, rows in colour.bins.items()} == {
        "another value": 1,
        "red": 1,
        "blue": 12,
    }


def test_no_value_of_a_personal_column_and_no_free_text_is_kept(spark: SparkSession, found) -> None:
    kept = profiles_frame(spark, found).collect()
    assert not [row for row in kept if "1234567" in str(row) or "h1" in str(row) or "s1" in str(row)]
    phone = found[("sources.toys", "phone")]
    assert phone.way == "hashes"
    assert all(1 <= number <= HASHES for number in phone.bins)
    assert sum(phone.bins.values()) == 14


def test_what_is_kept_is_what_was_found(spark: SparkSession, found) -> None:
    kept = PROFILES.conform(profiles_frame(spark, found))
    again = profiles_in(kept.collect())
    assert {key: (one.way, one.bins, one.words) for key, one in again.items()} == {
        key: (one.way, one.bins, one.words) for key, one in found.items()
    }
    assert kept.count() == kept.select(*PROFILES.key).distinct().count()


def test_of_a_time_the_newest_is_kept(spark: SparkSession) -> None:
    visits = Table(
        "sources",
        "visits",
        "one row per visit",
        ("at",),
        (Column("at", TimestampType(), "when", nullable=True),),
        event_time="at",
    )
    frame = frame_of(
        spark, visits, [{"at": at} for at in (datetime(2024, 2, 1), datetime(2024, 2, 9, 6), None)]
    )
    told = profiles_of({visits: frame}, WATCH)[("sources.visits", "at")]
    assert told.newest == datetime(2024, 2, 9, 6, tzinfo=timezone.utc).timestamp()
    assert told.bins == {NULL: 1, 1: 2}
