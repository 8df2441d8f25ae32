"""Expressions of a mapping see one row, and give the same on every run."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from marketgraph.errors import ConfigError
from marketgraph.sources.expressions import evaluate, names_in
from tests.sources.shop import BUYERS, Shop, part


def test_it_tells_which_columns_are_named(spark: SparkSession) -> None:
    text = "coalesce(english.category, `the category`, transform(array(a), one -> upper(one))[0])"
    assert names_in(spark, text, place="p") == {("english", "category"), ("the category",), ("a",)}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("upper(a", "PARSE_SYNTAX_ERROR"),
        ("a; drop table orders", "PARSE_SYNTAX_ERROR"),
        ("now()", r"now\(\) is not taken"),
        ("concat(a, uuid())", r"uuid\(\) is not taken"),
        ("java_method('java.lang.System', 'exit', 1)", r"java_method\(\) is not taken"),
        ("(select max(a) from orders)", "no subquery"),
        ("row_number() over (order by a)", "no subquery, window"),
        ("explode(split(a, ','))", r"explode\(\) is not taken"),
        ("*", r"window, \*"),
        ("a b", "alias"),
    ],
)
def test_what_is_no_value_of_one_row_is_refused(spark: SparkSession, text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as caught:
        names_in(spark, text, place="tables.orders.columns.status")
    assert "tables.orders.columns.status" in str(caught.value)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("sum(a)", "puts rows together"),
        ("no_such_function(a)", "no_such_function"),
        ("a.b", "extract a value"),
    ],
)
def test_what_can_not_be_resolved_is_refused(spark: SparkSession, text: str, why: str) -> None:
    frame = spark.createDataFrame([], "a string")
    with pytest.raises(ConfigError, match=why):
        evaluate(frame, text, place="tables.orders.where")


@pytest.mark.parametrize("text", ["not " * 2_000 + "a", "a + " * 1_500 + "a", "(" * 3_000, "a" * 20_000])
def test_what_is_nested_without_end_is_refused_or_taken_and_never_crashes(
    spark: SparkSession, text: str
) -> None:
    frame = spark.createDataFrame([], "a boolean" if "not" in text else "a int")
    try:
        names_in(spark, text, place="p")
        evaluate(frame, text, place="p")
    except ConfigError as error:
        assert len(str(error)) < 1_000


@pytest.mark.parametrize(
    "text", ["regexp_extract(town, '(', 1)", "to_date(town, 'YYYY-ww')", "town rlike id"]
)
def test_an_expression_that_fails_on_a_row_is_the_mapping_s_fault(shop: Shop, text: str) -> None:
    shop.write("buyers.csv", "id,town", "(b1,Bonn")
    with pytest.raises(
        ConfigError, match=r"buyers\.csv: an expression of the mapping fails on some row"
    ) as caught:
        shop.conform(buyers=part(BUYERS, columns={"city": {"expr": f"string({text})"}}))
    assert "Bonn" not in str(caught.value)
