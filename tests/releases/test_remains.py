"""What runs left beside the tables goes with the release, or the gate, that it tells of; all else stays."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

from pyspark.sql import Row, SparkSession

from marketgraph.quality.checks import CHECKS
from marketgraph.releases.remains import remains_of, remove
from marketgraph.releases.standing import Listed
from marketgraph.run_folders import data_docs_folder
from marketgraph.slices import Slice
from marketgraph.tables.communities import LABELS
from tests.releases.days import MONDAY, Warehouse

FIRST, SECOND, STOPPED = "1" * 64, "2" * 64, "a" * 64
NOW = datetime.now(timezone.utc).replace(tzinfo=None)
SOON, YESTERDAY = NOW + timedelta(days=1), NOW - timedelta(days=1)


def release(name: str, gate: str) -> Listed:
    pins = [Row(table=LABELS.full_name, fingerprint="0" * 64), Row(table=CHECKS.full_name, fingerprint=gate)]
    return Listed(Row(release_id=name, as_of=MONDAY, pins=pins), publications=1)


def held(gate: str) -> Slice:
    return Slice(CHECKS.full_name, MONDAY, 1, gate, 3, 10)


def filled(folder: Path) -> Path:
    (folder / "pages").mkdir(parents=True)
    (folder / "pages" / "index.html").write_text("12345")
    return folder


def docs_of(root: Path, gate: str) -> Path:
    folder = data_docs_folder(str(root), MONDAY, gate)
    assert folder is not None
    return filled(folder)


def test_what_tells_of_a_release_goes_with_it(tmp_path: Path) -> None:
    going = [filled(tmp_path / room / "2024-01-01-1111") for room in ("exports", "reports")]
    going.append(docs_of(tmp_path, FIRST))
    staying = [filled(tmp_path / room / "2024-01-01-2222") for room in ("exports", "reports")]
    staying.append(docs_of(tmp_path, SECOND))
    staying += [filled(tmp_path / name) for name in ("reports/mine", "notes/2024-01-01-1111")]
    listed = [release("2024-01-01-1111", FIRST), release("2024-01-01-2222", SECOND)]
    found = remains_of(str(tmp_path), listed, frozenset({"2024-01-01-1111"}), [held(SECOND)], since=SOON)
    assert [(one.folder, one.size) for one in found] == [(folder, 5) for folder in going]
    remove(found)
    remove(found)  # another was at it, too
    assert not any(folder.exists() for folder in going)
    assert all(folder.exists() for folder in staying)


def test_data_docs_that_nothing_names_go_once_they_are_old(tmp_path: Path) -> None:
    stopped, mine = docs_of(tmp_path, STOPPED), filled(tmp_path / "data_docs" / "kept by hand")
    assert remains_of(str(tmp_path), [], frozenset(), [], since=YESTERDAY) == ()
    for folder in (stopped, mine):
        os.utime(folder, ((YESTERDAY - timedelta(days=1)).timestamp(),) * 2)
    found = remains_of(str(tmp_path), [], frozenset(), [], since=YESTERDAY)
    assert [one.folder for one in found] == [stopped]


def test_data_docs_of_a_gate_that_stopped_a_run_stay_while_the_books_name_it(tmp_path: Path) -> None:
    docs_of(tmp_path, f"failed:{STOPPED}")
    books = [held(f"failed:{STOPPED}")]
    assert remains_of(str(tmp_path), [], frozenset(), books, since=SOON) == ()


def test_in_a_bucket_nothing_is_looked_for() -> None:
    assert remains_of("s3a://bucket/w", [], frozenset({"2024-01-01-1111"}), [], since=SOON) == ()


def test_the_command_says_which_would_go_and_they_go(spark: SparkSession, warehouse: str) -> None:
    days = Warehouse(spark, warehouse)
    names = [days.publish(MONDAY, gate, {LABELS: [(1, 1)], CHECKS: []}) for gate in (FIRST, SECOND)]
    replaced, current = (filled(Path(warehouse) / "reports" / name) for name in names)
    words = ("maintain", "--keep", "0", "--older-than", "0", "--at-rest")
    told = "1 folder of exports, reports and Data Docs of what is gone"
    assert f"{told} would be removed (0.0 MiB)" in days.command(*words, "--dry-run").output
    assert replaced.exists()
    assert f"{told} removed (0.0 MiB)" in days.command(*words).output
    assert (replaced.exists(), current.exists()) == (False, True)
