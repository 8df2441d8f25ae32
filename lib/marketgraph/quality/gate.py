"""The gate: check the tables of a run, say in words what was found, stop the run where it matters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pyspark.sql import DataFrame

from marketgraph.errors import QualityError
from marketgraph.quality.asked import checks_of
from marketgraph.quality.checks import Check, CheckResult
from marketgraph.quality.config import Kind, QualityConfig
from marketgraph.quality.evidence import examples_of
from marketgraph.quality.faults import Numbers, measure
from marketgraph.quality.suites import Judge
from marketgraph.quality.suspicions import Parents, Subject
from marketgraph.tables import Table


def check_table(
    frame: DataFrame, table: Table, *, parents: Parents, config: QualityConfig
) -> list[CheckResult]:
    """The checks of one table; `check_tables` is far cheaper than many calls of this one."""
    return check_tables({table: frame}, parents=parents, config=config)


def check_tables(
    frames: Mapping[Table, DataFrame], *, parents: Parents, config: QualityConfig
) -> list[CheckResult]:
    """Every check of every table, in the order of `frames` and of each contract; stops nothing.

    parents: keys that references point at, by `Reference.table`, columns in the reference's order; those of a
    whole run come from `parents_of`. Raises ContractError when a frame lacks columns of its contract.
    """
    subjects = [_subject(table, frame, config) for table, frame in frames.items()]
    numbers = measure(subjects, parents)
    verdicts = _verdicts(subjects, numbers, config)
    failed = [(s, c) for s in subjects for c in s.checks if not verdicts[s.table.full_name][c.label]]
    examples = examples_of(failed, parents, most=config.examples)
    return [
        _result(s.table, c, n, verdicts[s.table.full_name][c.label], examples.get((s.table.full_name, c), ()))
        for s, n in zip(subjects, numbers, strict=True)
        for c in s.checks
    ]


def failed_critical(results: Iterable[CheckResult]) -> list[CheckResult]:
    """The results that stop a run."""
    return [r for r in results if not r.passed and r.severity == "critical"]


def raise_for(results: Sequence[CheckResult]) -> None:
    """Raise QualityError that lists every failed critical check, each with what to do; else nothing."""
    failed = failed_critical(results)
    if not failed:
        return
    tables = len({r.table for r in failed})
    head = f"{_many(len(failed), 'check')} failed in {_many(tables, 'table')}, nothing is published"
    raise QualityError(
        head + "".join(f"\n  {line_of(r)}\n    {_REMEDIES[r.check]}" for r in failed),
        fix="mend what is listed and run again; quality.checks keeps every result of this date",
    )


def line_of(result: CheckResult) -> str:
    """A failed check as one line: table, columns, what was found, what was asked, examples."""
    where = f"{result.table} {', '.join(result.columns)}".rstrip()
    shown = f"; for example {'; '.join(result.examples)}" if result.examples else ""
    return f"{where}: {result.observed}, expected {result.expected}{shown}"


def _subject(table: Table, frame: DataFrame, config: QualityConfig) -> Subject:
    """The table under its contract, narrowed by the config's rules."""
    rules = config.rules_for(table)
    narrow = rules.narrowed(table)
    return Subject(narrow, narrow.conform(frame), checks_of(narrow, rules))


def _verdicts(
    subjects: Sequence[Subject], numbers: Sequence[Numbers], config: QualityConfig
) -> dict[str, dict[str, bool]]:
    judge = Judge()
    return {
        s.table.full_name: judge.passed(s.table, config.rules_for(s.table), n)
        for s, n in zip(subjects, numbers, strict=True)
    }


def _result(
    table: Table, check: Check, numbers: Numbers, passed: bool, examples: tuple[str, ...]
) -> CheckResult:
    bad = numbers.unexpected.get(check, 0)
    return CheckResult(
        table=table.full_name,
        check=check.kind,
        columns=check.columns,
        severity=check.severity,
        passed=passed,
        observed=_observed(check, numbers.rows, bad),
        expected=check.expected,
        rows=numbers.rows,
        unexpected_count=bad,
        examples=examples,
    )


def _observed(check: Check, rows: int, bad: int) -> str:
    if check.kind == "volume":
        return _many(rows, "row")
    return f"{_FOUND[check.kind]} in {bad:,} of {_many(rows, 'row')}"


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


_FOUND: dict[Kind, str] = {
    "not_null": "null",
    "unique": "a repeated key",
    "allowed": "another value",
    "range": "out of range",
    "reference": "no such row",
}
_REMEDIES: dict[Kind, str] = {
    "volume": "see whether the feed came whole; if it may be this small, say so in conf/quality.yml",
    "not_null": "see which input leaves it out; a source row without it belongs in quarantine",
    "unique": "see which feed or join repeats the key",
    "allowed": "map the value to one that is known, or add it to the table's contract",
    "range": "see whether unit or sign of the input changed; where it is meant, raise what conf/quality.yml allows",
    "reference": "see whether the table that it names came whole, and whether both spell ids alike",
}
