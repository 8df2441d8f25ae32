"""Pins and rollbacks through the commands that make them, and what readers get then."""

from __future__ import annotations

import json

import pytest
from pyspark.sql import SparkSession

from marketgraph.errors import StoreError
from marketgraph.releases import marks
from marketgraph.releases.load import listed_releases, load_release
from marketgraph.releases.marks import pin_release, roll_back, unpin_release
from marketgraph.tables.communities import LABELS
from marketgraph.tables.operations import MARKS, RELEASES
from tests.releases.days import MONDAY, TUESDAY, Warehouse


@pytest.fixture
def days(spark: SparkSession, warehouse: str) -> Warehouse:
    return Warehouse(spark, warehouse)


def labels_of(days: Warehouse, release: str) -> list[tuple[int, int]]:
    frame = load_release(days.spark, release, root=days.root).table(LABELS.full_name).drop("as_of")
    return sorted(map(tuple, frame.collect()))


def states(days: Warehouse) -> dict[str, str]:
    return {one.id: one.state for one in listed_releases(days.store)}


def test_a_rollback_is_a_row_and_readers_of_the_date_get_the_release_before(days: Warehouse) -> None:
    old = days.publish(MONDAY, "old", {LABELS: [(1, 1)]})
    new = days.publish(MONDAY, "new", {LABELS: [(1, 2)]})
    assert labels_of(days, "2024-01-01") == [(1, 2)]
    done = days.command("releases", "rollback", "--as-of", "2024-01-01", "--reason", "labels are wrong")
    assert f"now get {old}" in done.output
    assert labels_of(days, "2024-01-01") == [(1, 1)]
    assert labels_of(days, new) == [(1, 2)]  # by its id it is read as before
    assert states(days) == {new: "rolled back", old: "current"}
    assert days.store.version(RELEASES) == 1
    assert days.store.read(MARKS).collect()[0]["reason"] == "labels are wrong"
    # and the id of the one that was left undoes it
    assert f"now get {new}" in days.command("releases", "rollback", "--as-of", new).output
    assert labels_of(days, "2024-01-01") == [(1, 2)]
    assert "nothing to do" in days.command("releases", "rollback", "--as-of", new).output


def test_a_rollback_with_nothing_before_is_one_message(days: Warehouse) -> None:
    only = days.publish(MONDAY, "only")
    days.publish(TUESDAY, "other")
    done = days.command("releases", "rollback", "--as-of", "2024-01-01")
    assert (done.exit_code, f"was published before {only}" in done.output) == (4, True)
    assert days.store.version(MARKS) == -1


def test_pins_are_shown_and_end(days: Warehouse) -> None:
    one = days.publish(MONDAY, "one")
    assert days.command("releases", "pin", one, "--reason", "of the paper").output == f"pinned {one}\n"
    assert "pinned already" in days.command("releases", "pin", one).output
    assert states(days) == {one: "current, pinned"}
    assert "current, pinned" in days.command("releases", "list").output
    assert "of the paper" in days.command("releases", "show", one).output
    assert days.command("releases", "unpin", "2024-01-01").output == f"unpinned {one}\n"
    assert "not pinned" in days.command("releases", "unpin", one).output
    assert states(days) == {one: "current"}


def test_a_release_is_shown_with_the_exact_version_of_each_table(days: Warehouse) -> None:
    one = days.publish(MONDAY, "one", {LABELS: [(1, 1), (2, 1)]})
    assert "communities.labels" in days.command("releases", "show", "2024-01-01").output
    told = json.loads(days.command("releases", "show", one, "--json").output)
    assert (told["release_id"], told["current"], told["pinned"]) == (one, True, None)
    assert [(p["table"], p["rows"], p["delta_version"]) for p in told["pins"]] == [
        ("communities.labels", 2, 0)
    ]
    done = days.command("releases", "show", "2024-01-09")
    assert (done.exit_code, "no release '2024-01-09'" in done.output, one in done.output) == (4, True, True)


def test_a_mark_that_another_process_makes_in_between_is_seen(
    days: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = days.publish(MONDAY, "one")
    read, raced = marks.read_marks, []

    def overtaken(store):
        found = read(store)
        if not raced:
            raced.append(True)
            pin_release(store, one, "of the other")
        return found

    monkeypatch.setattr(marks, "read_marks", overtaken)
    # asked anew after it was overtaken, it finds that there is nothing to do
    assert pin_release(days.store, one, "mine") is None
    assert [(row["sequence"], row["reason"]) for row in days.store.read(MARKS).collect()] == [
        (1, "of the other")
    ]


def test_who_is_always_overtaken_gives_up_with_one_message(
    days: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = days.publish(MONDAY, "one")
    pin_release(days.store, one)
    monkeypatch.setattr(marks, "read_marks", lambda _: [])
    with pytest.raises(StoreError, match="other processes made marks 5 times in a row"):
        pin_release(days.store, one)
    monkeypatch.undo()
    assert unpin_release(days.store, one) is not None
    assert roll_back(days.store, one) is None
