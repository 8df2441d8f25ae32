"""Edges that go on from those of a day before are those that are built whole."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from rich.console import Console

from marketgraph.edges.rules import ActivityRule
from marketgraph.pipeline import open_context
from marketgraph.reporter import Reporter
from marketgraph.stages import edges_since, entities
from marketgraph.stages.build_edges import STAGE
from marketgraph.stages.edges import seen_of, whole
from marketgraph.stages.held import Held
from marketgraph.stages.stage import Context, Work, run_stage
from marketgraph.tables.edges import EDGE_TABLES, GROUP_SIZES, SUPPRESSED
from marketgraph.tables.sources import SOURCE_TABLES
from tests.builders import rows_of
from tests.stages.shop_days import Rows, random_rows, visible
from tests.stages.test_pipeline import order

pytestmark = pytest.mark.slow
SMALL = (
    "edges.shares_device.max_holders=4",
    "edges.shares_bank.policy=cap",
    "edges.shares_bank.max_share=null",
    "edges.shares_bank.max_holders=3",
    "edges.same_buyers.policy=inverse",
)


@pytest.fixture(autouse=True)
def however_few_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edges_since, "LEAST_EDGES", 0)


def day(spark: SparkSession, root: Path, as_of: date, rows: Rows, *more: str, full: bool = False) -> Context:
    """A context of the date whose sources and entities are written."""
    config, _ = order(root, str(as_of), *SMALL, *more).read()
    context = open_context(spark, config, as_of, Reporter(Console(quiet=True)), full=full)
    work = Work(context, fingerprint=f"rows of {as_of}")
    seen = visible(rows, as_of)
    work.write_all({t: lambda t=t: rows_of(spark, t, seen.get(t.name, [])) for t in SOURCE_TABLES})
    context.books.record(work.slices, context.run)
    run_stage(entities.STAGE, context)
    return context


def goes_on(context: Context) -> date | None:
    with Held() as held:
        found = edges_since.before(Work(context, fingerprint=""), STAGE, held)
    return found and found.as_of


def assert_as_if_built_whole(context: Context) -> None:
    work = Work(context, fingerprint="")
    with Held() as held:
        built = whole(work, seen_of(work, held), context.config.edges.rules, held)
        expected = {
            **{EDGE_TABLES[n]: build() for n, build in built.edges.items()},
            GROUP_SIZES: built.sizes,
            SUPPRESSED: built.suppressed,
        }
        for table, frame in expected.items():
            written = work.read(table)
            assert frame is not None
            assert sorted(map(repr, written.collect())) == sorted(
                map(repr, table.conform(frame).collect())
            ), table.name


@pytest.mark.parametrize("seed", [1, 2])
def test_going_on_from_a_day_gives_what_building_whole_gives(
    spark: SparkSession, tmp_path: Path, seed: int
) -> None:
    rows = random_rows(seed)
    first = date(2024, 2, 10 + 5 * seed)
    run_stage(STAGE, day(spark, tmp_path, first, rows))
    later = day(spark, tmp_path, first + timedelta(days=1 + 2 * seed), rows)
    assert goes_on(later) == first
    assert not run_stage(STAGE, later).unchanged
    assert later.books.slice(EDGE_TABLES["sells"]).rows > 0
    assert_as_if_built_whole(later)


def test_what_came_late_is_not_gone_on_from(spark: SparkSession, tmp_path: Path) -> None:
    rows = random_rows(3)
    first = date(2024, 2, 12)
    some = {**rows, "orders": rows["orders"][:-10]}
    run_stage(STAGE, day(spark, tmp_path, first, {**some, "order_items": [], "reviews": []}))
    # the next day's export brings orders of days before
    later = day(spark, tmp_path, first + timedelta(days=1), rows)
    assert goes_on(later) is None


def test_groups_are_gone_on_from_where_no_activity_can_be(spark: SparkSession, tmp_path: Path) -> None:
    rules = order(tmp_path, "2024-02-12").read()[0].edges.rules.items()
    off = [f"edges.{name}.on=false" for name, rule in rules if isinstance(rule, ActivityRule)]
    rows = random_rows(4)
    run_stage(STAGE, day(spark, tmp_path, date(2024, 2, 12), rows, *off))
    later = day(spark, tmp_path, date(2024, 2, 13), rows, *off)
    assert goes_on(later) == date(2024, 2, 12)
    run_stage(STAGE, later)
    assert later.books.slice(EDGE_TABLES["shares_device"]).rows > 0
    assert_as_if_built_whole(later)
