"""Stories of the gate: what is wrong is found, named with table, column and value, and weighed."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from marketgraph.errors import ContractError, QualityError
from marketgraph.quality.checks import CHECKS, Check, CheckResult, Measured, checks_frame
from marketgraph.quality.config import QualityConfig, TableRules
from marketgraph.quality.gate import check_table, check_tables, failed_critical, raise_for, warnings_of
from marketgraph.quality.references import parents_of, references_of
from marketgraph.quality.suites import Judge
from marketgraph.tables import Table
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.entities import ENTITY_TABLES
from marketgraph.tables.sources import IDENTIFIERS, MERCHANTS
from tests.builders import rows_of
from tests.quality.stories import GOOD, TOYS, failures, frame_of, named, shops, toys, verdict, verdicts


def test_a_sound_table_passes_every_check(spark: SparkSession) -> None:
    results = verdict(spark, toys(spark, {}, {"toy": 2, "colour": "blue", "weight": None, "phone": None}))
    assert [r for r in results if not r.passed] == []
    assert [r.check for r in results] == [
        *("volume", "unique", "not_null", "not_null", "range", "not_null", "allowed", "range", "allowed"),
        "reference",
    ]
    assert {r.rows for r in results} == {2}
    raise_for(results)


FAULTS: dict[str, tuple[dict[str, Any], tuple[str, tuple[str, ...], int], str]] = {
    "null_key": ({"shop": None, "toy": 2}, ("not_null", ("shop",), 1), "shop: null in 1 of 2 rows"),
    "twins": (
        {},
        ("unique", ("shop", "toy"), 2),
        "shop, toy: a repeated key in 2 of 2 rows, expected each value",
    ),
    "orphan": ({"toy": 2, "shop": "s9"}, ("reference", ("shop",), 1), "expected a row of sources.shops"),
    "odd_colour": ({"toy": 2, "colour": "lilac"}, ("allowed", ("colour",), 1), "expected one of red, blue"),
    "too_low": ({"toy": 0}, ("range", ("toy",), 1), "toy: out of range in 1 of 2 rows, expected at least 1"),
    "too_heavy": ({"toy": 2, "weight": 2.6}, ("range", ("weight",), 1), "expected 0 to 2.5"),
    "no_number": ({"toy": 2, "weight": float("nan")}, ("range", ("weight",), 1), "weight=NaN"),
    "no_end": ({"toy": 2, "weight": float("inf")}, ("range", ("weight",), 1), "weight=Infinity"),
}


def test_a_maximum_of_the_config_is_asked_where_the_contract_allows_more(spark: SparkSession) -> None:
    def found(most: float):
        rules = {"sources.*": TableRules(maximum={"weight": most}), "sources.toys": TableRules()}
        return verdict(spark, toys(spark, {}), QualityConfig.model_construct(tables=rules))

    assert failures(found(1.0)) == [("range", ("weight",), 1)]
    assert failures(found(9.0)) == []
    assert {r.expected for r in found(9.0) if r.columns == ("weight",)} == {"0 to 2.5"}


@pytest.fixture(scope="module")
def faulty(spark: SparkSession) -> dict[str, list[CheckResult]]:
    """What the gate finds in tables of two rows, the second of which has a fault."""
    return verdicts(spark, {named(name): toys(spark, {}, row) for name, (row, _, _) in FAULTS.items()})


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_stops_the_run_and_is_named(faulty: dict[str, list[CheckResult]], name: str) -> None:
    row, failed, said = FAULTS[name]
    assert failures(faulty[name]) == [failed]
    assert failures(failed_critical(faulty[name])) == [failed]
    with pytest.raises(QualityError) as stopped:
        raise_for(faulty[name])
    message = str(stopped.value)
    assert f"sources.{name} {', '.join(failed[1])}: " in message
    assert said in message
    values = {**GOOD, **row}
    at_fault = [f"{c}={'null' if values[c] is None else values[c]}" for c in failed[1] if c != "weight"]
    assert all(text in message for text in at_fault)
    assert "what to do" in message


def test_rules_weigh_what_is_found(spark: SparkSession) -> None:
    heavy = toys(spark, {"weight": 9.0}, {"toy": 2}, {"toy": 3}, {"toy": 4})
    frames = {
        "empty": toys(spark),
        "may_be_empty": toys(spark),
        "too_few": toys(spark, {}),
        "borne": heavy,
        "not_borne": heavy,
        "only_warned": heavy,
    }
    rules = {
        "sources.may_be_empty": TableRules(may_be_empty=True),
        "sources.too_few": TableRules(min_rows=2),
        "sources.borne": TableRules(tolerance={"range.weight": 0.25}),
        "sources.not_borne": TableRules(tolerance={"range.weight": 0.24}),
        "sources.only_warned": TableRules(severity={"range": "warning"}),
    }
    # not validated: the real catalogue does not know these tables
    config = QualityConfig.model_construct(examples=3, tables=rules)
    found = verdicts(spark, {named(name): frame for name, frame in frames.items()}, config)
    too_heavy = [("range", ("weight",), 1)]
    assert {name: failures(results) for name, results in found.items()} == {
        "empty": [("volume", (), 0)],
        "may_be_empty": [],
        "too_few": [("volume", (), 0)],
        "borne": [],
        "not_borne": too_heavy,
        "only_warned": too_heavy,
    }
    assert [(r.observed, r.expected) for r in failed_critical(found["too_few"])] == [
        ("1 row", "at least 2 rows")
    ]
    assert [r.unexpected_count for r in found["borne"] if r.columns == ("weight",)] == [1]
    raise_for(found["only_warned"])
    with pytest.raises(QualityError):
        raise_for(found["not_borne"])


def test_a_personal_value_is_never_shown(spark: SparkSession) -> None:
    keyed = named("toys", key=("phone",))
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


def test_examples_are_few_short_and_on_one_line(spark: SparkSession) -> None:
    forged = toys(spark, {"colour": "x\ndone" + "y" * 500})
    many = toys(spark, *[{"toy": toy, "colour": "lilac"} for toy in (5, 3, 4, 1, 2)])
    found = verdicts(spark, {named("forged"): forged, named("many"): many})
    assert failed_critical(found["forged"])[0].examples == ("colour=x?done" + "y" * 54 + ", shop=s1, toy=1",)
    lowest = tuple(f"colour=lilac, shop=s1, toy={toy}" for toy in (1, 2, 3))
    assert failed_critical(found["many"])[0].examples == lowest


def test_many_tables_take_no_more_jobs_than_one(spark: SparkSession) -> None:
    started = spark.sparkContext._jsc.sc().dagScheduler().numTotalJobs
    before = started()
    verdicts(spark, {named("alone"): toys(spark, {})})
    alone = started()
    verdicts(spark, {named(f"toys{i}"): toys(spark, {}, {"toy": 2}) for i in range(6)})
    assert started() - alone <= alone - before


def test_the_gate_prints_nothing_and_leaves_no_file(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ResourceWarning)  # pyspark's own sockets
        verdict(spark, toys(spark, {"colour": "lilac"}))
    assert [str(w.message) for w in warned] == []
    assert (capfd.readouterr(), list(tmp_path.iterdir())) == (("", ""), [])


def test_results_are_kept_at_their_contract(
    spark: SparkSession, faulty: dict[str, list[CheckResult]]
) -> None:
    kept = CHECKS.conform(checks_frame(spark, faulty["orphan"], "R1"))
    row = kept.where("not passed").collect()[0].asDict()
    assert row == {
        "table": "sources.orphan",
        "check": "reference",
        "columns": "shop",
        "severity": "critical",
        "passed": False,
        "observed": "no such row in 1 of 2 rows",
        "expected": "a row of sources.shops",
        "rows": 2,
        "unexpected_count": 1,
        "examples": ["shop=s9, toy=2"],
        "value": 0.5,
        "least": None,
        "most": 0.0,
        "compared_with": "R1",
    }
    assert kept.count() == kept.select(*CHECKS.key).distinct().count() == len(faulty["orphan"])


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
    factors = {"evidence": 1.0, "recency": 1.0, "rarity": 1.0, "src_kind": "merchant", "dst_kind": "product"}
    edge = {"relation": "sells", "weight": 1.0, "evidence_count": 1, **factors}
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
    pairs = named("toys", key=("shop", "phone"))
    rows = [{"shop": "a", "phone": None}, {"shop": None, "phone": "a"}, *[{"shop": None, "phone": None}] * 2]
    found = verdict(spark, frame_of(spark, pairs, [{**GOOD, **row} for row in rows]), table=pairs)
    assert "unique" not in [check for check, _, _ in failures(found)]


def test_what_is_watched_is_judged_beside_the_contract_and_told_once_a_table(spark: SparkSession) -> None:
    def watch(rows: Mapping[Table, int]) -> list[Measured]:
        drifts = [
            Measured(
                TOYS.full_name,
                Check("drift", (name,), "warning", "at most 0.25", most=0.25),
                psi,
                f"PSI {psi}",
                2,
            )
            for name, psi in (("weight", 0.3), ("colour", 0.9), ("toy", 0.1))
        ]
        alone = Check("largest_degree", (), "warning", "no limit")
        first = Measured(
            TOYS.full_name, Check("growth", (), "critical", "as before", least=0.5), None, "first", 2
        )
        return [*drifts, first, Measured("graph", alone, float(rows[TOYS]), "2 edges", 2)]

    judge, known = Judge(), {"shops": shops(spark)}
    frames = {TOYS: toys(spark, {}, {"toy": 2})}
    results = check_tables(frames, parents=known, config=QualityConfig(), watch=watch, judge=judge)
    told = {(r.check, r.columns): r for r in results}
    assert failures(results) == [("drift", ("weight",), 0), ("drift", ("colour",), 0)]
    assert (told[("growth", ())].severity, told[("growth", ())].passed) == ("info", True)
    assert (told[("largest_degree", ())].table, told[("largest_degree", ())].value) == ("graph", 2.0)
    raise_for(results)
    (line,) = warnings_of(results)
    assert line.startswith("sources.toys colour: PSI 0.9, expected at most 0.25 (2 columns in all")
    assert "quality.watch.drift" in line
    assert set(judge.outcomes) == {"sources.toys"}
