"""Runs that meet in one warehouse: one wins, the other says so, and no slice is a mixture of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Barrier, Event
from types import SimpleNamespace

import pytest
from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession

from marketgraph.books import Books
from marketgraph.errors import StoreError
from marketgraph.keys import number_new_entities
from marketgraph.releases.load import list_releases, listed_releases, load_release, read_publications
from marketgraph.releases.release import GateCounts, pin, release_row
from marketgraph.releases.republish import republish
from marketgraph.slices import Slice
from marketgraph.stages.append_only import with_new_rows
from marketgraph.stages.release import after_all_others
from marketgraph.store import Store
from marketgraph.tables import Table
from marketgraph.tables.communities import COMPONENTS, LABELS
from marketgraph.tables.entities import VERTEX_IDS
from marketgraph.tables.operations import RELEASES, SLICES
from tests.faults.story import MONDAY, TUESDAY, labels_of, log_file, run_of, written


@pytest.fixture
def store(spark: SparkSession, warehouse: str) -> Store:
    return Store(spark, warehouse)


def at_once(actions: Sequence[Callable[[], Slice]]) -> list[Slice | StoreError]:
    """What came of each of the actions, which all begin at one moment. Any other failure is raised."""
    together = Barrier(len(actions))

    def begun(action: Callable[[], Slice]) -> Slice | StoreError:
        together.wait()
        try:
            return action()
        except StoreError as refused:
            return refused

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(begun, actions))


def a_run(store: Store, as_of: date, label: int, fingerprint: str) -> Callable[[], Slice]:
    """A stage of a run: its books are open before, it writes a slice, and records it."""
    books = Books(store, as_of)

    def stage() -> Slice:
        one = written(store, as_of, label, fingerprint=fingerprint, sequence=books.next_sequence(LABELS))
        books.record([one], run_of(as_of, fingerprint))
        return books.slice(LABELS)

    return stage


def test_of_two_runs_of_one_date_one_wins_and_the_other_says_so(store: Store) -> None:
    for number in range(3):  # who of them is first differs
        day = MONDAY + timedelta(days=number)
        runs = [a_run(store, day, label, fingerprint) for label, fingerprint in ((1, "a"), (2, "b"))]
        first, second = at_once(runs)
        told = first if isinstance(first, StoreError) else second
        winner = second if isinstance(first, StoreError) else first
        assert isinstance(winner, Slice)
        assert isinstance(told, StoreError)
        assert "another run" in told.message
        assert (told.exit_code, "one run of a date" in told.fix) == (4, True)
        standing = Books(store, day).slice(LABELS)
        assert standing == winner
        assert labels_of(store, standing) == {1 if winner.fingerprint == "a" else 2}


def test_the_one_that_records_last_is_refused_even_where_delta_saw_no_conflict(store: Store) -> None:
    ours, theirs = Books(store, MONDAY), Books(store, MONDAY)
    one, other = (written(store, MONDAY, label, fingerprint=f) for label, f in ((1, "a"), (2, "b")))
    theirs.record([other], run_of(MONDAY, "theirs"))
    with pytest.raises(StoreError, match="another run recorded its slice 2024-01-01 meanwhile"):
        ours.record([one], run_of(MONDAY, "ours"))
    assert Books(store, MONDAY).slice(LABELS) == other
    # once the other has ended, the same run goes through
    again = Books(store, MONDAY)
    retried = written(store, MONDAY, 1, fingerprint="a", sequence=again.next_sequence(LABELS))
    again.record([retried], run_of(MONDAY, "again"))
    assert labels_of(store, Books(store, MONDAY).slice(LABELS)) == {1}


def test_twins_end_with_one_slice_and_one_record(spark: SparkSession, store: Store) -> None:
    first, second = at_once([a_run(store, MONDAY, 1, "same") for _ in range(2)])
    assert isinstance(first, Slice)
    assert (second, store.version(LABELS)) == (first, 0)
    assert labels_of(store, first) == {1}
    recorded = spark.read.format("delta").load(f"{store.root}/releases/slices")
    assert recorded.count() == 1


def test_two_stages_of_one_date_may_record_at_once(store: Store) -> None:
    one, other = Books(store, MONDAY), Books(store, MONDAY)
    labels = written(store, MONDAY, 1)
    one.record([labels], run_of(MONDAY, "one"))
    other.record([replace(labels, table=COMPONENTS.full_name)], run_of(MONDAY, "other"))
    assert not other.has(LABELS), "a run goes on from what it has seen"
    assert Books(store, MONDAY).has(LABELS)
    assert Books(store, MONDAY).has(COMPONENTS)


def test_two_dates_at_once_both_land_though_both_make_the_table(store: Store) -> None:
    landed = at_once([a_run(store, day, label, "a") for day, label in ((MONDAY, 1), (TUESDAY, 2))])
    for day, label, held in zip((MONDAY, TUESDAY), (1, 2), landed, strict=True):
        assert isinstance(held, Slice)
        assert Books(store, day).slice(LABELS) == held
        assert labels_of(store, held) == {label}
    assert store.version(LABELS) == 1


def test_a_write_that_delta_skips_is_told(store: Store) -> None:
    written(store, MONDAY, 1, sequence=2)
    # books that were restored from an old copy count on from less
    with pytest.raises(StoreError, match="Delta skipped the write of slice 2024-01-01") as told:
        written(store, MONDAY, 3, sequence=1)
    assert "the books" in told.value.fix
    assert store.version(LABELS) == 0


def test_a_record_that_delta_skips_is_told(store: Store) -> None:
    books = Books(store, MONDAY)
    books.record([written(store, MONDAY, 1)], run_of(MONDAY))
    # the transaction is there, and its row is not: no look anew can mend that
    DeltaTable.forPath(store.spark, store.path(SLICES)).delete()
    with pytest.raises(StoreError, match="Delta skipped 5 records of 2024-01-01"):
        Books(store, MONDAY).record([written(store, MONDAY, 2, sequence=2)], run_of(MONDAY, "again"))


def publish(store: Store, label: int, *, now: datetime) -> str:
    """A release of one table, published when the clock says `now`."""
    held = written(store, MONDAY, label, fingerprint=f"f{label}", sequence=1)
    told = after_all_others(store, now)
    gate = GateCounts(passed=1, warned=0)
    row = release_row(store.spark, [pin(LABELS, held)], run=run_of(MONDAY), gate=gate, published_at=told)
    store.append(RELEASES, row, app_id=f"release/{label}", app_version=1)
    return str(row.collect()[0]["release_id"])


def test_a_clock_set_back_puts_no_release_before_an_older_one(spark: SparkSession, store: Store) -> None:
    noon = datetime(2024, 7, 1, 12)
    first = publish(store, 1, now=noon)
    second = publish(store, 2, now=noon - timedelta(days=400))
    third = publish(store, 3, now=noon)
    assert [row["release_id"] for row in list_releases(store)] == [third, second, first]
    assert load_release(spark, str(MONDAY), root=store.root).id == third
    # one that was published anew since stands where it did, and is the last all the same
    (row,) = [one for one in listed_releases(store) if one.id == second]
    assert republish(store, row, {LABELS.full_name: (9, 9)})
    newest = max(told["published_at"] for told in read_publications(store))
    assert after_all_others(store, noon) == newest + timedelta(microseconds=1)
    assert [one.id for one in listed_releases(store)] == [third, second, first]


def test_a_clock_that_goes_right_is_taken(store: Store) -> None:
    noon = datetime(2024, 7, 1, 12)
    publish(store, 1, now=noon)
    fourth = publish(store, 4, now=noon + timedelta(hours=1))
    assert list_releases(store)[0]["release_id"] == fourth
    assert list_releases(store)[0]["published_at"] == noon + timedelta(hours=1)


def adds(store: Store, as_of: date, *names: str, between: Callable[[], object] = lambda: None) -> DataFrame:
    """The map after a run has found new entities. between: what happens after it has read the map."""
    context = SimpleNamespace(store=store, books=Books(store, as_of))
    work = SimpleNamespace(context=context, run=run_of(as_of), fingerprint="f", slices=[])
    keys = store.spark.createDataFrame(
        [("merchant", name) for name in names], "entity_kind string, entity_id string"
    )

    def number(known: DataFrame) -> DataFrame:
        told = number_new_entities(known, keys, as_of=as_of)
        between()
        return told

    return with_new_rows(work, VERTEX_IDS, number)  # type: ignore[arg-type]


def test_no_number_is_given_twice_though_the_map_was_compacted_in_between(store: Store) -> None:
    adds(store, MONDAY, "M1")
    adds(store, MONDAY, "M2", "M3")
    first_has_read, second_has_read, first_is_done = Event(), Event(), Event()

    def compact() -> None:
        first_has_read.wait(60)
        DeltaTable.forPath(store.spark, store.path(VERTEX_IDS)).optimize().executeCompaction()

    with ThreadPoolExecutor(1) as pool:
        waits = lambda: (first_has_read.set(), second_has_read.wait(60))  # noqa: E731
        first = pool.submit(adds, store, MONDAY, "M4", between=waits)
        first.add_done_callback(lambda _: first_is_done.set())
        compact()
        adds(store, TUESDAY, "M5", between=lambda: (second_has_read.set(), first_is_done.wait(60)))
        first.result()
    rows = store.read(VERTEX_IDS).select("entity_id", "vertex_id").collect()
    assert {row["entity_id"] for row in rows} == {"M1", "M2", "M3", "M4", "M5"}
    assert sorted(row["vertex_id"] for row in rows) == [0, 1, 2, 3, 4]


def test_a_map_that_another_run_has_completed_in_between_is_pinned_with_its_rows(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    adds(store, MONDAY, "M1")
    version_of = Store.version

    def version(self: Store, table: Table) -> int:
        found = version_of(self, table)
        monkeypatch.undo()
        adds(store, TUESDAY, "M2")  # after the version was looked up, before the rows are read
        return found

    monkeypatch.setattr(Store, "version", version)
    pinned = adds(store, MONDAY, "M2")
    assert {row["entity_id"] for row in pinned.collect()} == {"M1", "M2"}


def test_a_commit_left_by_a_crash_and_undone_since_is_not_taken(store: Store) -> None:
    # two runs killed between the table's commit and the books; the files of the first are out of the table
    written(store, MONDAY, 1, fingerprint="a")
    written(store, MONDAY, 2, fingerprint="b")
    held = a_run(store, MONDAY, 1, "a")()
    assert (held.sequence, held.delta_version) == (2, 2)
    assert labels_of(store, held) == {1}
    assert a_run(store, MONDAY, 1, "a")().delta_version == 3  # and the numbers go on from there


def test_a_commit_left_by_a_crash_is_no_other_run(store: Store) -> None:
    # killed between the table's commit and the books, then begun again with other settings
    written(store, MONDAY, 1, fingerprint="a")
    assert a_run(store, MONDAY, 2, "b")().fingerprint == "b"
    assert labels_of(store, Books(store, MONDAY).slice(LABELS)) == {2}
    assert log_file(store.root, 1).exists()
