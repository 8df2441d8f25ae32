"""What is watched beside the contracts: a run's numbers against the rules, and against the release before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timezone

from marketgraph.quality.checks import Check, Measured
from marketgraph.quality.profiles import Profile, Profiles
from marketgraph.quality.psi import Drift as Found
from marketgraph.quality.psi import drift
from marketgraph.quality.severities import Severity
from marketgraph.quality.watch_rules import (
    Drift,
    Freshness,
    Growth,
    Nulls,
    WatchConfig,
    columns_of_drift,
    columns_of_nulls,
    rule_of,
)
from marketgraph.tables import Table

_DAY = 86_400


@dataclass(frozen=True)
class Before:
    """The release that a run is compared with. rows: by full name of its tables; profiles: none where it has none."""

    id: str
    rows: Mapping[str, int]
    profiles: Profiles = field(default_factory=dict)


def watched(
    rows: Mapping[Table, int], profiles: Profiles, before: Before | None, watch: WatchConfig, *, as_of: date
) -> list[Measured]:
    """Every watched check of every table, in the order of `rows`: what was measured, or why nothing was.

    rows, profiles: of the run. before: the release that it is compared with; None: there is none.
    """
    told: list[Measured] = []
    for table, count in rows.items():
        one = _Subject(table, count, profiles, before)
        told += _growth(one, rule_of(watch.growth, table))
        told += _freshness(one, rule_of(watch.freshness, table), as_of)
        told += _nulls(one, rule_of(watch.nulls, table))
        told += _drift(one, rule_of(watch.drift, table))
    return told


@dataclass(frozen=True)
class _Subject:
    """A table with its rows and profiles, and what it is compared with."""

    table: Table
    rows: int
    profiles: Profiles
    before: Before | None

    def now(self, column: str) -> Profile:
        return self.profiles[(self.table.full_name, column)]

    def then(self, column: str) -> Profile | None:
        return self.before.profiles.get((self.table.full_name, column)) if self.before else None

    @property
    def rows_before(self) -> int | None:
        return self.before.rows.get(self.table.full_name) if self.before else None

    def measured(self, check: Check, value: float, observed: str) -> Measured:
        return Measured(self.table.full_name, check, value, observed, self.rows)

    def nothing(self, check: Check, why: str) -> Measured:
        return Measured(self.table.full_name, check, None, why, self.rows)

    def not_comparable(self, column: str | None = None) -> str:
        """Why there is nothing to compare with; empty where there is."""
        if self.before is None:
            return "nothing to compare with: no release of an earlier date"
        if self.rows_before is None:
            return f"nothing to compare with: release {self.before.id} has no such table"
        if column is not None and self.then(column) is None:
            return f"nothing to compare with: release {self.before.id} has no profile of it"
        return ""


def _growth(one: _Subject, rule: Growth | None) -> Iterator[Measured]:
    if rule is None:
        return
    expected = f"{rule.least:g} to {rule.most:g} times the rows of the release before"
    check = Check("growth", (), rule.severity, expected, least=rule.least, most=rule.most)
    before = one.rows_before
    if before is None:
        yield one.nothing(check, one.not_comparable())
    elif max(before, one.rows) < rule.least_rows or not before:
        yield one.nothing(check, f"{one.rows:,} rows, {before:,} before: too few to compare")
    else:
        told = f"{one.rows:,} rows, {before:,} in release {one.before.id if one.before else ''}"
        yield one.measured(check, one.rows / before, f"{told}: {one.rows / before:.4g} times")


def _freshness(one: _Subject, rule: Freshness | None, as_of: date) -> Iterator[Measured]:
    if rule is None or one.table.event_time is None:
        return
    expected = f"an event at most {rule.days:g} days before {as_of}"
    check = Check("freshness", (one.table.event_time,), rule.severity, expected, most=rule.days)
    newest = one.now(one.table.event_time).newest
    midnight = datetime(as_of.year, as_of.month, as_of.day, tzinfo=timezone.utc).timestamp()
    if newest is None:
        if rule.severity == "critical" or one.rows_before:  # a feed that has stopped, counted from 1970 on
            yield one.measured(check, midnight / _DAY, "no event has a time")
        else:
            yield one.nothing(check, "no event has a time")
        return
    days = (midnight - newest) / _DAY
    at = datetime.fromtimestamp(newest, timezone.utc)
    yield one.measured(check, days, f"the newest is of {at:%Y-%m-%d %H:%M}, {days:.1f} days before")


def _nulls(one: _Subject, rule: Nulls | None) -> Iterator[Measured]:
    for column in columns_of_nulls(rule, one.table):
        share = one.now(column.name).null_share
        if rule and rule.most is not None:
            check = Check(
                "null_share", (column.name,), rule.severity, f"at most {rule.most:.2%} null", most=rule.most
            )
            yield (
                one.nothing(check, "no rows")
                if share is None
                else one.measured(check, share, f"{share:.2%} null")
            )
        if rule and rule.change is not None:
            yield _null_change(one, column.name, share, rule.change, rule)


def _null_change(one: _Subject, column: str, share: float | None, change: float, rule: Nulls) -> Measured:
    expected = f"within {change:.2%} of the share of nulls before"
    check = Check("null_change", (column,), rule.severity, expected, least=-change, most=change)
    why, then = one.not_comparable(column), one.then(column)
    if why or then is None:
        return one.nothing(check, why)
    if share is None or then.null_share is None or min(one.rows, then.rows) < rule.least_rows:
        return one.nothing(check, f"{one.rows:,} rows, {then.rows:,} before: too few to compare")
    return one.measured(check, share - then.null_share, f"{share:.2%} null, {then.null_share:.2%} before")


def _drift(one: _Subject, rule: Drift | None) -> Iterator[Measured]:
    if rule is None:
        return
    expected = f"a drift (PSI) of at most {rule.most:g} against the release before"
    for column in columns_of_drift(rule, one.table):
        check = Check("drift", (column.name,), rule.severity, expected, most=rule.most)
        yield _drift_of(one, column.name, check, rule.least_rows)


def _drift_of(one: _Subject, column: str, check: Check, least_rows: int) -> Measured:
    why, now, then = one.not_comparable(column), one.now(column), one.then(column)
    if why or then is None:
        return one.nothing(check, why)
    if then.way != now.way:
        return one.nothing(check, "nothing to compare with: its values were told apart in another way")
    if min(now.rows, then.rows) < max(1, least_rows):
        return one.nothing(check, f"{now.rows:,} rows, {then.rows:,} before: too few to compare")
    found = drift(_renamed(then, now), now.bins, ordered=now.way == "numbers")
    return one.measured(check, found.psi, f"PSI {found.psi:.3g}{_shift(found, now, then)}")


def _renamed(then: Profile, now: Profile) -> Mapping[int, int]:
    """Rows of before by the bins of now: a value of a closed set keeps its name where its number is another."""
    if now.way != "values":
        return then.bins
    numbers = {word: number for number, word in now.words.items()}
    unseen = max([*now.bins, *then.bins, 0]) + 1
    told: dict[int, int] = {}
    for number, rows in then.bins.items():
        word = then.words[number]
        told[numbers.get(word, number if number not in now.bins else unseen + number)] = rows
    return told


def _shift(found: Found, now: Profile, then: Profile) -> str:
    if found.psi == 0:
        return ""
    words = {**then.words, **now.words}
    first, last = (words.get(number, "") for number in (found.most.first, found.most.last))
    where = first if first == last or not last else f"{first} … {last}"
    return f", most by {where}: {found.share_before:.1%} before, {found.share_now:.1%} now"


def severity_of(found: Measured) -> Severity:
    """What a check counts as: one that had nothing to compare with is for information."""
    return "info" if found.value is None else found.check.severity
