"""Stories of the gate: what is wrong is found, named with table, column and value, and weighed."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import SparkSession

from marketgraph.errors import ContractError, QualityError
from marketgraph.quality.config import QualityConfig, TableRules
from marketgraph.quality.gate import check_table, check_tables, failed_critical, raise_for
from marketgraph.quality.references import parents_of, references_of
from marketgraph.tables import Table
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.entities import ENTITY_TABLES
from marketgraph.tables.sources import IDENTIFIERS, MERCHANTS
from tests.builders import rows_of
from tests.quality.stories import GOOD, TOYS, failures, frame_of, toys, verdict


def ruled(**rules: Any) -> QualityConfig:
    """A config with rules for the toys, which the catalogue of real tables does not know."""
    return QualityConfig.model_construct(examples=3, tables={"sources.toys": TableRules(**rules)})


def test_a_sound_table_passes_every_check(spark: SparkSession) -> None:
    results = verdict(spark, toys(spark, {}, {"toy": 2, "colour": "blue", "weight": None, "phone": None}))
    assert [r for r in results if not r.passed] == []
    assert [r.check for r in results] == [
        *("volume", "unique", "not_null", "not_null", "range", "not_null", "allowed", "range", "allowed"),
        "reference",
    ]
    assert {r.rows for r in results} == {2}
    raise_for(results)


@pytest.mark.parametrize(
    ("row", "failed", "said"),
    [
        ({"shop": None, "toy": 2}, ("not_null", ("shop",), 1), "sources.toys shop: null in 1 of 2 rows"),
        ({}, ("unique", ("shop", "toy"), 2), "sources.toys shop, toy: a repeated key in 2 of 2 rows"),
        ({"toy": 2, "shop": "s9"}, ("reference", ("shop",), 1), "expected a row of sources.shops"),
        ({"toy": 2, "colour": "lilac"}, ("allowed", ("colour",), 1), "expected one of red, blue"),
        (
            {"toy": 0},
            ("range", ("toy",), 1),
            "sources.toys toy: out of range in 1 of 2 rows, expected at least 1",
        ),
        ({"toy": 2, "weight": 2.6}, ("range", ("weight",), 1), "expected 0 to 2.5"),
        ({"toy": 2, "weight": float("nan")}, ("range", ("weight",), 1), "weight=NaN"),
        ({"toy": 2, "weight": float("inf")}, ("range", ("weight",), 1), "weight=Infinity"),
    ],
)
def test_a_fault_stops_the_run_and_is_named(
    spark: SparkSession, row: dict[str, Any], failed: tuple[str, tuple[str, ...], int], said: str
) -> None:
    results = verdict(spark, toys(spark, {}, row))
    assert failures(results) == [failed]
    assert failures(failed_critical(results)) == [failed]
    with pytest.raises(QualityError) as stopped:
        raise_for(results)
    message = str(stopped.value)
    assert said in message
    values = {**GOOD, **row}
    at_fault = [f"{c}={'null' if values[c] is None else values[c]}" for c in failed[1] if c != "weight"]
    assert all(text in message for text in at_fault)
    assert "what to do" in message


def test_an_empty_table_stops_the_run_unless_it_may_be_empty(spark: SparkSession) -> None:
    assert failures(verdict(spark, toys(spark))) == [("volume", (), 0)]
    assert failures(verdict(spark, toys(spark), ruled(may_be_empty=True))) == []


def test_a_table_with_fewer_rows_than_asked_is_told_how_many_it_has(spark: SparkSession) -> None:
    (short,) = failed_critical(verdict(spark, toys(spark, {}), ruled(min_rows=2)))
    assert (short.observed, short.expected) == ("1 row", "at least 2 rows")


def test_a_warning_is_kept_and_stops_nothing(spark: SparkSession) -> None:
    results = verdict(spark, toys(spark, {"colour": "lilac"}), ruled(severity={"allowed": "warning"}))
    assert failures(results) == [("allowed", ("colour",), 1)]
    assert failed_critical(results) == []
    raise_for(results)


def test_a_share_of_bad_rows_that_is_borne_passes_and_is_still_counted(spark: SparkSession) -> None:
    frame = toys(spark, {"weight": 9.0}, {"toy": 2}, {"toy": 3}, {"toy": 4})
    lenient = verdict(spark, frame, ruled(tolerance={"range.weight": 0.25}))
    assert failures(lenient) == []
    assert [r.unexpected_count for r in lenient if r.columns == ("weight",)] == [1]
    assert failures(verdict(spark, frame, ruled(tolerance={"range.weight": 0.24}))) != []


def test_a_personal_value_is_never_shown(spark: SparkSession) -> None:
    keyed = Table(**{**TOYS.__dict__, "key": ("phone",)})
    secret = {"phone": "+49 30 1234567"}
    results = verdict(spark, toys(spark, secret, {**secret, "toy": 2, "colour": "lilac"}), table=keyed)
    assert failures(results) == [
        ("unique", ("phone",), 2),
        ("allowed", ("colour",), 1),
        ("allowed", ("phone",), 2),
    ]
    with pytest.raises(QualityError) as stopped:
        raise_for(results)
    assert "1234567" not in str(stopped.value) + str(results)
    assert "phone=(personal)" in str(stopped.value)


def test_a_value_cannot_forge_a_line_or_flood_the_message(spark: SparkSession) -> None:
    (found,) = failed_critical(verdict(spark, toys(spark, {"colour": "x\ndone" + "y" * 500})))
    assert found.examples == ("colour=x?done" + "y" * 54 + ", shop=s1, toy=1",)


def test_the_lowest_few_rows_at_fault_are_shown(spark: SparkSession) -> None:
    rows = [{"toy": toy, "colour": "lilac"} for toy in (5, 3, 4, 1, 2)]
    (found,) = failed_critical(verdict(spark, toys(spark, *rows)))
    assert found.examples == tuple(f"colour=lilac, shop=s1, toy={toy}" for toy in (1, 2, 3))


def test_every_fault_of_every_table_is_in_one_message(spark: SparkSession) -> None:
    merchants = rows_of(spark, MERCHANTS, [{"merchant_id": "m1"}, {"merchant_id": "m1"}])
    identifiers = rows_of(spark, IDENTIFIERS, [{"entity_id": "m2", "value": "h", "entity_kind": "shop"}])
    none = {t: rows_of(spark, t, []) for t in ENTITY_TABLES.values()}
    frames = {MERCHANTS: merchants, IDENTIFIERS: identifiers}
    results = check_tables(frames, parents=parents_of({**frames, **none}), config=QualityConfig())
    with pytest.raises(QualityError, match="3 checks failed in 2 tables, nothing is published") as stopped:
        raise_for(results)
    for said in (
        "sources.merchants merchant_id: a repeated key in 2 of 2 rows",
        "merchant_id=m1",
        "sources.identifiers entity_kind: another value in 1 of 1 row",
        "entity_kind=shop",
        "sources.identifiers entity_kind, entity_id: no such row",
        "entity_kind=shop, entity_id=m2",
    ):
        assert said in str(stopped.value)
    assert stopped.value.exit_code == 3


def test_the_ends_of_an_edge_must_be_entities(spark: SparkSession) -> None:
    edges = EDGE_TABLES["sells"]
    known = {
        table: rows_of(spark, table, [{"vertex_id": number, f"{kind}_id": f"x{number}"}])
        for number, (kind, table) in enumerate(ENTITY_TABLES.items())
    }
    edge = {"relation": "sells", "weight": 1.0, "evidence_count": 1}
    frame = rows_of(spark, edges, [{"src": 0, "dst": 1, **edge}, {"src": 4, "dst": 5, **edge}])
    results = check_table(frame, edges, parents=parents_of(known), config=QualityConfig())
    assert failures(results) == [("reference", ("dst",), 1)]
    assert failed_critical(results)[0].examples == ("dst=5, src=4",)


def test_no_entity_table_refers_to_itself() -> None:
    assert all(references_of(table) == () for table in ENTITY_TABLES.values())


def test_a_reference_whose_parents_are_missing_is_not_taken_for_good(spark: SparkSession) -> None:
    with pytest.raises(ContractError, match="references to shops can't be checked"):
        check_table(toys(spark, {}), TOYS, parents={}, config=QualityConfig())


def test_a_frame_without_its_contracts_columns_is_refused(spark: SparkSession) -> None:
    with pytest.raises(ContractError, match="column weight is missing"):
        verdict(spark, toys(spark, {}).drop("weight"))


def test_keys_whose_parts_are_swapped_or_missing_are_not_taken_for_repeated(spark: SparkSession) -> None:
    pairs = Table(**{**TOYS.__dict__, "key": ("shop", "phone")})
    rows = [{"shop": "a", "phone": None}, {"shop": None, "phone": "a"}, {"shop": None, "phone": None}] * 1
    twice = [*rows, {"shop": None, "phone": None}]
    found = verdict(spark, frame_of(spark, pairs, [{**GOOD, **row} for row in twice]), table=pairs)
    assert "unique" not in [check for check, _, _ in failures(found)]
