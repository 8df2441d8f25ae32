"""Sandboxes: a release in a warehouse of its own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from marketgraph.books import Books
from marketgraph.releases.load import listed_releases, load_release
from marketgraph.releases.maintenance import Upkeep, carry_out_plan, plan
from marketgraph.store import Store
from marketgraph.tables.communities import LABELS
from marketgraph.tables.entities import VERTEX_IDS
from tests.releases.days import MONDAY, TUESDAY, Warehouse


@pytest.fixture
def days(spark: SparkSession, tmp_path: Path) -> Warehouse:
    return Warehouse(spark, str(tmp_path / "the warehouse"))  # with a blank, which a log writes as %20


def publish(days: Warehouse, as_of, label: int) -> str:
    ids = [("merchant", f"M{label}", label, as_of, False)]
    return days.publish(as_of, f"label {label}", {LABELS: [(1, label), (2, label)], VERTEX_IDS: ids})


def content(spark: SparkSession, release: str, root: str) -> dict[str, list]:
    found = load_release(spark, release, root=root)
    by_delta = {name: sorted(map(tuple, found.table(name).collect())) for name in found.pins}
    return by_delta | {
        f"{name} by files": sorted(map(tuple, found.by_contract(name).collect())) for name in found.pins
    }


@pytest.mark.slow
def test_a_sandbox_has_the_one_release_and_writing_to_it_leaves_the_first(
    days: Warehouse, tmp_path: Path
) -> None:
    wanted = publish(days, MONDAY, 1)
    publish(days, TUESDAY, 2)
    publish(days, MONDAY, 3)
    before = content(days.spark, wanted, days.root)
    sandbox = str(tmp_path / "sand box")
    told = days.command("releases", "clone", wanted, "--to", sandbox).output
    assert f"2 tables of release {wanted}" in told
    assert content(days.spark, wanted, sandbox) == before
    assert content(days.spark, "2024-01-01", sandbox) == before
    store = Store(days.spark, sandbox)
    assert [one.id for one in listed_releases(store)] == [wanted]
    assert list(Path(sandbox).rglob("as_of=*")) == []  # no file was copied
    # a run finds what stands, and what it writes is the sandbox's own
    run, books = days.run_of(MONDAY), Books(store, MONDAY)
    assert books.stands(LABELS, "label 1")
    frame = days.spark.createDataFrame([(9, 9)], LABELS.schema)
    sequence = books.next_sequence(LABELS)
    held = store.write(LABELS, frame, run, fingerprint="label 1", sequence=sequence)
    assert [tuple(row) for row in store.read_slice(LABELS, held).collect()] == [(9, 9)]
    frame = days.spark.createDataFrame([("merchant", "M8", 8, MONDAY, False)], VERTEX_IDS.schema)
    assert store.append(
        VERTEX_IDS, frame, app_id=VERTEX_IDS.full_name, app_version=store.version(VERTEX_IDS) + 1
    )
    assert content(days.spark, wanted, sandbox) == before
    assert content(days.spark, wanted, days.root) == before


@pytest.mark.slow
def test_maintenance_leaves_what_a_sandbox_reads_and_a_sandbox_leaves_the_warehouse(
    days: Warehouse, tmp_path: Path
) -> None:
    wanted, sandbox = publish(days, MONDAY, 1), str(tmp_path / "sandbox")
    publish(days, MONDAY, 2)
    before = content(days.spark, wanted, days.root)
    days.command("releases", "clone", wanted, "--to", sandbox)
    now = Upkeep(keep=0, older_than=timedelta(0))
    for store in (days.store, Store(days.spark, sandbox)):
        found = plan(store, now)
        carry_out_plan(store, found, now)
        assert found.removed == ()
    assert content(days.spark, wanted, sandbox) == before
    assert content(days.spark, wanted, days.root) == before
    assert {one.id: one.state for one in listed_releases(days.store)}[wanted] == "pinned"


def test_a_folder_that_is_not_empty_is_left_alone(days: Warehouse, tmp_path: Path) -> None:
    wanted = publish(days, MONDAY, 1)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    done = days.command("releases", "clone", wanted, "--to", str(tmp_path / "mine"))
    assert (done.exit_code, "is not empty" in done.output) == (2, True)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]
    assert "pinned" not in {one.state for one in listed_releases(days.store)}
    missing = days.command("releases", "clone", "2020-01-01", "--to", str(tmp_path / "new"))
    assert (missing.exit_code, (tmp_path / "new").exists()) == (4, False)
