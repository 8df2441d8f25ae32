"""A buyer taken out of what the whole pipeline has published: every table, by rules of this file's own."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from typer.testing import CliRunner

from marketgraph.books import standing_slices
from marketgraph.cli import app
from marketgraph.releases.load import Release, load_release
from marketgraph.store import Store
from marketgraph.tables.entities import VERTEX_IDS
from tests.erasure.scanning import AS_VERTEX, files_with, files_with_vertex
from tests.published import DATES, ROOT, order, run

pytestmark = pytest.mark.slow
DAY, NEXT = DATES
RAW = ("raw",)  # the company's own files
Rows = dict[str, list[dict[str, Any]]]
# Tables of which the rows stay, less the name: compared by what is left of them in tests/erasure/test_without.py.
TRIMMED = ("sequences.", "evidence.identifiers", "quality.checks", "entities.vertex_ids")


class Told(NamedTuple):
    """Before and after an erasure with a purge."""

    root: Path
    buyer: str
    vertex: int
    orders: set[str]
    before: Rows
    after: Rows
    words: str


@pytest.fixture(scope="module")
def told(spark: SparkSession, published, tmp_path_factory: pytest.TempPathFactory) -> Told:
    root = shutil.copytree(published[0], tmp_path_factory.mktemp("erased") / "warehouse")
    release = load_release(spark, DAY, root=str(root))
    orders = release.table("sources.orders")
    busiest = orders.groupBy("buyer_id").count().orderBy(F.desc("count"), "buyer_id").first()
    assert busiest
    buyer = busiest["buyer_id"]
    own = {row["order_id"] for row in orders.where(F.col("buyer_id") == buyer).collect()}
    (vertex,) = release.table("entities.buyers").where(F.col("buyer_id") == buyer).collect()
    before = rows_of(release)
    words = ["erase", "--config", str(ROOT / "conf" / "local.yml"), "--set", f"store.root={root}"]
    done = CliRunner().invoke(app, [*words, "--entity", f"buyer:{buyer}", "--purge", "--at-rest"])
    assert done.exit_code == 0, (done.output, done.exception)
    after = rows_of(load_release(spark, DAY, root=str(root)))
    return Told(root, buyer, vertex["vertex_id"], own, before, after, done.output)


def rows_of(release: Release) -> Rows:
    return {
        name: [row.asDict(recursive=True) for row in release.by_contract(name).collect()]
        for name in release.pins
    }


def names_it(told: Told, row: dict[str, Any]) -> bool:
    values = [str(value) for value in row.values()]
    if told.buyer in values or any(f":{told.buyer}" in value for value in values):
        return True
    if row.get("order_id") in told.orders or row.get("value") in told.orders:
        return True
    if row.get("subject") == "entity" and row["subject_id"] == told.vertex:
        return True
    return any(
        told.vertex in (value if isinstance(value, list) else [value])
        for key, value in row.items()
        if key in AS_VERTEX
    )


def test_each_table_is_what_it_was_less_the_rows_that_name_it(told: Told) -> None:
    lost = {}
    for table, rows in told.before.items():
        if table.startswith(TRIMMED):
            continue
        kept = [row for row in rows if not names_it(told, row)]
        assert Counter(map(repr, kept)) == Counter(map(repr, told.after[table])), table
        lost[table] = len(rows) - len(kept)
    assert lost["sources.orders"] == len(told.orders) > 0
    assert lost["sources.order_items"] >= len(told.orders)
    assert lost["sources.merchants"] == 0
    gone = {table for table, count in lost.items() if count}
    assert {"entities.buyers", "edges.bought_merchant", "communities.labels", "features.buyers"} <= gone


def test_what_is_trimmed_does_not_name_it_and_is_else_the_same(told: Told) -> None:
    for table in [name for name in told.before if name.startswith(TRIMMED)]:
        rows, left = told.before[table], told.after[table]
        if table != "entities.vertex_ids":
            assert not any(names_it(told, row) for row in left), table
        untouched = Counter(repr(row) for row in rows if not names_it(told, row))
        assert not untouched - Counter(map(repr, left)), table
        assert len(left) <= len(rows)
    assert len(told.after["entities.vertex_ids"]) == len(told.before["entities.vertex_ids"])


def test_no_file_below_the_warehouse_has_it_but_the_raw_ones(told: Told) -> None:
    assert files_with(told.root, told.buyer, but=RAW) == []
    assert files_with(told.root, told.buyer)
    assert files_with_vertex(told.root, told.vertex, but=RAW) == []
    assert told.buyer not in told.words


def test_a_rerun_makes_nothing_anew_and_the_next_date_does_not_know_it(
    told: Told, spark: SparkSession
) -> None:
    slices = standing_slices(Store(spark, str(told.root)))
    context, results = run(spark, order(told.root, DAY))
    assert [result.name for result in results if not result.unchanged] == [
        "make_marketplace",
        "publish_release",
    ]
    assert Counter(standing_slices(context.store)) == Counter(slices)
    run(spark, order(told.root, NEXT))
    assert files_with(told.root, told.buyer, but=RAW) == []
    following = load_release(spark, NEXT, root=str(told.root))
    assert following.table("sources.orders").where(F.col("order_id").isin(sorted(told.orders))).isEmpty()
    ids = Store(spark, str(told.root)).read(VERTEX_IDS)
    assert ids.count() == ids.select("vertex_id").distinct().count()
    assert ids.where("tombstone").count() == 1
