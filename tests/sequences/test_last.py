from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from marketgraph.features.money import Money
from marketgraph.sequences.acts import acts_in
from marketgraph.sequences.last import last_asked, last_before
from marketgraph.sequences.rules import SequencesConfig
from marketgraph.sequences.sides import sides
from marketgraph.sequences.vocabulary import number_new_tokens, tokens_in
from marketgraph.tables.entities import VERTEX_IDS
from marketgraph.tables.sequences import SEQUENCES, UNKNOWN, VOCABULARY
from tests.builders import AS_OF, NOON, ids_of, sources_of
from tests.sequences.oracle import coarse, ids_in, read_back, sequences, with_gaps
from tests.stages.shop_days import DAYS, START, random_rows

EVERY = {
    "buyer": ("actor",),
    "merchant": ("actor", "object"),
    "product": ("object",),
}
SHORT = SequencesConfig(entities=EVERY, length=5)


def ids_frame(spark: SparkSession, ids) -> DataFrame:
    rows = [(kind, name, number, AS_OF, False) for (kind, name), number in ids.items()]
    return spark.createDataFrame(rows, VERTEX_IDS.schema)


def seen_and_known(spark: SparkSession, sources, ids: DataFrame, rule: SequencesConfig):
    """All sides, and a vocabulary of all their tokens."""
    acts = acts_in(sources, ids, rule, Money())
    seen = sides(acts, rule)
    none = spark.createDataFrame([], VOCABULARY.schema)
    known = number_new_tokens(none, tokens_in(seen, acts), as_of=AS_OF, most=100)
    return seen, known.localCheckpoint()


def at(moment: datetime):
    return F.lit(moment)


@pytest.mark.parametrize(("seed", "minutes"), [(1, 1), (2, 24 * 60)])
def test_sequences_are_those_of_plain_python_ties_and_all(
    spark: SparkSession, seed: int, minutes: int
) -> None:
    rows = coarse(random_rows(seed), minutes)
    seen, known = seen_and_known(spark, sources_of(spark, **rows), ids_frame(spark, ids_in(rows)), SHORT)
    moment = START + timedelta(days=DAYS - 6)
    found = last_before(seen, known, moment=at(moment), length=SHORT.length)
    wanted = {vertex: with_gaps(acts) for vertex, acts in sequences(rows, moment, SHORT).items()}
    assert read_back(SEQUENCES.conform(found), known) == wanted
    shuffled = last_before(seen.repartition(7), known, moment=at(moment), length=SHORT.length)
    assert read_back(shuffled, known) == wanted


def test_each_question_sees_what_lies_before_its_own_moment(spark: SparkSession) -> None:
    rows = coarse(random_rows(3), 6 * 60)
    ids = ids_in(rows)
    seen, known = seen_and_known(spark, sources_of(spark, **rows), ids_frame(spark, ids), SHORT)
    moments = [START + timedelta(hours=6 * n) for n in (12, 40, 41, 90)]
    asked = [(vertex * 10 + n, vertex, moment) for vertex in ids.values() for n, moment in enumerate(moments)]
    questions = spark.createDataFrame(asked, "question long, vertex_id long, moment timestamp")
    found = read_back(last_asked(seen, known, questions, length=SHORT.length), known, key="question")
    by_moment = [sequences(rows, moment, SHORT) for moment in moments]
    wanted = {
        number: with_gaps(by_moment[number % 10][vertex])
        for number, vertex, _ in asked
        if vertex in by_moment[number % 10]
    }
    assert found == wanted


def story(spark: SparkSession):
    """b looks at p, and orders it at the moment that is asked for and a second before."""
    sources = sources_of(
        spark,
        events=[{"event_id": "e", "actor_id": "b", "object_id": "p", "occurred_at": NOON}],
        orders=[
            {"order_id": "1", "buyer_id": "b", "ordered_at": NOON + timedelta(seconds=89, milliseconds=700)},
            {"order_id": "2", "buyer_id": "b", "ordered_at": NOON + timedelta(seconds=90)},
        ],
        order_items=[{"order_id": n, "merchant_id": "m", "product_id": "p"} for n in ("1", "2")],
    )
    return seen_and_known(
        spark, sources, ids_of(spark, "buyer:b", "product:p", "merchant:m"), SequencesConfig()
    )


def test_an_act_at_the_moment_is_not_seen_and_gaps_are_whole_seconds(spark: SparkSession) -> None:
    seen, known = story(spark)
    found = last_before(seen, known, moment=at(NOON + timedelta(seconds=90)), length=100)
    rows = {row["vertex_id"]: row for row in found.collect()}
    assert set(rows) == {0, 2}  # products have no sequences unless they are declared
    assert (rows[0]["length"], rows[0]["gaps"], rows[0]["objects"]) == (2, [0, 89], [1, 1])
    assert rows[0]["times"][1] - rows[0]["times"][0] == 89_700
    assert rows[0]["prices"][0] == UNKNOWN  # a look has no price
    assert (rows[2]["kind"], rows[2]["length"], rows[2]["objects"]) == ("merchant", 1, [0])


def test_a_token_of_later_is_unknown_and_not_left_out(spark: SparkSession) -> None:
    seen, known = story(spark)
    found = last_before(seen, known.where("token <> 'order'"), moment=at(datetime(2024, 3, 1)), length=100)
    verbs = {row["vertex_id"]: row["verbs"] for row in found.collect()}
    assert verbs[0][1:] == [UNKNOWN, UNKNOWN]
    assert verbs[0][0] > UNKNOWN


def test_a_marketplace_without_events_has_sequences_of_its_orders(spark: SparkSession) -> None:
    rule = SequencesConfig(sources=("orders",))
    sources = sources_of(
        spark,
        orders=[{"order_id": "1", "buyer_id": "b"}],
        order_items=[{"order_id": "1", "merchant_id": "m", "product_id": "p"}],
        reviews=[{"review_id": "r", "order_id": "1"}],
    )
    seen, known = seen_and_known(spark, sources, ids_of(spark, "buyer:b", "product:p", "merchant:m"), rule)
    found = last_before(seen, known, moment=at(datetime(2024, 3, 1)), length=10)
    assert {row["vertex_id"]: row["length"] for row in found.collect()} == {0: 1, 2: 1}
    assert date(2024, 3, 1) == AS_OF


def test_a_review_of_what_two_merchants_sold_is_one_act_of_its_buyer_and_one_of_each_merchant(
    spark: SparkSession,
) -> None:
    rule = SequencesConfig(entities=EVERY, sources=("reviews",))
    sources = sources_of(
        spark,
        orders=[{"order_id": "1", "buyer_id": "b"}],
        order_items=[{"order_id": "1", "merchant_id": m, "product_id": "p"} for m in ("gone", "m", "n")],
        reviews=[{"review_id": "r", "order_id": "1", "product_id": "p"}],
    )
    ids = ids_of(spark, "buyer:b", "product:p", "merchant:m", "merchant:n")
    seen, known = seen_and_known(spark, sources, ids, rule)
    found = last_before(seen, known, moment=at(datetime(2024, 3, 1)), length=10)
    assert {row["vertex_id"]: row["objects"] for row in found.collect()} == {0: [1], 1: [0], 2: [0], 3: [0]}
