"""The gate: check the tables of a run, say in words what was found, stop the run where it matters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby

from pyspark.sql import DataFrame

from marketgraph.errors import QualityError
from marketgraph.quality.asked import checks_of
from marketgraph.quality.checks import Check, CheckResult, Measured
from marketgraph.quality.config import KINDS, QualityConfig
from marketgraph.quality.evidence import examples_of
from marketgraph.quality.faults import Numbers, measure
from marketgraph.quality.suites import Judge, judged_value, share_of
from marketgraph.quality.suspicions import Parents, Subject
from marketgraph.quality.watched import severity_of
from marketgraph.tables import Table

# What is watched, given the rows of each table.
Watch = Callable[[Mapping[Table, int]], Sequence[Measured]]


def check_table(
    frame: DataFrame, table: Table, *, parents: Parents, config: QualityConfig
) -> list[CheckResult]:
    """The checks of one table; `check_tables` is far cheaper than many calls of this one."""
    return check_tables({table: frame}, parents=parents, config=config)


def check_tables(
    frames: Mapping[Table, DataFrame],
    *,
    parents: Parents,
    config: QualityConfig,
    watch: Watch | None = None,
    judge: Judge | None = None,
) -> list[CheckResult]:
    """Every check of every table, in the order of `frames` and of each contract; stops nothing.

    parents: keys that references point at, by `Reference.table`, columns in the reference's order; those of a
    whole run come from `parents_of`. watch: what more is asked, of the rows of each table. judge: keeps what Great
    Expectations said. Raises ContractError when a frame lacks columns of its contract.
    """
    subjects = [_subject(table, frame, config) for table, frame in frames.items()]
    numbers = measure(subjects, parents)
    measured = watch({s.table: n.rows for s, n in zip(subjects, numbers, strict=True)}) if watch else []
    verdicts = _verdicts(subjects, numbers, measured, judge or Judge())
    failed = [(s, c) for s in subjects for c in s.checks if not verdicts[s.table.full_name][c.label]]
    examples = examples_of(failed, parents, most=config.examples)
    contracts = [
        _result(s.table, c, n, verdicts[s.table.full_name][c.label], examples.get((s.table.full_name, c), ()))
        for s, n in zip(subjects, numbers, strict=True)
        for c in s.checks
    ]
    return contracts + [
        _watched_result(m, verdicts.get(m.table, {}).get(m.check.label, True)) for m in measured
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


def warnings_of(results: Iterable[CheckResult]) -> list[str]:
    """One line for each failed check of severity warning; for those of a kind that a table has many of, one for all."""
    failed = [r for r in results if not r.passed and r.severity == "warning"]
    told = []
    for (_, kind), alike in groupby(failed, key=lambda r: (r.table, r.check)):
        several = list(alike)
        if kind in KINDS:
            told += [line_of(r) for r in several]
        else:
            told.append(_line_of_all(several))
    return told


def _line_of_all(failed: Sequence[CheckResult]) -> str:
    """The worst of a table's failed checks of one kind, how many more there are, and what to do."""
    worst = max(failed, key=lambda r: abs(r.value or 0.0))
    more = f" ({_many(len(failed), 'column')} in all: quality.checks has them)" if len(failed) > 1 else ""
    return f"{line_of(worst)}{more}; {_REMEDIES[worst.check]}"


def _subject(table: Table, frame: DataFrame, config: QualityConfig) -> Subject:
    """The table under its contract, narrowed by the config's rules."""
    rules = config.rules_for(table)
    narrow = rules.narrowed(table)
    return Subject(narrow, narrow.conform(frame), checks_of(narrow, rules))


def _verdicts(
    subjects: Sequence[Subject], numbers: Sequence[Numbers], measured: Sequence[Measured], judge: Judge
) -> dict[str, dict[str, bool]]:
    """Whether each check passed, by full name of the table and label; of what could not be measured nothing."""
    values: dict[str, dict[Check, float]] = {
        s.table.full_name: {c: judged_value(c, n) for c in s.checks}
        for s, n in zip(subjects, numbers, strict=True)
    }
    for one in measured:
        if one.value is not None and (one.check.least, one.check.most) != (None, None):
            values.setdefault(one.table, {})[one.check] = one.value
    return {name: judge.passed(name, of_table) for name, of_table in values.items()}


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
        value=float(numbers.rows) if check.kind == "volume" else share_of(bad, numbers.rows),
        least=check.least,
        most=check.most,
    )


def _watched_result(measured: Measured, passed: bool) -> CheckResult:
    check = measured.check
    return CheckResult(
        table=measured.table,
        check=check.kind,
        columns=check.columns,
        severity=severity_of(measured),
        passed=passed,
        observed=measured.observed,
        expected=check.expected,
        rows=measured.rows,
        unexpected_count=0,
        value=measured.value,
        least=check.least,
        most=check.most,
    )


def _observed(check: Check, rows: int, bad: int) -> str:
    if check.kind == "volume":
        return _many(rows, "row")
    return f"{_FOUND[check.kind]} in {bad:,} of {_many(rows, 'row')}"


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


_FOUND = {
    "not_null": "null",
    "unique": "a repeated key",
    "allowed": "another value",
    "range": "out of range",
    "reference": "no such row",
    "self_loop": "both ends the same",
}
_HUBS = "see edges.group_sizes for a value that too many share: name it in conf/sentinels.yml, or lower max_holders"
_REMEDIES = {
    "volume": "see whether the feed came whole; if it may be this small, say so in conf/quality.yml",
    "not_null": "see which input leaves it out; a source row without it belongs in quarantine",
    "unique": "see which feed or join repeats the key",
    "allowed": "map the value to one that is known, or add it to the table's contract",
    "range": "see whether unit or sign of the input changed; where it is meant, raise what conf/quality.yml allows",
    "reference": "see whether the table that it names came whole, and whether both spell ids alike",
    "self_loop": "see which relation joins a thing to itself, and whether two feeds give one id to two things",
    "growth": "see whether the feed came whole, or twice; if so much is meant, widen quality.watch.growth",
    "freshness": "see why the feed stopped; if it comes as seldom, raise days in quality.watch.freshness",
    "null_share": "see which input leaves it out; if so many are meant, raise most in quality.watch.nulls",
    "null_change": "see whether mapping or feed lost the column; if it is meant, raise change in quality.watch.nulls",
    "drift": "look at the shift in quality.profiles of both dates; if it is meant, raise most in quality.watch.drift",
    "degree_tail": _HUBS,
    "largest_degree": _HUBS,
    "giant_community": "see which relation joins everybody, and lower its factor in conf/communities.yml or its cap",
    "seed_coverage": "see whether violations spell ids as the other feeds do, and which relations are off",
}
