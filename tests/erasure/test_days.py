"""A random shop, day after day: an erasure leaves what would be there if the entity had never been."""

from __future__ import annotations

from datetime import date, timedelta
from functools import reduce
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from marketgraph.erasure.erase import erase
from marketgraph.erasure.look import look
from marketgraph.erasure.names import Entity
from marketgraph.stages import edges_since
from marketgraph.stages.build_edges import STAGE
from marketgraph.stages.stage import Context, run_stage
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.sources import SOURCE_TABLES
from tests.builders import rows_of
from tests.stages.shop_days import random_rows, rows_without, visible
from tests.stages.test_edges_since import assert_as_if_built_whole, day, goes_on

pytestmark = [pytest.mark.slow, pytest.mark.long]
FIRST = date(2024, 2, 15)
# An edge of each way in which relations are built; with all 25 this takes thrice as long.
BUILT = ("sells", "features", "bought_product", "reviewed_merchant", "shares_device", "shares_bank", "same_buyers",
         "look_alike_titles")  # fmt: skip
FEW = tuple(f"edges.{name}.on=false" for name in EDGE_TABLES if name not in BUILT)


def in_order(frame: DataFrame) -> list[str]:
    return sorted(map(repr, frame.collect()))


def erased(context: Context, *gone: Entity) -> frozenset[int]:
    seen = look(context.store, gone)
    assert erase(context.store, gone, seen)[1].is_clean
    return seen.names.vertices


def test_sources_are_what_they_would_be_without_them(spark: SparkSession, tmp_path: Path) -> None:
    rows = random_rows(1)
    gone = [Entity("buyer", "b1"), Entity("merchant", "m4"), Entity("creator", "c2")]
    days = [FIRST, FIRST + timedelta(days=3)]
    for one in days:
        run_stage(STAGE, day(spark, tmp_path, one, rows, *FEW))
    vertices = erased(context := day(spark, tmp_path, days[1], rows, *FEW), *gone)
    assert len(vertices) >= len(gone)
    left = reduce(lambda kept, one: rows_without(kept, one.kind, one.id), gone, rows)
    for one in days:
        books = type(context.books)(context.store, one)
        seen = visible(left, one)
        for table in SOURCE_TABLES:
            held = context.store.read_slice(table, books.slice(table))
            assert in_order(held) == in_order(rows_of(spark, table, seen.get(table.name, []))), (
                one,
                table.name,
            )
        for table in [EDGE_TABLES[relation] for relation in BUILT]:
            ends = context.store.read_slice(table, books.slice(table)).select("src", "dst").collect()
            assert not any({*row} & vertices for row in ends), table.name


def test_edges_do_not_go_on_from_a_day_that_an_erasure_has_touched(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edges_since, "LEAST_EDGES", 0)
    rows = random_rows(1)
    context = day(spark, tmp_path, FIRST, rows)
    run_stage(STAGE, context)
    left = rows_without(rows, "buyer", "b1")
    erased(context, Entity("buyer", "b1"))
    # what was counted with the buyer in it is in these edges still, and today's rows do not show it
    later = day(spark, tmp_path, FIRST + timedelta(days=2), left)
    assert goes_on(later) is None
    run_stage(STAGE, later)
    assert_as_if_built_whole(later)
