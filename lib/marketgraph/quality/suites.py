"""Great Expectations at work: a table's checks as a suite, judged over a frame of the table's numbers.

The frame has one row per table and one column per check: the number of rows at fault (`not_null(order_id)`), their
share of all rows where some are borne, or what is watched (`drift(price)`). The suite says what each may be.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from marketgraph.quality.checks import Check
from marketgraph.quality.config import KINDS

if TYPE_CHECKING:
    import great_expectations as gx

    from marketgraph.quality.faults import Numbers


def suite_for(name: str, checks: Sequence[Check]) -> gx.ExpectationSuite:
    """The suite that a table must pass: one expectation per check, named after the table."""
    # as a whole, since adding one by one compares each with all before it
    return great_expectations().ExpectationSuite(name=name, expectations=[_expectation(c) for c in checks])


class Judge:
    """Validates tables' numbers against suites in one ephemeral context; keeps nothing on disk.

    outcomes: what Great Expectations said, by full name of the table, for who shows it.
    """

    def __init__(self) -> None:
        self.context = great_expectations().get_context(mode="ephemeral")
        self.context.variables.progress_bars = {"globally": False}
        self.outcomes: dict[str, Any] = {}
        asset = self.context.data_sources.add_pandas("numbers").add_dataframe_asset("numbers")
        self._numbers = asset.add_batch_definition_whole_dataframe("slice")

    def passed(self, name: str, values: Mapping[Check, float]) -> dict[str, bool]:
        """Whether each check of a table passed, by its label. Raises RuntimeError when GX could not say.

        values: what was measured: rows (volume), rows at fault or, where some are borne, their share; else the number
        that the check's bounds are about.
        """
        import pandas as pd

        batch = self._numbers.get_batch(
            {"dataframe": pd.DataFrame([{_measured(c): v for c, v in values.items()}])}
        )
        outcome = batch.validate(suite_for(name, list(values)), result_format="BOOLEAN_ONLY")
        for result in outcome.results:
            _refuse_exceptions(name, result)
        self.outcomes[name] = outcome
        return {r.expectation_config.meta["check"]: bool(r.success) for r in outcome.results}


def great_expectations() -> Any:
    """The library, imported on first use (it takes seconds), without its telemetry and its warnings."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    return gx


def judged_value(check: Check, numbers: Numbers) -> float:
    """The number of a contract's check that its bounds are about."""
    if check.kind == "volume":
        return numbers.rows
    found = numbers.unexpected.get(check, 0)
    return share_of(found, numbers.rows) if check.most else found


def share_of(found: int, rows: int) -> float:
    """Rows found, of all."""
    return found / rows if rows else 0.0


def _expectation(check: Check) -> Any:
    # One row per frame, so the largest value is the value. The aggregate costs GX half of a row-wise check.
    bounds = {"min_value": check.least, "max_value": check.most}
    about = f"{', '.join(check.columns) or 'rows'}: {check.expected}"
    return great_expectations().expectations.ExpectColumnMaxToBeBetween(
        column=_measured(check),
        severity=check.severity,
        description=about,
        meta={"check": check.label},
        **{name: bound for name, bound in bounds.items() if bound is not None},
    )


def _measured(check: Check) -> str:
    return f"share of {check.label}" if check.most and check.kind in KINDS else check.label


def _refuse_exceptions(name: str, result: Any) -> None:
    held = result.exception_info or {}
    each = held.values() if all(isinstance(v, dict) for v in held.values()) else [held]
    for info in each:
        if info.get("raised_exception"):
            raise RuntimeError(f"{name}: Great Expectations failed: {info['exception_message']}")
