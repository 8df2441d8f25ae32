"""Great Expectations at work: a table's checks as a suite, judged over a frame of the table's numbers.

The frame has one row per table and one column per check: the number of rows at fault (`not_null(order_id)`),
or their share of all rows where some are borne. The suite says what each may be.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from marketgraph.quality.asked import checks_of
from marketgraph.quality.checks import Check
from marketgraph.quality.config import TableRules
from marketgraph.tables import Table

if TYPE_CHECKING:
    import great_expectations as gx

    from marketgraph.quality.faults import Numbers


def suite_for(table: Table, rules: TableRules) -> gx.ExpectationSuite:
    """The suite that `table` must pass: one expectation per check, named after the table."""
    suite = great_expectations().ExpectationSuite(name=table.full_name)
    for check in checks_of(table, rules):
        suite.add_expectation(_expectation(check))
    return suite


class Judge:
    """Validates tables' numbers against suites in one ephemeral context; keeps nothing on disk."""

    def __init__(self) -> None:
        context = great_expectations().get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas("numbers").add_dataframe_asset("numbers")
        self._numbers = asset.add_batch_definition_whole_dataframe("slice")

    def passed(self, table: Table, rules: TableRules, numbers: Numbers) -> dict[str, bool]:
        """Whether each check of `table` passed, by its label. Raises RuntimeError when GX could not say."""
        batch = self._numbers.get_batch({"dataframe": _frame_of(numbers, checks_of(table, rules))})
        outcome = batch.validate(suite_for(table, rules), result_format="BOOLEAN_ONLY")
        for result in outcome.results:
            _refuse_exceptions(table, result)
        return {r.expectation_config.meta["check"]: bool(r.success) for r in outcome.results}


def great_expectations() -> Any:
    """The library, imported on first use (it takes seconds), without its telemetry and its warnings."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    return gx


def _expectation(check: Check) -> Any:
    # One row per frame, so the largest value is the value. The aggregate costs GX half of a row-wise check.
    bounds = {"min_value": check.limit} if check.kind == "volume" else {"max_value": check.limit}
    about = f"{', '.join(check.columns) or 'rows'}: {check.expected}"
    return great_expectations().expectations.ExpectColumnMaxToBeBetween(
        column=_measured(check),
        severity=check.severity,
        description=about,
        meta={"check": check.label},
        **bounds,
    )


def _measured(check: Check) -> str:
    return f"share of {check.label}" if check.limit and check.kind != "volume" else check.label


def _frame_of(numbers: Numbers, checks: Sequence[Check]) -> Any:
    import pandas as pd

    row: dict[str, float] = {}
    for check in checks:
        found = numbers.unexpected.get(check, 0)
        share = found / numbers.rows if numbers.rows else 0.0
        row[_measured(check)] = numbers.rows if check.kind == "volume" else share if check.limit else found
    return pd.DataFrame([row])


def _refuse_exceptions(table: Table, result: Any) -> None:
    held = result.exception_info or {}
    each = held.values() if all(isinstance(v, dict) for v in held.values()) else [held]
    for info in each:
        if info.get("raised_exception"):
            raise RuntimeError(f"{table.full_name}: Great Expectations failed: {info['exception_message']}")
