"""SQL expressions of a mapping, spoilt at random: each is a value of one row, or refused by one message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from marketgraph.errors import ConfigError
from marketgraph.sources.expressions import evaluate, names_in
from tests.fuzz.cases import CASES, tried
from tests.fuzz.spoiling import NASTY

SOUND = (
    "coalesce(english.name, id)", "concat(id, ' g ', town, 'x')", "nullif(upper(town), 'NONE')",
    "case when id > 1 then town end",
    "cast(id as decimal(18,4)) * 2", "town rlike '^[a-z]+$'", "id in ('a', 'b') and town is not null",
)  # fmt: skip
PIECES = (
    "(", ")", "'", '"', "`", "--", "/*", "*/", ";", "*", "?", ":p", "->", "::", "[0]", ".", ",", " as x",
    " over ()", "(select 1)",
    "exists (select 1)", "rand()", "now()", "java_method('java.lang.Runtime', 'getRuntime')",
    "explode(array(1))", "count(*)",
    "raise_error(id)", "nobody(id)", "upper(id, id)", "lag(id) over (order by id)", "cast(id as nothing)",
    "date '9999-99-99'",
    "interval 1 parsec", "1e999", "1/0", "x -> x", "transform(array(id), x -> x)", "english", "english.nobody",
    "id.x", "map(id)",
    "drop table x", "transform(id)", "(" * 3000, "id + " * 3000, "not " * 3000, "case when " * 500,
)  # fmt: skip


@st.composite
def spoilt_expression(draw) -> str:
    text = draw(st.sampled_from(SOUND))
    for piece in draw(
        st.lists(st.sampled_from(PIECES) | st.sampled_from(NASTY) | st.text(max_size=6), max_size=3)
    ):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + piece + text[at + draw(st.integers(0, 8)) :]
    return text


@pytest.mark.slow
def test_a_spoilt_expression_is_a_value_or_refused(spark: SparkSession) -> None:
    frame = spark.createDataFrame([], "id string, town string, english struct<name: string>")

    @tried(CASES)
    @given(spoilt_expression())
    def is_a_value_or_refused(text: str) -> None:
        try:
            names_in(spark, text, place="columns.city")
            evaluate(frame, text, place="columns.city")
        except ConfigError as error:
            assert error.fix
            assert len(str(error)) < 2_000

    is_a_value_or_refused()
