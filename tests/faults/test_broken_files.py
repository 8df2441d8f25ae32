"""Files of the warehouse that a crash, a full disk or a bad copy has spoilt: an error that names them, or a recovery.

Delta itself takes a commit that is empty, or cut at the end of a line, for one that changed less. Each story holds
that a reader gets all rows or a message, never fewer rows in silence.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from delta.tables import DeltaTable
from pyspark.sql import SparkSession

from marketgraph.books import Books
from marketgraph.cli import exit_with
from marketgraph.errors import StoreError
from marketgraph.releases.load import list_releases
from marketgraph.store import Store
from marketgraph.tables.communities import LABELS
from tests.faults.story import (
    DAYS,
    MONDAY,
    TUESDAY,
    labels_of,
    log_file,
    rewritten,
    run_of,
    without_last_line,
    written,
)

BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    "empty": (lambda file: rewritten(file, ""), "the commit is empty"),
    "empty beside its sums": (
        lambda file: rewritten(file, "", keeps_checksums=True),
        "the commit is empty",
    ),
    "torn": (lambda file: rewritten(file, file.read_text()[:-60]), "the commit is torn"),
    "torn beside its sums": (
        lambda file: rewritten(file, file.read_text()[:-60], keeps_checksums=True),
        "the commit can't be read",
    ),
    "cut at the end of a line": (
        lambda file: rewritten(file, without_last_line(file.read_text().splitlines())),
        "the commit is cut: it has 1 of its 2 actions 'add'",
    ),
    "gone": (Path.unlink, "commit's file is gone"),
}


@pytest.fixture(scope="module")
def three_days(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with a slice for each of three days, in three commits, and books of them."""
    root = tmp_path_factory.mktemp("three_days") / "warehouse"
    store = Store(spark, str(root))
    for number, day in enumerate(DAYS):
        Books(store, day).record([written(store, day, number)], run_of(day))
    return root


@pytest.fixture
def store(spark: SparkSession, three_days: Path, tmp_path: Path) -> Store:
    """A copy of it, to be spoilt."""
    return Store(spark, str(shutil.copytree(three_days, tmp_path / "warehouse")))


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("damage", BROKEN)
def test_a_broken_commit_is_told_and_never_read_as_fewer_rows(
    store: Store, damage: str, version: int
) -> None:
    spoil, told = BROKEN[damage]
    spoil(log_file(store.root, version))
    with pytest.raises(StoreError, match=told) as refused:
        store.read(LABELS)
    assert f"_delta_log/{version:020d}.json" in str(refused.value)
    assert (refused.value.exit_code, "copy" in refused.value.fix) == (4, True)
    if "torn" in damage or version == 1:  # Delta gives nothing then, older versions neither
        return
    assert store.read(LABELS, as_of=MONDAY, version=0).count() == 5


def test_a_version_that_was_lost_and_made_anew_is_not_taken_for_the_slice(store: Store) -> None:
    # the log was restored from an older copy than the books, and another day was written since
    held = Books(store, DAYS[2]).slice(LABELS)
    for file in log_file(store.root, 2).parent.glob(f"*{2:020d}.*"):
        file.unlink()
    assert written(store, MONDAY, 9, sequence=2).delta_version == held.delta_version
    for read in (
        lambda: store.read_slice(LABELS, held),
        lambda: store.read_together(LABELS, [(LABELS, held)]),
    ):
        with pytest.raises(StoreError, match="version 2 did not write the slice 2024-01-03"):
            read()


def test_a_compaction_that_is_cut_is_told_and_a_whole_one_is_read(store: Store) -> None:
    DeltaTable.forPath(store.spark, store.path(LABELS)).optimize().executeCompaction()
    assert store.read(LABELS).count() == 15
    assert labels_of(store, Books(store, DAYS[2]).slice(LABELS)) == {2}
    file = log_file(store.root, 3)
    rewritten(file, without_last_line(file.read_text().splitlines()))
    with pytest.raises(StoreError, match="the commit is cut"):
        store.read(LABELS)


@pytest.mark.parametrize("damage", ["empty", "torn", "cut at the end of a line"])
def test_nothing_is_written_on_top_of_a_broken_commit(store: Store, damage: str) -> None:
    BROKEN[damage][0](log_file(store.root, 2))
    with pytest.raises(StoreError, match=BROKEN[damage][1]):
        written(store, MONDAY, 9, sequence=2)
    assert store.version(LABELS) == 2


@pytest.mark.parametrize("damage", ["empty", "torn", "cut at the end of a line", "gone"])
def test_books_with_a_broken_entry_are_not_taken_for_shorter_books(store: Store, damage: str) -> None:
    entry = log_file(store.root, 2, "releases/slices")
    spoil, told = BROKEN[damage]
    spoil(entry)
    with pytest.raises(StoreError, match=told.replace("1 of its 2", "0 of its 1")):
        Books(store, MONDAY)


def test_a_version_that_was_never_made_is_told(store: Store) -> None:
    with pytest.raises(StoreError, match="there is no version 7, the newest is 2"):
        store.read(LABELS, as_of=TUESDAY, version=7)


@pytest.mark.parametrize(
    "pointer", ["", '{"version":', '{"version":99,"size":3}', '{"version":1,"size":3}', None]
)
def test_a_broken_pointer_to_the_checkpoint_is_got_over(
    spark: SparkSession, with_checkpoint: Path, tmp_path: Path, pointer: str | None
) -> None:
    store = Store(spark, str(shutil.copytree(with_checkpoint, tmp_path / "warehouse")))
    file = Path(store.path(LABELS)) / "_delta_log" / "_last_checkpoint"
    assert file.exists()
    (file.parent / f".{file.name}.crc").unlink()
    file.unlink() if pointer is None else file.write_text(pointer)
    assert store.read(LABELS).count() == 15
    assert labels_of(store, written(store, TUESDAY, 9, sequence=2)) == {9}


def test_a_checkpoint_that_is_cut_is_one_message(
    spark: SparkSession, with_checkpoint: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    store = Store(spark, str(shutil.copytree(with_checkpoint, tmp_path / "warehouse")))
    (file,) = (Path(store.path(LABELS)) / "_delta_log").glob("*.checkpoint.parquet")
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    (file.parent / f".{file.name}.crc").unlink()
    assert_told(lambda: store.read(LABELS).count(), capfd, file.name, "is cut or damaged")


def test_a_lost_data_file_is_one_message(store: Store, capfd: pytest.CaptureFixture[str]) -> None:
    lost = next(Path(store.path(LABELS)).glob("as_of=2024-01-02/*.parquet"))
    lost.unlink()
    held = Books(store, TUESDAY).slice(LABELS)
    assert_told(lambda: store.read_slice(LABELS, held).collect(), capfd, lost.name, "is gone")
    assert_told(lambda: store.read_together(LABELS, [(LABELS, held)]).collect(), capfd, lost.name, "is gone")
    assert labels_of(store, Books(store, MONDAY).slice(LABELS)) == {0}


def test_a_data_file_that_is_cut_is_one_message(store: Store, capfd: pytest.CaptureFixture[str]) -> None:
    file = next(Path(store.path(LABELS)).glob("as_of=2024-01-02/*.parquet"))
    file.write_bytes(file.read_bytes()[:-20])
    (file.parent / f".{file.name}.crc").unlink()
    held = Books(store, TUESDAY).slice(LABELS)
    assert_told(lambda: store.read_slice(LABELS, held).collect(), capfd, file.name, "is cut or damaged")


def test_an_empty_list_of_releases_is_no_broken_list_of_releases(store: Store) -> None:
    assert list_releases(store) == []


@pytest.fixture(scope="module")
def with_checkpoint(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse whose table has a checkpoint, and commits after it."""
    root = tmp_path_factory.mktemp("with_checkpoint") / "warehouse"
    store = Store(spark, str(root))
    written(store, MONDAY, 0)
    written(store, TUESDAY, 1)
    folder = store.path(LABELS)
    log = spark._jvm.org.apache.spark.sql.delta.DeltaLog.forTable(spark._jsparkSession, folder)  # type: ignore[union-attr]
    log.checkpoint()
    written(store, DAYS[2], 2)
    return root


def assert_told(action: Callable[[], object], capfd: pytest.CaptureFixture[str], *fragments: str) -> None:
    """At the command line's door the failure is one message with what to do, and exit code 4."""
    capfd.readouterr()
    with pytest.raises(SystemExit) as ended:
        exit_with(action)
    told = capfd.readouterr().err
    message = told[told.rindex("error: ") :]
    assert ended.value.code == 4
    assert [fragment for fragment in fragments if fragment not in message] == []
    assert "what to do: " in message
    assert "Traceback" not in message
