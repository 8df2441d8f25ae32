"""The gate against an oracle: Great Expectations' own checks, run by GX itself on the Spark frame."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from marketgraph.quality.asked import checks_of
from marketgraph.quality.config import TableRules
from marketgraph.quality.suites import great_expectations, suite_for
from marketgraph.tables import Table
from tests.quality.stories import TOYS, frame_of, named, toys, verdicts

BAD_ROWS: list[dict[str, Any]] = [
    {},
    {"weight": -0.1},
    {"shop": None, "toy": 1, "colour": "lilac"},
    {"shop": None, "toy": 1, "colour": None, "phone": "h3"},
    {"toy": None, "weight": 2.5},
    {"shop": "s2", "toy": 0, "weight": None, "phone": None},
    {"shop": None, "toy": None, "weight": 9.5},
    {"shop": None, "toy": None},
]


def native_findings(frame: DataFrame, table: Table) -> dict[str, tuple[bool, int]]:
    """Passed and rows at fault by label of the check, as GX finds them by itself."""
    gx = great_expectations()
    expect = gx.expectations
    suite = [
        expect.ExpectCompoundColumnsToBeUnique(
            column_list=list(table.key), meta={"check": "unique(shop, toy)"}
        )
    ]
    for column in table.columns:
        name, kinds = column.name, []
        if not column.nullable:
            kinds.append(("not_null", expect.ExpectColumnValuesToNotBeNull, {}))
        if column.allowed:
            kinds.append(("allowed", expect.ExpectColumnValuesToBeInSet, {"value_set": list(column.allowed)}))
        if column.minimum is not None:
            bounds = {"min_value": column.minimum, "max_value": column.maximum}
            kinds.append(("range", expect.ExpectColumnValuesToBeBetween, bounds))
        suite += [made(column=name, meta={"check": f"{kind}({name})"}, **told) for kind, made, told in kinds]
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_spark("oracle").add_dataframe_asset(table.name)
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    outcome = batch.validate(gx.ExpectationSuite(name=table.name, expectations=suite), result_format="BASIC")
    return {
        r.expectation_config.meta["check"]: (r.success, r.result["unexpected_count"]) for r in outcome.results
    }


def test_the_gate_finds_what_native_expectations_find(spark: SparkSession) -> None:
    frames = {
        named("sound"): toys(spark, {}, {"toy": 2, "phone": None, "weight": None}),
        named("broken"): frame_of(spark, TOYS, toys_of(BAD_ROWS)),
    }
    found = verdicts(spark, frames)
    for table, frame in frames.items():
        ours = {
            f"{r.check}({', '.join(r.columns)})": (r.passed, r.unexpected_count)
            for r in found[table.name]
            if r.check not in ("volume", "reference")
        }
        assert ours == native_findings(frame, table)
    assert not all(r.passed for r in found["broken"])


def toys_of(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    good = {"shop": "s1", "toy": 1, "colour": "red", "weight": 1.5, "phone": "h1"}
    return [{**good, **row} for row in rows]


def test_the_suite_has_one_expectation_per_check_with_its_severity() -> None:
    rules = TableRules(severity={"range": "warning"}, tolerance={"range": 0.5})
    suite = suite_for(TOYS.full_name, checks_of(TOYS, rules))
    assert suite.name == "sources.toys"
    asked = {e.meta["check"]: (e.column, e.severity, e.min_value, e.max_value) for e in suite.expectations}
    assert asked["volume()"] == ("volume()", "critical", 1, None)
    assert asked["not_null(shop)"] == ("not_null(shop)", "critical", None, 0)
    assert asked["range(toy)"] == ("share of range(toy)", "warning", None, 0.5)
    assert len(asked) == len(suite.expectations) == 10


@pytest.mark.parametrize("module", ["marketgraph.cli", "marketgraph.quality.gate"])
def test_great_expectations_is_not_imported_before_it_is_needed(module: str) -> None:
    asked = f"import {module}, sys; print('great_expectations' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"
