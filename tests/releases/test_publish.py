"""What the stage publish_release does where the very same release was published before."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

import marketgraph.stages.release as stage
from marketgraph.books import Books
from marketgraph.config_file import load_config
from marketgraph.releases.erasures import Erasure, append_erasures
from marketgraph.releases.load import listed_releases, load_release
from marketgraph.releases.maintenance import Upkeep, carry_out_plan, plan
from marketgraph.releases.marks import roll_back
from marketgraph.releases.release import GateCounts, Pin
from marketgraph.stages.stage import Context, Work
from marketgraph.tables.communities import LABELS
from marketgraph.tables.operations import RELEASES
from tests.conftest import ROOT
from tests.releases.days import MONDAY, NOON, Warehouse

OLD = {LABELS: [(1, 1)]}


@pytest.fixture
def days(spark: SparkSession, warehouse: str) -> Warehouse:
    return Warehouse(spark, warehouse)


def publish(days: Warehouse, pins: list[Pin], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run the stage's own code on these pins, with a gate that has passed; returns its warnings."""
    told: list[str] = []
    config = load_config(ROOT / "conf" / "local.yml")
    books = Books(days.store, MONDAY)
    context = Context(days.spark, config, days.run_of(MONDAY), days.store, books, told.append, lambda _: None)
    monkeypatch.setattr(stage, "pins_of", lambda _: pins)
    monkeypatch.setattr(stage, "_refuse_unchecked", lambda _: None)
    monkeypatch.setattr(stage, "_gate_counts", lambda _: GateCounts(3, 1))
    stage.publish_release(Work(context, "publish"))
    return told


def states(days: Warehouse) -> dict[str, str]:
    return {one.id: one.state for one in listed_releases(days.store)}


def test_a_rerun_of_what_was_rolled_back_publishes_nothing_and_says_so(
    days: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = days.publish(MONDAY, "old", OLD)
    pins = days.write(MONDAY, "new", {LABELS: [(1, 2)]})
    assert publish(days, pins, monkeypatch) == []
    (new,) = states(days).keys() - {old}
    assert publish(days, pins, monkeypatch) == []  # a rerun
    roll_back(days.store, old)
    (warning,) = publish(days, pins, monkeypatch)
    assert f"releases rollback --as-of {new}" in warning
    assert states(days) == {new: "rolled back", old: "current"}
    assert days.store.read(RELEASES).count() == 2


def test_slices_that_are_written_anew_leave_a_release_that_is_there_as_it_is(
    days: Warehouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As after a setting that was changed, and changed back. Who has the release, and its sandbox, go by its files."""
    old, sandbox = days.publish(MONDAY, "old", OLD), str(tmp_path / "sandbox")
    days.command("releases", "clone", old, "--to", sandbox)
    new = days.publish(MONDAY, "new")
    pinned = {one.id: one.row["pins"] for one in listed_releases(days.store)}[old]
    pins = days.write(MONDAY, "old", OLD)
    assert publish(days, pins, monkeypatch) != []
    assert days.store.read(RELEASES).count() == 2
    now = Upkeep(keep=0, older_than=timedelta(0))
    carry_out_plan(days.store, plan(days.store, now), now)
    assert states(days) == {new: "current", old: "pinned"}
    assert {one.id: one.row["pins"] for one in listed_releases(days.store)}[old] == pinned
    for root in (days.root, sandbox):
        labels = load_release(days.spark, old, root=root).table(LABELS.full_name)
        assert [tuple(row)[:2] for row in labels.collect()] == [(1, 1)]


def test_slices_that_were_written_anew_since_an_erasure_take_the_place_of_those_of_a_release_that_is_there(
    days: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It leaves the pins of what readers do not get."""
    old = days.publish(MONDAY, "old", {LABELS: [(1, 1), (7, 1)]})
    new = days.publish(MONDAY, "new")
    begun = Erasure(0, "begin", "salt", "hash", None, NOON)
    append_erasures(days.store, lambda _: [begun])
    pins = days.write(MONDAY, "old", OLD)
    (warning,) = publish(days, pins, monkeypatch)
    assert f"releases rollback --as-of {old}" in warning
    assert states(days) == {new: "current", old: ""}
    labels = load_release(days.spark, old, root=days.root).table(LABELS.full_name)
    assert [tuple(row)[:2] for row in labels.collect()] == [(1, 1)]
    (again,) = publish(days, pins, monkeypatch)
    assert again == warning
    assert days.store.read(RELEASES).count() == 3


def test_what_maintenance_removed_is_published_anew(days: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    old = days.publish(MONDAY, "old", OLD)
    new = days.publish(MONDAY, "new")
    now = Upkeep(keep=0, older_than=timedelta(0))
    carry_out_plan(days.store, plan(days.store, now), now)
    assert states(days) == {new: "current", old: "removed"}
    pins = days.write(MONDAY, "old", OLD)  # the config is the old one again
    assert publish(days, pins, monkeypatch) == []
    assert states(days) == {old: "current", new: ""}
    labels = load_release(days.spark, old, root=days.root).table(LABELS.full_name)
    assert [tuple(row)[:2] for row in labels.collect()] == [(1, 1)]
    assert publish(days, pins, monkeypatch) == []
    assert days.store.read(RELEASES).count() == 3
