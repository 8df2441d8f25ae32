"""Which release a date's gate is compared with: the latest that readers get, and from then on the same."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from marketgraph.books import Books
from marketgraph.config_file import load_config
from marketgraph.quality.checks import CHECKS
from marketgraph.releases.marks import roll_back
from marketgraph.stages.compared import before_of, compared_with
from marketgraph.stages.stage import Context
from marketgraph.tables.communities import LABELS
from marketgraph.tables.quality import PROFILES
from tests.conftest import ROOT
from tests.releases.days import MONDAY, TUESDAY, WEDNESDAY, Warehouse

pytestmark = pytest.mark.slow
VOLUME = (
    "sources.orders",
    "volume",
    "",
    "critical",
    True,
    "9 rows",
    "at least 1 row",
    9,
    0,
    [],
    9.0,
    1.0,
    None,
)


@pytest.fixture
def days(spark: SparkSession, warehouse: str) -> Warehouse:
    return Warehouse(spark, warehouse)


def named(days: Warehouse, as_of: date, *, whole: bool = False) -> str | None:
    """The release that the date is compared with."""
    found = compared_with(context(days, as_of, whole=whole))
    return found.id if found else None


def context(days: Warehouse, as_of: date, *, whole: bool = False) -> Context:
    config = load_config(Path(ROOT) / "conf" / "local.yml")
    books = Books(days.store, as_of)
    return Context(days.spark, config, days.run_of(as_of), days.store, books, print, print, whole)


def test_it_is_the_latest_before_and_stays_so_while_readers_get_it(days: Warehouse) -> None:
    assert named(days, WEDNESDAY) is None
    monday = days.publish(MONDAY, "monday")
    assert (named(days, MONDAY), named(days, WEDNESDAY)) == (None, monday)
    days.write(WEDNESDAY, "checked", {CHECKS: [(*VOLUME, monday)]})
    tuesday = days.publish(TUESDAY, "tuesday")  # a backfill
    assert (named(days, WEDNESDAY), named(days, WEDNESDAY, whole=True)) == (monday, tuesday)
    days.write(WEDNESDAY, "failed:checked", {CHECKS: [(*VOLUME, monday)]})
    assert named(days, WEDNESDAY) == tuesday


def test_another_release_of_the_day_before_is_looked_for_anew(days: Warehouse) -> None:
    old, new = days.publish(TUESDAY, "old"), days.publish(TUESDAY, "new")
    days.write(WEDNESDAY, "checked", {CHECKS: [(*VOLUME, new)]})
    assert named(days, WEDNESDAY) == new
    roll_back(days.store, "2024-01-02", None)
    assert named(days, WEDNESDAY) == old


def test_a_first_release_stays_without_one(days: Warehouse) -> None:
    days.write(WEDNESDAY, "checked", {CHECKS: [(*VOLUME, "")]})
    days.publish(TUESDAY, "backfill")
    assert named(days, WEDNESDAY) is None


def test_rows_and_profiles_are_those_that_the_release_pins(days: Warehouse) -> None:
    days.publish(MONDAY, "of older code")
    assert before_of(context(days, TUESDAY), compared_with(context(days, TUESDAY))).profiles == {}
    bins = [
        ("sources.orders", "status", "values", 1, "open", 7),
        ("sources.orders", "status", "values", 2, "paid", 2),
    ]
    days.publish(TUESDAY, "with profiles", {PROFILES: bins, LABELS: [(1, 1), (2, 1)]})
    told = before_of(context(days, WEDNESDAY), compared_with(context(days, WEDNESDAY)))
    assert told.rows == {"quality.profiles": 2, "communities.labels": 2}
    assert told.profiles[("sources.orders", "status")].bins == {1: 7, 2: 2}
