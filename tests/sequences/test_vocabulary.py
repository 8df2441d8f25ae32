from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from marketgraph.sequences.prices import bucket_of, tokens_of
from marketgraph.sequences.rules import PriceRule, SequencesConfig
from marketgraph.sequences.vocabulary import number_new_tokens
from marketgraph.tables.sequences import VOCABULARY

FIRST, SECOND = date(2024, 3, 1), date(2024, 2, 1)  # a backfill runs second


def numbered(spark: SparkSession, known, as_of: date, *tokens: str, most: int = 100):
    told = spark.createDataFrame([tuple(token.split("/")) for token in tokens], "field string, token string")
    return number_new_tokens(known, told, as_of=as_of, most=most)


def test_a_token_keeps_its_id_whatever_comes_after(spark: SparkSession) -> None:
    none = spark.createDataFrame([], VOCABULARY.schema)
    first = numbered(spark, none, FIRST, "verb/view", "verb/order", "price/[0, 1)")
    second = first.unionAll(numbered(spark, first, SECOND, "verb/buy", "verb/view", "verb/add"))
    ids = {(r["field"], r["token"]): (r["id"], r["first_as_of"]) for r in second.collect()}
    assert ids == {
        ("verb", "order"): (2, FIRST),
        ("verb", "view"): (3, FIRST),
        ("price", "[0, 1)"): (2, FIRST),
        ("verb", "add"): (4, SECOND),
        ("verb", "buy"): (5, SECOND),
    }
    assert numbered(spark, second, SECOND, "verb/buy", "price/[0, 1)").isEmpty()


def test_ids_written_into_verbs_do_not_fill_the_vocabulary(spark: SparkSession) -> None:
    none = spark.createDataFrame([], VOCABULARY.schema)
    first = numbered(spark, none, FIRST, *[f"verb/v{n:02}" for n in range(7)], most=5)
    assert sorted(r["id"] for r in first.collect()) == [2, 3, 4, 5, 6]
    assert numbered(spark, first, SECOND, "verb/a", most=5).isEmpty()


def test_buckets_are_half_open_and_the_last_has_no_end(spark: SparkSession) -> None:
    rule = PriceRule(least=Decimal("0.5"), buckets=4)
    assert tokens_of(rule) == ("[0, 0.5)", "[0.5, 1)", "[1, 2)", "[2, …)")
    rows = [
        ("0", 0),
        ("0.4999", 0),
        ("0.5", 1),
        ("1.9999", 2),
        ("2", 3),
        ("99999999999999.9999", 3),
        (None, None),
    ]
    frame = spark.createDataFrame([(p and Decimal(p),) for p, _ in rows], "price decimal(18,4)")
    found = [row[0] for row in frame.select(bucket_of(F.col("price"), rule)).collect()]
    assert found == [None if place is None else tokens_of(rule)[place] for _, place in rows]


@pytest.mark.parametrize(
    ("told", "names"),
    [
        ({"entities": {"byer": ["actor"]}}, "did you mean buyer"),
        ({"entities": {"buyer": []}}, "no role"),
        ({"entities": {"buyer": ["seller"]}}, "actor"),
        ({"sources": ["payments"]}, "events"),
        ({"length": 1000}, "999"),
        ({"prices": {"least": 0}}, "greater than 0"),
    ],
)
def test_what_makes_no_sense_is_refused_before_data_is_read(told: dict, names: str) -> None:
    with pytest.raises(ValidationError, match=names):
        SequencesConfig.model_validate(told)
