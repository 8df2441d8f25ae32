"""Expressions of a mapping see one row, and give the same on every run."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from marketgraph.errors import ConfigError
from marketgraph.sources.expressions import evaluate, names_in


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
