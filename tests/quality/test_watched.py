"""Stories of what is watched from release to release: what is told, what passes, what can't be compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from marketgraph.quality.bins import NULL
from marketgraph.quality.checks import Measured
from marketgraph.quality.config import QualityConfig
from marketgraph.quality.profiles import Profile
from marketgraph.quality.watch_rules import Drift, Freshness, Growth, Nulls, WatchConfig
from marketgraph.quality.watched import Before, severity_of, watched
from tests.quality.stories import TOYS

AS_OF = date(2024, 3, 1)
SHOP = replace(TOYS, event_time="made_at", columns=(*TOYS.columns, replace(TOYS.columns[0], name="made_at")))
NAME = SHOP.full_name
NONE: dict[str, Any] = {"growth": {}, "freshness": {}, "nulls": {}, "drift": {}}


def numbers(bins: dict[int, int]) -> Profile:
    """A profile of a column of numbers."""
    return Profile("numbers", bins, {number: f"bin {number}" for number in bins})


def found(
    rules: dict[str, Any], now: dict[str, Profile], before: dict[str, Profile] | None, rows: tuple[int, int]
) -> Measured:
    """The one check that `rules` make of toys. rows: before and now; before: None where there is no release."""
    told = (
        None if before is None else Before("R1", {NAME: rows[0]}, {(NAME, c): p for c, p in before.items()})
    )
    (one,) = watched(
        {SHOP: rows[1]},
        {(NAME, c): p for c, p in now.items()},
        told,
        WatchConfig(**NONE | rules),
        as_of=AS_OF,
    )
    return one


def test_a_table_that_halved_is_told_with_both_numbers() -> None:
    grown = found({"growth": {NAME: Growth(least=0.5)}}, {}, {}, (1_000, 400))
    assert (grown.value, grown.check.least, grown.check.most) == (0.4, 0.5, 2.0)
    assert grown.observed == "400 rows, 1,000 in release R1: 0.4 times"


@pytest.mark.parametrize(
    ("before", "rows", "said"),
    [
        (None, (0, 900), "no release of an earlier date"),
        ({}, (0, 900), "too few to compare"),
        ({}, (90, 20), "too few to compare"),
    ],
)
def test_what_has_nothing_to_be_compared_with_says_so_and_passes(
    before: dict[str, Profile] | None, rows: tuple[int, int], said: str
) -> None:
    one = found({"growth": {NAME: Growth(severity="critical")}}, {}, before, rows)
    assert (one.value, severity_of(one)) == (None, "info")
    assert said in one.observed


def test_a_table_that_is_new_and_a_column_without_a_profile_say_so() -> None:
    rules, now = {"drift": {NAME: Drift(columns=("weight",))}}, {"weight": numbers({0: 900})}
    told = Before("R1", {})
    (new,) = watched(
        {SHOP: 900}, {(NAME, "weight"): now["weight"]}, told, WatchConfig(**NONE | rules), as_of=AS_OF
    )
    assert new.observed == "nothing to compare with: release R1 has no such table"
    assert (
        found(rules, now, {}, (900, 900)).observed
        == "nothing to compare with: release R1 has no profile of it"
    )


def test_an_old_feed_is_told_by_its_newest_event() -> None:
    newest = datetime(2024, 2, 20, 12, tzinfo=timezone.utc).timestamp()
    one = found(
        {"freshness": {NAME: Freshness(days=7)}},
        {"made_at": Profile("times", {1: 5}, newest=newest)},
        None,
        (0, 5),
    )
    assert (one.value, one.check.most) == (9.5, 7)
    assert one.observed == "the newest is of 2024-02-20 12:00, 9.5 days before"


@pytest.mark.parametrize(
    ("before", "severity", "value"),
    [(0, "warning", None), (5, "warning", 19783.0), (0, "critical", 19783.0)],
)
def test_a_feed_without_any_event_is_old_where_there_was_one_or_has_to_be(
    before: int, severity: str, value: float | None
) -> None:
    rule = Freshness(days=7, severity=severity)
    one = found({"freshness": {NAME: rule}}, {"made_at": Profile("times", {})}, {}, (before, 0))
    assert (one.value, one.observed) == (value, "no event has a time")
    assert severity_of(one) == (severity if value else "info")


def test_nulls_are_held_against_a_share_and_against_the_release_before() -> None:
    now, before = {"weight": numbers({NULL: 300, 0: 700})}, {"weight": numbers({NULL: 50, 0: 950})}
    share = found({"nulls": {NAME: Nulls(columns=("weight",), most=0.2)}}, now, before, (1_000, 1_000))
    assert (share.value, share.observed, share.check.most) == (0.3, "30.00% null", 0.2)
    change = found({"nulls": {NAME: Nulls(columns=("weight",), change=0.2)}}, now, before, (1_000, 1_000))
    assert change.value == pytest.approx(0.25)
    assert change.observed == "30.00% null, 5.00% before"


def test_a_drift_is_told_with_the_bin_that_moved_most() -> None:
    now, before = numbers({0: 500, 3_000: 500}), numbers({0: 950, 3_000: 50})
    one = found(
        {"drift": {NAME: Drift(columns=("weight",))}}, {"weight": now}, {"weight": before}, (1_000, 1_000)
    )
    assert one.value is not None
    assert one.value > 1
    assert one.observed == f"PSI {one.value:.3g}, most by bin 3000: 5.0% before, 50.0% now"


def test_a_value_that_was_added_to_a_closed_set_moves_no_other() -> None:
    now = Profile("values", {1: 300, 2: 300, 3: 400}, {1: "amber", 2: "blue", 3: "red"})
    before = Profile("values", {1: 600, 2: 400}, {1: "blue", 2: "red"})
    one = found(
        {"drift": {NAME: Drift(columns=("colour",))}}, {"colour": now}, {"colour": before}, (1_000, 1_000)
    )
    assert one.observed.endswith("most by amber: 0.0% before, 30.0% now")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"growth": {"sources.order": {}}}, "did you mean sources.orders"),
        ({"nulls": {"sources.orders": {}}}, "give most, change or both"),
        ({"graph": {"degree_tale": {}}}, "Extra inputs"),
        ({"drift": {"sources.orders": {"columns": ["status"], "most": 0}}}, "greater than 0"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(told: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        QualityConfig.model_validate({"watch": told})
