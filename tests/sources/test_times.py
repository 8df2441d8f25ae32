"""Formats of times: a closed pattern language that becomes a regular expression."""

from __future__ import annotations

import re

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from marketgraph.errors import ConfigError
from marketgraph.sources.times import parsed_time, translated


@pytest.mark.parametrize(
    ("pattern", "text", "iso"),
    [
        ("dd/MM/yyyy", "31/12/2023", "2023-12-31T00:00:00Z"),
        ("yyyyMMddHHmmss", "20231231235959", "2023-12-31T23:59:59Z"),
        ("dd.MM.yyyy HH:mm", "31.12.2023 07:05", "2023-12-31T07:05:00Z"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2023-12-31T07:05:09.123+02:00", "2023-12-31T07:05:09.123+02:00"),
    ],
)
def test_a_text_that_matches_is_written_as_iso(pattern: str, text: str, iso: str) -> None:
    shape, written = translated(pattern, place="p")
    assert re.sub(shape, written.replace("$", "\\"), text) == iso


def test_a_dot_in_a_format_is_a_dot() -> None:
    shape, _ = translated("dd.MM.yyyy", place="p")
    assert re.match(shape, "31x12x2023") is None


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("MM/yyyy", "no day"),
        ("dd/MM/yy", "'y' is no part of a time"),
        ("dd/MM/yyyy hh:mm a", "'h' is no part of a time"),
        ("yyyy yyyy-MM-dd", "the year twice"),
    ],
)
def test_a_format_that_can_not_be_used_is_refused(pattern: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as caught:
        translated(pattern, place="tables.orders.columns.ordered_at")
    assert "tables.orders.columns.ordered_at" in str(caught.value)


def test_times_by_format_and_by_unix_time(spark: SparkSession) -> None:
    cases = [
        ("31/12/2023", "dd/MM/yyyy", "2023-12-31 00:00:00"),
        ("31/13/2023", "dd/MM/yyyy", None),
        ("2023-12-31", "dd/MM/yyyy", None),
        ("1704067199", "unix_seconds", "2023-12-31 23:59:59"),
        ("1704067199.5", "unix_seconds", "2023-12-31 23:59:59.5"),
        ("1704067199123", "unix_millis", "2023-12-31 23:59:59.123"),
        ("soon", "unix_seconds", None),
    ]
    frame = spark.range(1).select(
        *[
            parsed_time(F.lit(text), pattern, place="p").cast("string").alias(f"case_{number}")
            for number, (text, pattern, _) in enumerate(cases)
        ]
    )
    assert list(frame.collect()[0]) == [expected for _, _, expected in cases]
