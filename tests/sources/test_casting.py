"""Strict casts: a text is a value of its type whole and exactly, or none."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, IntegerType, MapType, StringType, TimestampType

from marketgraph.sources.casting import typed
from marketgraph.tables.contract import Column
from marketgraph.tables.sources import MONEY

TEXTS = MapType(StringType(), StringType())
CASES: list[tuple[DataType, list[tuple[str, object]]]] = [
    (
        IntegerType(),
        [
            ("7", 7),
            ("-7", -7),
            ("007", 7),
            ("2147483647", 2147483647),
            ("2147483648", None),
            ("1.5", None),
            ("1.0", None),
            ("1e3", None),
            ("", None),
            ("7 apples", None),
            ("NaN", None),
            ("٣", None),
        ],
    ),
    (
        MONEY,
        [
            ("1.5", Decimal("1.5000")),
            (".5", Decimal("0.5000")),
            ("5.", Decimal("5.0000")),
            ("-0.0001", Decimal("-0.0001")),
            ("1.50000000", Decimal("1.5000")),
            ("1.00001", None),
            ("99999999999999.9999", Decimal("99999999999999.9999")),
            ("100000000000000", None),
            ("00000000000000000001", Decimal("1.0000")),
            ("1.0E7", Decimal("10000000.0000")),
            ("1.5E-3", Decimal("0.0015")),
            ("1.5E-4", None),
            ("1E-30", None),
            ("1.2345678901234568E13", None),
            ("1,5", None),
            (".", None),
            ("NaN", None),
            ("Infinity", None),
            ("-inf", None),
            ("0x1F", None),
        ],
    ),
    (
        TimestampType(),
        [
            ("2024-02-29", "2024-02-29 00:00:00"),
            ("2024-02-29 10:11:12", "2024-02-29 10:11:12"),
            ("2024-02-29T10:11:12.123456Z", "2024-02-29 10:11:12.123456"),
            ("2024-02-29T10:11:12+02:00", "2024-02-29 08:11:12"),
            ("2018-13-45", None),
            ("2023-02-29", None),
            ("2024-02-29 25:00:00", None),
            ("T12:00", None),
            ("12:00", None),
            ("2024", None),
            ("2024-02", None),
            ("29/02/2024", None),
            ("now", None),
            ("epoch", None),
        ],
    ),
    (
        TEXTS,
        [
            ('{"a": 1, "b": "x"}', {"a": "1", "b": "x"}),
            ("{}", {}),
            ('{"a": {"b": 1}}', {"a": '{"b":1}'}),
            ('{"a": 1', None),
            ("[1]", None),
            ("a=1", None),
            ('{"a": 1, "a": 2}', None),
        ],
    ),
]


@pytest.mark.parametrize(("kind", "cases"), CASES, ids=lambda given: str(given)[:12])
def test_a_text_is_a_value_whole_or_not_at_all(
    spark: SparkSession, kind: DataType, cases: list[tuple[str, object]]
) -> None:
    frame = spark.createDataFrame([(text,) for text, _ in cases], "text string").coalesce(1)
    value = typed(F.col("text"), Column("c", kind, ""), None, place="p")
    shown = value.cast("string") if isinstance(kind, TimestampType) else value
    found = {row[0]: row[1] for row in frame.select("text", shown).collect()}
    assert found == dict(cases)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.decimals(-(10**14) + 1, 10**14 - 1, places=4), min_size=50, max_size=200))
def test_every_number_of_the_contract_survives_in_any_of_its_forms(
    spark: SparkSession, numbers: list[Decimal]
) -> None:
    forms = [(str(n), n) for n in numbers] + [(f"{n.normalize():f}", n) for n in numbers]
    frame = spark.createDataFrame(forms, "text string, number decimal(18,4)").coalesce(1)
    value = typed(F.col("text"), Column("c", MONEY, ""), None, place="p")
    assert frame.where(~value.eqNullSafe(F.col("number"))).count() == 0
