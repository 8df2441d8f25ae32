"""Upkeep: what goes, what stays, and that every kept release reads afterwards as it did before."""

from __future__ import annotations

import os
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from marketgraph.books import Books
from marketgraph.delta_tables import KEPT
from marketgraph.errors import ConfigError, StoreError
from marketgraph.maintain_job import MaintainOrder
from marketgraph.releases import maintenance
from marketgraph.releases.load import listed_releases, load_release
from marketgraph.releases.maintenance import Upkeep, carry_out_plan, plan, prepare
from marketgraph.releases.marks import pin_release
from marketgraph.releases.table_files import TableLog
from marketgraph.tables.communities import LABELS
from marketgraph.tables.entities import VERTEX_IDS
from tests.releases.days import MONDAY, TUESDAY, WEDNESDAY, Rows, Warehouse

NOW = Upkeep(keep=0, older_than=timedelta(0))


@pytest.fixture
def days(spark: SparkSession, warehouse: str) -> Warehouse:
    return Warehouse(spark, warehouse)


def publish(days: Warehouse, as_of: date, label: int, *new_ids: str) -> str:
    """A release with labels of three vertices, and some ids more in the map that is only ever added to."""
    told: dict = {LABELS: [(n, label) for n in range(3)]}
    ids: Rows = [("merchant", name, int(name[1:]), as_of, False) for name in new_ids]
    return days.publish(as_of, f"label {label}", {**told, VERTEX_IDS: ids} if ids else told)


def content(days: Warehouse, release: str) -> dict[str, list]:
    found = load_release(days.spark, release, root=days.root)
    by_delta = {name: sorted(map(tuple, found.table(name).collect())) for name in found.pins}
    by_files = {name: sorted(map(tuple, found.by_contract(name).collect())) for name in found.pins}
    assert [len(rows) for rows in by_delta.values()] == [len(rows) for rows in by_files.values()]
    return by_delta | {f"{name} by its files": rows for name, rows in by_files.items()}


def data_files(days: Warehouse) -> set[str]:
    found = [path for path in Path(days.root).rglob("*.parquet") if "_delta_log" not in str(path)]
    return {str(path.relative_to(days.root)) for path in found}


def age(days: Warehouse, *, by: timedelta) -> None:
    """Let the warehouse have been written that much earlier: its files, and what its log says."""
    for path in Path(days.root).rglob("*.parquet"):
        os.utime(path, (path.stat().st_mtime - by.total_seconds(),) * 2)
    for path in Path(days.root).rglob("*.json"):
        earlier = lambda told: f"{told[1]}{int(told[2]) - int(by.total_seconds() * 1000)}"  # noqa: E731
        path.write_text(re.sub(r'("timestamp":)(\d+)', earlier, path.read_text()))
        path.with_name(f".{path.name}.crc").unlink(missing_ok=True)


def carried_out(days: Warehouse, upkeep: Upkeep = NOW) -> maintenance.Plan:
    found = plan(days.store, upkeep)
    carry_out_plan(days.store, found, upkeep)
    return found


def test_what_was_replaced_goes_and_what_readers_of_any_date_get_stays(days: Warehouse) -> None:
    replaced = publish(days, MONDAY, 1, "M0", "M1")
    other = publish(days, TUESDAY, 5, "M2")
    current = publish(days, MONDAY, 2, "M3")
    before = {name: content(days, name) for name in (other, current)}
    files = data_files(days)
    found = carried_out(days)
    gone = files - data_files(days)
    assert gone
    assert all(
        "labels/as_of=2024-01-01" in name for name in gone
    )  # of the map all files are in its newest version
    assert sum(sweep.freed for sweep in found.sweeps) > 0
    assert {name: content(days, name) for name in (other, current)} == before
    assert {one.id: one.state for one in listed_releases(days.store)} == {
        current: "current", other: "current", replaced: "removed"
    }  # fmt: skip
    with pytest.raises(StoreError, match=rf"release {replaced} was removed by maintenance"):
        load_release(days.spark, replaced, root=days.root)
    assert carried_out(days).removed == ()  # and a second time there is nothing to do
    assert {name: content(days, name) for name in (other, current)} == before


def test_a_pinned_release_and_the_newest_ones_stay(days: Warehouse) -> None:
    names = [publish(days, MONDAY, label) for label in range(4)]
    pin_release(days.store, names[0], "of the paper")
    before = content(days, names[0])
    assert [one.id for one in carried_out(days, Upkeep(keep=2, older_than=timedelta(0))).removed] == [
        names[1]
    ]
    assert content(days, names[0]) == before
    assert content(days, names[2])
    assert content(days, names[3])


def test_what_stands_in_the_books_stays_though_it_was_never_published(days: Warehouse) -> None:
    publish(days, MONDAY, 1)
    run = days.run_of(MONDAY)
    frame = days.spark.createDataFrame([(7, 7)], LABELS.schema)
    books = Books(days.store, MONDAY)
    books.record([days.store.write(LABELS, frame, run, fingerprint="failed:x", sequence=2)], run)
    # a later write of it that no book tells of, as of a run that was killed
    days.store.write(LABELS, frame, run, fingerprint="killed", sequence=3)
    carried_out(days)
    standing = Books(days.store, MONDAY).slice(LABELS)
    assert [tuple(row) for row in days.store.read_slice(LABELS, standing).collect()] == [(7, 7)]
    assert content(days, "2024-01-01")


def test_what_was_in_use_a_short_time_ago_stays(days: Warehouse) -> None:
    publish(days, MONDAY, 1)
    age(days, by=timedelta(days=30))  # written long ago, but replaced just now: a reader may be at it
    publish(days, MONDAY, 2)
    week = Upkeep(keep=0, older_than=timedelta(days=7))
    files = data_files(days)
    found = carried_out(days, week)
    assert data_files(days) == files
    assert (found.removed, sum(sweep.young for sweep in found.sweeps)) == ((), 2)
    age(days, by=timedelta(days=8))
    assert len(carried_out(days, week).removed) == 1
    assert len(files - data_files(days)) == 2


def test_what_a_killed_run_has_left_goes_once_it_is_old(days: Warehouse) -> None:
    name = publish(days, MONDAY, 1)
    folder = Path(days.store.path(LABELS))
    whole = next(folder.rglob("as_of=*/*.parquet"))
    orphan = whole.with_name("part-00000-of-a-killed-run.parquet")
    orphan.write_bytes(whole.read_bytes())
    kept = [whole.with_name("notes.txt"), folder / "_change_data" / "x.parquet"]
    for path in kept:
        path.parent.mkdir(exist_ok=True)
        path.write_text("of somebody else")
    assert carried_out(days, Upkeep(older_than=timedelta(days=1))).sweeps[0].doomed == {}
    carried_out(days)
    assert not orphan.exists()
    assert all(path.exists() for path in kept)
    assert content(days, name)


@pytest.mark.slow
def test_tables_that_grow_are_compacted_and_old_releases_read_what_they_pinned(
    days: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance, "COMPACT_FROM", 3)
    first = publish(days, MONDAY, 1, "M0", "M1")
    publish(days, TUESDAY, 2, "M2")
    last = publish(days, WEDNESDAY, 3, "M3")
    before = {name: content(days, name) for name in (first, last)}
    assert "entities.vertex_ids" in prepare(days.store)
    assert len(days.store.read(VERTEX_IDS).inputFiles()) == 1
    carried_out(days)
    assert {name: content(days, name) for name in (first, last)} == before
    # and the map goes on where it was
    publish(days, MONDAY, 4, "M4")
    assert days.store.read(VERTEX_IDS).count() == 5


def test_the_log_is_kept_for_ever_also_of_tables_that_were_made_before_it_was(days: Warehouse) -> None:
    old = days.spark.createDataFrame([(1, 1, MONDAY)], "vertex_id long, label long, as_of date")
    old.write.format("delta").partitionBy("as_of").save(days.store.path(LABELS))
    publish(days, MONDAY, 1, "M0")

    def told(table) -> bool:
        return TableLog.read(days.spark, days.store.path(table)).has_properties(KEPT.items())

    assert (told(LABELS), told(VERTEX_IDS)) == (False, True)
    prepare(days.store)
    assert told(LABELS)
    version = days.store.version(LABELS)
    prepare(days.store)
    assert days.store.version(LABELS) == version


@pytest.mark.slow
def test_deltas_own_vacuum_removes_nothing_of_a_replaced_slice(days: Warehouse) -> None:
    names = [publish(days, MONDAY, label) for label in (1, 2)]
    age(days, by=timedelta(days=30))
    files = data_files(days)
    days.spark.sql(f"VACUUM delta.`{days.store.path(LABELS)}`")
    assert data_files(days) == files
    assert all(content(days, name) for name in names)


def test_a_log_that_does_not_tell_what_a_kept_release_needs_stops_all(days: Warehouse) -> None:
    name = publish(days, MONDAY, 1)
    publish(days, MONDAY, 2)
    pin_release(days.store, name)
    files = data_files(days)
    (Path(days.store.path(LABELS)) / "_delta_log" / f"{0:020d}.json").unlink()
    with pytest.raises(
        StoreError, match=r"needs version \d, which the log does not have any more"
    ) as refused:
        plan(days.store, NOW)
    assert refused.value.exit_code == 4
    assert data_files(days) == files


@pytest.mark.slow
def test_a_log_whose_early_commits_are_gone_still_keeps_what_is_needed(days: Warehouse) -> None:
    replaced = publish(days, MONDAY, 0)
    pinned = [publish(days, MONDAY, label) for label in range(1, 12)][9]
    pin_release(days.store, pinned)
    before = content(days, pinned)
    log = Path(days.store.path(LABELS)) / "_delta_log"
    assert list(log.glob("*10.checkpoint*.parquet"))
    for version in range(
        10
    ):  # as Delta drops them behind a checkpoint after a month, where it was not told to keep them
        (log / f"{version:020d}.json").unlink()
    found = carried_out(days)
    assert replaced in {one.id for one in found.removed}
    assert content(days, pinned) == before
    assert content(days, "2024-01-01")


def test_a_release_that_is_pinned_while_maintenance_works_stops_it(days: Warehouse) -> None:
    name = publish(days, MONDAY, 1)
    publish(days, MONDAY, 2)
    found, files = plan(days.store, NOW), data_files(days)
    pin_release(days.store, name)
    with pytest.raises(StoreError, match=f"release {name} was to go, and is wanted since"):
        carry_out_plan(days.store, found, NOW)
    assert files < data_files(days)  # the pin is a file more
    assert content(days, name)


def test_the_command_says_what_it_would_free_and_then_frees_it(days: Warehouse) -> None:
    name = publish(days, MONDAY, 1)
    publish(days, MONDAY, 2)
    words = ("maintain", "--keep", "0", "--older-than", "0")
    refused = days.command(*words)
    assert (refused.exit_code, "may need files of the last day" in refused.output) == (2, True)
    files = data_files(days)
    told = days.command(*words, "--at-rest", "--dry-run").output
    assert data_files(days) == files
    assert f"release {name} would be removed" in told
    done = days.command(*words, "--at-rest").output
    assert f"release {name} removed" in done
    size = re.search(r"([\d,]+) bytes", told)
    assert size
    assert f"{size[0]} (" in done
    assert size[1] != "0"
    assert len(data_files(days)) < len(files)
    assert "nothing of it" not in days.command("releases", "list").output
    assert "removed" in days.command("releases", "list").output
    # its pin comes too late
    late = days.command("releases", "pin", name)
    assert (late.exit_code, "was removed by maintenance" in late.output) == (4, True)


@pytest.mark.parametrize("days", [float("nan"), float("inf"), 1e10])
def test_an_age_that_is_none_is_one_message(days: float) -> None:
    with pytest.raises(ConfigError, match=r"--older-than .*: not a number of days up to 36,500"):
        MaintainOrder(Path("local.yml"), older_than=days).upkeep()
