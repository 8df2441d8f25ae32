"""An entity taken out of a warehouse: nothing else changes, nothing brings it back, and a purge leaves no trace."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from marketgraph.books import Books, standing_slices
from marketgraph.delta_tables import KEPT
from marketgraph.erasure import erase as steps
from marketgraph.erasure import purge as purging
from marketgraph.errors import StoreError
from marketgraph.releases.erasures import read_erasures
from marketgraph.releases.load import Release, listed_releases, load_release
from marketgraph.releases.marks import pin_for_clone, pin_release, roll_back
from marketgraph.side_by_side import side_by_side
from marketgraph.tables.communities import LABELS
from marketgraph.tables.entities import VERTEX_IDS
from marketgraph.tables.sources import BUYERS, ORDERS
from tests.erasure.scanning import files_with, files_with_vertex
from tests.erasure.shop import BOTH, GONE, GONE_VERTEX, STAYS, tables_of, two_days
from tests.faults.compared import rows_of_files
from tests.releases.days import MONDAY, TUESDAY, Warehouse

pytestmark = pytest.mark.slow
ENTITY = f"buyer:{GONE}"
Rows = list[tuple[Any, ...]]
Content = dict[str, dict[str, Rows]]


@pytest.fixture(scope="module")
def made(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    root = tmp_path_factory.mktemp("two-days") / "warehouse"
    return root, two_days(Warehouse(spark, str(root)))


@pytest.fixture
def shop(spark: SparkSession, made: tuple[Path, dict[str, str]], warehouse: str) -> Warehouse:
    shutil.copytree(made[0], warehouse)
    return Warehouse(spark, warehouse)


@pytest.fixture(scope="module")
def before(spark: SparkSession, made: tuple[Path, dict[str, str]]) -> Content:
    """What readers get of the two dates, before anything is erased."""
    return content(Warehouse(spark, str(made[0])), made[1]["monday"], made[1]["tuesday"])


@pytest.fixture
def ids(made: tuple[Path, dict[str, str]]) -> dict[str, str]:
    return made[1]


def content(shop: Warehouse, *releases: str) -> Content:
    """All rows that readers get, by release and table: of the files that a release pins."""
    opened = [load_release(shop.spark, name, root=shop.root) for name in releases]
    found = {one.id: {t: _rows(one, t) for t in one.pins} for one in opened}
    for one in opened:
        assert {t: len(rows) for t, rows in found[one.id].items()} == {t: p.rows for t, p in one.pins.items()}
    return found


def _rows(release: Release, table: str) -> Rows:
    contract = release.contracts[table]
    if not contract.sliced:
        return in_order(release.table(table))
    rows = rows_of_files(release, contract).select([column.name for column in contract.columns]).to_pylist()
    return sorted(((*row.values(), release.as_of) for row in rows), key=repr)


def in_order(frame: DataFrame) -> Rows:
    return sorted(map(tuple, frame.collect()), key=repr)


def expected(before: Content) -> Content:
    """The same less the rows that name the buyer: by plain Python, table by table."""

    def stays(table: str, row: tuple[Any, ...]) -> bool:
        if table == "entities.vertex_ids":
            return True
        if table == "sources.payments":
            return row[0] != f"order-of-{GONE_VERTEX}"
        vertex = table.partition(".")[0] in ("communities", "entities", "edges", "sequences")
        return GONE not in row and not (vertex and row[0] == GONE_VERTEX)

    def kept(row: tuple[Any, ...]) -> tuple[Any, ...]:
        return (row[0], " erased 1", *row[2:4], True) if GONE in row else row

    return {
        release: {
            table: sorted((kept(row) for row in rows if stays(table, row)), key=repr)
            for table, rows in tables.items()
        }
        for release, tables in before.items()
    }


def erase(shop: Warehouse, *words: str) -> str:
    done = shop.command("erase", "--entity", ENTITY, *words)
    assert done.exit_code == 0, done.output
    assert GONE not in done.output
    return re.sub(r"\s+", " ", done.output)


def test_what_readers_get_is_what_they_got_less_the_rows_that_name_it(
    shop: Warehouse, ids: dict[str, str], before: Content
) -> None:
    current = (ids["monday"], ids["tuesday"])
    books = {(s.table, s.as_of): s for s in standing_slices(shop.store)}
    told = erase(shop, "--reason", "asked on the 3rd")
    assert content(shop, *current) == expected(before)
    assert_read_alike_both_ways(shop, *current)
    assert f"release {ids['monday']} published anew" in told
    assert f"still named, until --purge: {ids['first']}" in told
    assert {one.id for one in listed_releases(shop.store) if one.current} == set(current)
    # a rerun finds what it would make: the fingerprints are what they were
    now = {(s.table, s.as_of): s for s in standing_slices(shop.store)}
    assert {key: s.fingerprint for key, s in now.items()} == {key: s.fingerprint for key, s in books.items()}
    touched = [key for key in now if now[key] != books[key]]
    assert ("sources.merchants", MONDAY) not in touched
    assert ("sources.orders", MONDAY) in touched
    assert all(now[key].sequence == books[key].sequence + 1 for key in touched)
    # what stands in the books is what the release has
    for day in (MONDAY, TUESDAY):
        held = Books(shop.store, day)
        assert shop.store.read_slice(BUYERS, held.slice(BUYERS)).where(f"buyer_id = '{GONE}'").isEmpty()
        assert shop.store.read_slice(VERTEX_IDS, held.slice(VERTEX_IDS)).count() == (
            4 if day == MONDAY else 5
        )


def assert_read_alike_both_ways(shop: Warehouse, *releases: str) -> None:
    """Through Delta's log and by the files of a slice, Spark gives the rows that are in them."""
    found = content(shop, *releases)
    for name in releases:
        release = load_release(shop.spark, name, root=shop.root)
        by_delta = side_by_side([partial(in_order, release.table(t)) for t in release.pins])
        counts = side_by_side([release.by_contract(t).count for t in release.pins])
        assert list(map(len, by_delta)) == counts
        for table, rows in zip(release.pins, by_delta, strict=True):
            assert Counter(map(as_text, rows)) == Counter(map(as_text, found[name][table])), table


def as_text(row: tuple[Any, ...]) -> str:
    """A row as text; Spark gives times without the zone that the files say."""
    values = [value.replace(tzinfo=None) if isinstance(value, datetime) else value for value in row]
    return repr([list(value) if isinstance(value, list | tuple) else value for value in values])


def test_said_again_there_is_nothing_to_erase_and_nothing_is_written(shop: Warehouse) -> None:
    erase(shop)
    files = sorted(Path(shop.root).rglob("*"))
    assert "nothing to erase" in erase(shop)
    assert sorted(Path(shop.root).rglob("*")) == files


def test_a_dry_run_tells_and_changes_nothing(shop: Warehouse, ids: dict[str, str]) -> None:
    files = sorted(Path(shop.root).rglob("*"))
    told = erase(shop, "--dry-run", "--purge")
    assert sorted(Path(shop.root).rglob("*")) == files
    assert f"release {ids['monday']} would be published anew" in told
    assert f"release {ids['first']} would be removed" in told


def test_after_a_purge_no_file_has_it(shop: Warehouse, ids: dict[str, str], before: Content) -> None:
    current = (ids["monday"], ids["tuesday"])
    assert files_with(shop.root, GONE)
    stale = Path(shop.root) / "exports" / ids["monday"] / "pyg"
    stale.mkdir(parents=True)
    (stale / "manifest.json").write_text(json.dumps({"release": ids["monday"], "ids": [GONE]}))
    told = erase(shop, "--purge", "--at-rest")
    assert content(shop, *current) == expected(before)
    assert files_with(shop.root, GONE) == []
    assert files_with_vertex(shop.root, GONE_VERTEX) == []
    assert not stale.exists()
    assert f"release {ids['first']} removed" in told
    assert re.search(r"[1-9]\d* files removed, [1-9][\d,]* bytes freed", told)
    assert "not known to this command" in told
    assert {one.id: bool(one.removed) for one in listed_releases(shop.store)}[ids["first"]]
    assert "nothing to erase" in erase(shop, "--purge", "--at-rest")


def test_a_purge_comes_after_an_erasure_as_well(shop: Warehouse) -> None:
    erase(shop)
    assert files_with(shop.root, GONE)
    erase(shop, "--purge", "--at-rest")
    assert files_with(shop.root, GONE) == []
    assert files_with_vertex(shop.root, GONE_VERTEX) == []


def test_logs_of_tables_that_were_made_with_statistics_lose_them(
    spark: SparkSession, warehouse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.delitem(KEPT, "delta.dataSkippingNumIndexedCols")  # type: ignore[arg-type]
        shop = Warehouse(spark, warehouse)
        ids = two_days(shop)
        for label in range(8):  # so many that Delta writes a checkpoint
            shop.write(MONDAY, f"more {label}", {ORDERS: tables_of(BOTH, new_ids=[])[ORDERS]})
    log = Path(shop.store.path(ORDERS)) / "_delta_log"
    assert list(log.glob("*.checkpoint*.parquet"))
    assert any(GONE in file.read_text() for file in log.glob("*.json"))
    current = (ids["monday"], ids["tuesday"])
    before = content(shop, *current)
    told = erase(shop, "--purge", "--at-rest")
    assert "files of Delta's logs rid of values" in told
    assert files_with(shop.root, GONE) == []
    assert content(shop, *current) == expected(before)


def of_a_killed_run(shop: Warehouse) -> Path:
    """A file of orders that no commit knows of."""
    orders = next(Path(shop.store.path(ORDERS)).rglob("as_of=*/*.parquet"))
    stray = orders.with_name("part-00000-of-a-killed-run.snappy.parquet")
    shutil.copy2(orders, stray)
    return stray


def test_files_that_a_purge_left_for_runs_at_work_go_once_there_are_none(shop: Warehouse) -> None:
    stray = of_a_killed_run(shop)
    told = erase(shop, "--purge")
    assert "give the same command with --at-rest" in told
    assert stray.exists()
    assert "nothing to erase" in erase(shop, "--purge")
    assert "files removed" in erase(shop, "--purge", "--at-rest")
    assert not stray.exists()
    assert "nothing to erase" in erase(shop, "--purge", "--at-rest")


class KilledError(Exception):
    """A process that ends where it stands."""


def killed_after(count: int, work: Callable[..., Any]) -> Callable[..., Any]:
    calls = iter(range(count))

    def once_more(*args: Any, **words: Any) -> Any:
        if next(calls, None) is None:
            raise KilledError
        return work(*args, **words)

    return once_more


# In the order of the work: the command is killed at each, given again, and killed at the next.
MOMENTS = (
    (steps, "rewrite", 4),
    (steps, "_record", 1),
    (steps, "republish", 1),
    (purging, "carry_out", 5),
    (purging, "strip_stats", 3),
)


def test_killed_again_and_again_the_same_command_ends_it(
    shop: Warehouse, ids: dict[str, str], before: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = (ids["monday"], ids["tuesday"])
    words = ("erase", "--entity", ENTITY, "--purge", "--at-rest")
    whole = expected(before)
    for room, step, count in MOMENTS:
        with monkeypatch.context() as killed, pytest.raises(KilledError):
            killed.setattr(room, step, killed_after(count, getattr(room, step)))
            shop.command(*words)
        halfway = content(shop, *current)  # a reader finds each release whole, as it was or as it will be
        assert all(halfway[name] in (before[name], whole[name]) for name in current), step
    assert shop.command(*words).exit_code == 0
    assert content(shop, *current) == whole
    assert files_with(shop.root, GONE) == []
    assert files_with_vertex(shop.root, GONE_VERTEX) == []
    assert [row.action for row in read_erasures(shop.store)] == ["begin", "done"]


def test_a_run_that_began_before_is_stopped_before_it_records(shop: Warehouse) -> None:
    books, run = Books(shop.store, MONDAY), shop.run_of(MONDAY)
    erase(shop)
    frame = shop.spark.createDataFrame([(GONE_VERTEX, 5)], LABELS.schema)
    written = shop.store.write(LABELS, frame, run, fingerprint="older", sequence=books.next_sequence(LABELS))
    with pytest.raises(StoreError, match="an entity was erased while this run") as stopped:
        books.record([written], run)
    assert "give the same `marketgraph erase` once more" in stopped.value.fix
    assert Books(shop.store, MONDAY).slice(LABELS).fingerprint == "monday"
    # what it has left in the table goes with the next erasure, though no book tells of it
    erase(shop, "--purge", "--at-rest")
    assert files_with_vertex(shop.root, GONE_VERTEX) == []


def test_a_run_that_read_before_an_erasure_was_done_and_records_after_it_is_stopped(
    shop: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It begins once the erasure has, so that no erasure begins while it is at work."""
    rewrite, opened = steps.rewrite, []

    def and_a_run_begins(seen: Any, table: str) -> Any:
        opened.append(Books(shop.store, MONDAY))
        return rewrite(seen, table)

    monkeypatch.setattr(steps, "rewrite", and_a_run_begins)
    erase(shop)
    frame = shop.spark.createDataFrame([(GONE_VERTEX, 5)], LABELS.schema)
    run, books = shop.run_of(MONDAY), opened[0]
    late = shop.store.write(LABELS, frame, run, fingerprint="late", sequence=books.next_sequence(LABELS) + 1)
    with pytest.raises(StoreError, match="an entity was erased while this run"):
        books.record([late], run)
    # one that begins after it may
    books = Books(shop.store, MONDAY)
    books.record([shop.store.write(LABELS, frame, run, fingerprint="next", sequence=9)], run)


def test_what_a_run_records_meanwhile_is_kept_and_cleaned_too(
    shop: Warehouse, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rewrite = steps.rewrite

    def and_a_run(seen: Any, table: str) -> Any:
        done = rewrite(seen, table)
        if table == VERTEX_IDS.full_name and Books(shop.store, MONDAY).slice(LABELS).fingerprint == "monday":
            run, books = shop.run_of(MONDAY), Books(shop.store, MONDAY)
            frame = shop.spark.createDataFrame([(0, 8), (GONE_VERTEX, 8), (2, 8)], LABELS.schema)
            sequence = books.next_sequence(LABELS)
            books.record([shop.store.write(LABELS, frame, run, fingerprint="new", sequence=sequence)], run)
        return done

    monkeypatch.setattr(steps, "rewrite", and_a_run)
    erase(shop)
    held = Books(shop.store, MONDAY).slice(LABELS)
    assert held.fingerprint == "new"
    assert sorted(map(tuple, shop.store.read_slice(LABELS, held).collect())) == [(0, 8), (2, 8)]
    # the release pins what it pinned, less the entity
    (monday,) = content(shop, ids["monday"]).values()
    assert monday["communities.labels"] == [(0, 1, MONDAY), (2, 1, MONDAY)]


def test_readers_that_were_rolled_back_get_their_release_without_it(
    shop: Warehouse, ids: dict[str, str]
) -> None:
    roll_back(shop.store, ids["first"])
    before = content(shop, ids["first"])
    erase(shop, "--purge", "--at-rest")
    assert content(shop, ids["first"]) == expected(before)
    standing = {one.id: one for one in listed_releases(shop.store)}
    assert standing[ids["first"]].current
    assert standing[ids["monday"]].removed
    assert files_with(shop.root, GONE) == []
    # and what runs go on from is the later one, clean
    labels = shop.store.read_slice(LABELS, Books(shop.store, MONDAY).slice(LABELS))
    assert labels.where(f"vertex_id = {GONE_VERTEX}").isEmpty()


def test_a_pinned_release_that_would_have_to_go_stops_all(shop: Warehouse, ids: dict[str, str]) -> None:
    pin_release(shop.store, ids["first"], "of the paper")
    files = sorted(Path(shop.root).rglob("*"))
    refused = shop.command("erase", "--entity", ENTITY, "--purge")
    assert refused.exit_code == 4
    assert f"release {ids['first']} is pinned (of the paper)" in refused.output
    assert f"releases unpin {ids['first']}" in refused.output
    assert sorted(Path(shop.root).rglob("*")) == files
    pin_release(shop.store, ids["tuesday"], "of the paper")
    pin_for_clone(shop.store, ids["tuesday"], "/sandbox")  # whose tables read its files
    shop.command("releases", "unpin", ids["first"])
    refused = shop.command("erase", "--entity", ENTITY, "--purge")
    assert f"release {ids['tuesday']} is pinned (cloned to /sandbox; of the paper)" in refused.output
    shop.command("releases", "unpin", ids["tuesday"])
    pin_release(shop.store, ids["tuesday"])  # one that readers get stays, and stays pinned
    erase(shop, "--purge", "--at-rest")
    assert {one.id: one.state for one in listed_releases(shop.store)}[ids["tuesday"]] == "current, pinned"


def test_a_sandbox_keeps_its_files_though_an_erasure_has_published_its_release_anew(
    shop: Warehouse, ids: dict[str, str], tmp_path: Path
) -> None:
    sandbox = str(tmp_path / "sandbox")
    assert shop.command("releases", "clone", ids["tuesday"], "--to", sandbox).exit_code == 0
    before = by_delta(shop.spark, sandbox)
    erase(shop)
    refused = shop.command("erase", "--entity", ENTITY, "--purge", "--at-rest")
    assert refused.exit_code == 4
    assert f"releases unpin {ids['tuesday']}, and remove the sandbox" in re.sub(r"\s+", " ", refused.output)
    upkeep = ("maintain", "--keep", "0", "--older-than", "0", "--at-rest")
    assert shop.command(*upkeep).exit_code == 0
    assert by_delta(shop.spark, sandbox) == before
    shop.command("releases", "unpin", ids["tuesday"])
    erase(shop, "--purge", "--at-rest")
    assert files_with(shop.root, GONE) == []


def test_a_sandbox_that_was_cloned_after_an_erasure_holds_no_purge_up(
    shop: Warehouse, ids: dict[str, str], tmp_path: Path
) -> None:
    erase(shop)
    assert shop.command("releases", "clone", ids["tuesday"], "--to", str(tmp_path / "sandbox")).exit_code == 0
    before = by_delta(shop.spark, str(tmp_path / "sandbox"))
    erase(shop, "--purge", "--at-rest")
    assert files_with(shop.root, GONE) == []
    assert by_delta(shop.spark, str(tmp_path / "sandbox")) == before
    # what is gone of the publications before is looked for by no later erasure
    assert (
        "would be published anew" in shop.command("erase", "--entity", f"buyer:{STAYS}", "--dry-run").output
    )


def by_delta(spark: SparkSession, root: str) -> dict[str, Counter[str]]:
    """All rows of Tuesday's release in a sandbox, whose files lie in the first warehouse."""
    release = load_release(spark, str(TUESDAY), root=root)
    return {name: Counter(map(as_text, release.table(name).collect())) for name in release.pins}


def test_what_runs_have_left_goes_though_nobody_has_that_id_and_no_tombstone_is_made(shop: Warehouse) -> None:
    stray = of_a_killed_run(shop)
    done = shop.command("erase", "--entity", "buyer:nobody", "--purge", "--at-rest")
    assert (done.exit_code, "nothing to erase" in done.output) == (0, True), done.output
    assert not stray.exists()
    assert read_erasures(shop.store) == []


def test_the_tombstone_says_nothing_but_a_hash(shop: Warehouse) -> None:
    erase(shop, "--reason", "asked on the 3rd")
    begun, done = read_erasures(shop.store)
    assert (begun.action, done.action, begun.reason) == ("begin", "done", "asked on the 3rd")
    assert len(begun.salt) == 32
    assert GONE not in repr((begun, done))
    assert {one[:10] for one in done.cleaned} == {str(MONDAY), str(TUESDAY)}
    second = shop.command("erase", "--entity", "buyer:buyer-9")
    assert second.exit_code == 0
    assert len({row.salt for row in read_erasures(shop.store)}) == 1
    assert len({row.hash for row in read_erasures(shop.store)}) == 2


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--entity", "order:O1"), 2, "kinds are merchant, product, creator, content, buyer"),
        (("--entity", "buyer:"), 2, "write it as KIND:ID"),
        (("--entity", ENTITY, "--reason", f"{GONE.upper()} asked"), 2, "--reason: names the entity"),
        (("--entity", "buyer:nobody"), 0, "nothing to erase"),
    ],
)
def test_each_mistake_is_one_message(shop: Warehouse, words: tuple[str, ...], code: int, told: str) -> None:
    done = shop.command("erase", *words)
    assert (done.exit_code, told in re.sub(r"\s+", " ", done.output)) == (code, True), done.output


def test_a_sandbox_knows_who_was_erased(shop: Warehouse, ids: dict[str, str], tmp_path: Path) -> None:
    erase(shop)
    sandbox = Warehouse(shop.spark, str(tmp_path / "sandbox"))
    assert shop.command("releases", "clone", ids["monday"], "--to", sandbox.root).exit_code == 0
    assert read_erasures(sandbox.store) == read_erasures(shop.store)
    refused = shop.command("erase", "--entity", f"buyer:{STAYS}", "--purge")
    assert "is pinned (cloned to" in refused.output
    assert "and remove the sandbox" in refused.output


def test_without_a_release_there_is_nothing_to_erase_from(spark: SparkSession, warehouse: str) -> None:
    done = Warehouse(spark, warehouse).command("erase", "--entity", ENTITY)
    assert (done.exit_code, "there is no release" in done.output) == (4, True)


def test_a_table_of_which_nothing_is_decided_stops_all(shop: Warehouse) -> None:
    friends = shop.spark.createDataFrame([(1, "x", MONDAY)], "vertex_id long, friend string, as_of date")
    friends.write.format("delta").partitionBy("as_of").save(f"{shop.root}/risk/friends")
    books, run = Books(shop.store, MONDAY), shop.run_of(MONDAY)
    held = replace(books.slice(LABELS), table="risk.friends", sequence=1, delta_version=0, rows=1)
    books.record([held], run)
    refused = shop.command("erase", "--entity", ENTITY)
    assert refused.exit_code == 4
    assert "not known whether friend of risk.friends can name an entity" in refused.output
