"""Ids of communities from day to day, through a real store."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from rich.console import Console

from marketgraph.config import digest
from marketgraph.pipeline import open_context
from marketgraph.quality.config import QualityConfig
from marketgraph.quality.gate import check_table, failed_critical
from marketgraph.reporter import Reporter
from marketgraph.slices import Slice
from marketgraph.stages.name_communities import STAGE, name_communities
from marketgraph.stages.stage import Context, StageResult, Work, run_stage
from marketgraph.tables import Table
from marketgraph.tables.communities import CHURN, COMMUNITY_IDS, LABELS, LINEAGE, MEMBERS
from marketgraph.tables.edges import EDGE_TABLES
from tests.builders import NOON, rows_of
from tests.stages.test_pipeline import order

pytestmark = pytest.mark.slow
Groups = list[set[int]]
DEVICE = EDGE_TABLES["shares_device"]
EDGE = {
    "src_kind": "merchant",
    "dst_kind": "merchant",
    "relation": "shares_device",
    "weight": 1.0,
    "evidence_count": 1,
    "evidence": 1.0,
    "recency": 1.0,
    "rarity": 1.0,
    "first_seen": NOON,
    "last_seen": NOON,
}
RING, PAIR, FAMILY = set(range(10)), {20, 21}, set(range(30, 36))


def opened(
    spark: SparkSession, root: Path, day: int, groups: Groups, *more: str, full: bool = False
) -> Context:
    """A context of that day of March whose labels and edges are written: each group a star of shared devices."""
    as_of = date(2024, 3, day)
    config, _ = order(root, str(as_of), *more).read()
    context = open_context(spark, config, as_of, Reporter(Console(quiet=True)), full=full)
    work = Work(context, fingerprint=digest(sorted(map(sorted, groups))))
    # the other relations have no edge, and nobody looks for their files
    nothing = (Slice(t.full_name, as_of, 1, "nothing", 0, 0, files=()) for t in EDGE_TABLES.values())
    context.books.record([held for held in nothing if held.table != DEVICE.full_name], context.run)
    work.write_all({LABELS: partial(labels, spark, groups), DEVICE: partial(stars, spark, groups)})
    context.books.record(work.slices, context.run)
    return context


def labels(spark: SparkSession, groups: Groups):
    alone = [(v, v) for v in (900, 901)]
    # the largest gives its label: which one does must not matter
    return spark.createDataFrame([(v, max(g)) for g in groups for v in g] + alone, LABELS.schema)


def stars(spark: SparkSession, groups: Groups):
    rows = [{**EDGE, "src": min(group), "dst": other} for group in groups for other in group - {min(group)}]
    return rows_of(spark, DEVICE, rows)


def named(context: Context) -> StageResult:
    return run_stage(STAGE, context)


def ids(context: Context) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for row in slice_of(context, MEMBERS):
        found.setdefault(row["community_id"], set()).add(row["vertex_id"])
    return {community: frozenset(group) for community, group in found.items()}


def id_of(context: Context, group: set[int]) -> int:
    (found,) = [community for community, members in ids(context).items() if members == group]
    return found


def slice_of(context: Context, table: Table):
    return context.store.read_slice(table, context.books.slice(table)).collect()


def events(context: Context) -> dict[int, str]:
    return {row["community_id"]: row["event"] for row in slice_of(context, LINEAGE)}


def day(
    spark: SparkSession, root: Path, number: int, groups: Groups, *more: str, full: bool = False
) -> Context:
    context = opened(spark, root, number, groups, *more, full=full)
    named(context)
    return context


def test_ids_stay_end_and_are_never_given_again(spark: SparkSession, tmp_path: Path) -> None:
    first = day(spark, tmp_path, 1, [RING, PAIR, FAMILY])
    ring, pair, family = (id_of(first, group) for group in (RING, PAIR, FAMILY))
    assert sorted((ring, pair, family)) == [0, 1, 2]
    assert set(events(first).values()) == {"born"}
    assert slice_of(first, CHURN)[0]["previous_as_of"] is None
    assert not {900, 901} & set().union(*ids(first).values())

    # the pair is gone for a day, the ring has a new smallest vertex in place of one, the family comes apart
    later = (RING - {0}) | {50}
    second = day(spark, tmp_path, 2, [later, {30, 31, 32, 33}, {34, 35}])
    assert (id_of(second, later), id_of(second, {30, 31, 32, 33})) == (ring, family)
    assert events(second) == {ring: "continued", family: "shrunk", pair: "died", 3: "split"}
    churn = slice_of(second, CHURN)[0]
    assert (churn["previous_as_of"], churn["kept"], churn["changed"]) == (date(2024, 3, 1), 15, 2)

    third = day(spark, tmp_path, 4, [later, PAIR])
    assert id_of(third, later) == ring
    assert id_of(third, PAIR) == 4
    assert slice_of(third, CHURN)[0]["previous_as_of"] == date(2024, 3, 2)


def test_a_rerun_gives_the_ids_that_were_given(spark: SparkSession, tmp_path: Path) -> None:
    day(spark, tmp_path, 1, [RING])
    context = opened(spark, tmp_path, 2, [RING | {60}, PAIR, FAMILY])
    # a run that ends after it has added to the map, and before the books are written
    name_communities(Work(context, fingerprint="the one that ended"))
    version = context.store.version(COMMUNITY_IDS)
    assert not named(context).unchanged
    given = ids(context)

    again = opened(spark, tmp_path, 2, [RING | {60}, PAIR, FAMILY])
    assert named(again).unchanged
    other = day(spark, tmp_path, 2, [FAMILY, PAIR, RING | {60}], "communities.identity.steady=0")
    assert events(other)[id_of(other, RING | {60})] == "grown"
    assert ids(other) == ids(again) == given
    assert other.store.version(COMMUNITY_IDS) == version
    assert sorted(r["community_id"] for r in slice_of(other, COMMUNITY_IDS)) == [0, 1, 2]


def test_a_backfill_takes_no_id_of_a_later_day_and_renames_nothing(
    spark: SparkSession, tmp_path: Path
) -> None:
    first = day(spark, tmp_path, 1, [RING])
    third = day(spark, tmp_path, 3, [RING, PAIR])
    assert id_of(third, PAIR) == 1

    second = day(spark, tmp_path, 2, [RING, PAIR, FAMILY])
    assert id_of(second, RING) == id_of(first, RING) == 0
    assert {id_of(second, PAIR), id_of(second, FAMILY)} == {2, 3}

    again = opened(spark, tmp_path, 3, [RING, PAIR])
    assert named(again).unchanged
    assert ids(again) == ids(third)
    # another config names the day anew: after the same day as before
    assert ids(day(spark, tmp_path, 3, [RING, PAIR], "communities.identity.steady=0")) == ids(third)
    # the next day goes on from it, and so does the day itself when it is asked to look again
    assert id_of(day(spark, tmp_path, 4, [RING, PAIR]), PAIR) == 1
    assert id_of(day(spark, tmp_path, 3, [RING, PAIR], full=True), PAIR) == id_of(second, PAIR)


def test_a_backfill_before_the_first_day_leaves_it_the_first(spark: SparkSession, tmp_path: Path) -> None:
    day(spark, tmp_path, 2, [RING])
    earlier = day(spark, tmp_path, 1, [RING])
    assert id_of(earlier, RING) == 1
    assert named(opened(spark, tmp_path, 2, [RING])).unchanged


def test_a_slice_that_is_too_old_is_not_gone_on_from(spark: SparkSession, tmp_path: Path) -> None:
    day(spark, tmp_path, 1, [RING])
    assert id_of(day(spark, tmp_path, 5, [RING], "communities.identity.days=3"), RING) == 1


def test_a_graph_without_edges_has_no_communities(spark: SparkSession, tmp_path: Path) -> None:
    context = day(spark, tmp_path, 1, [])
    assert (ids(context), slice_of(context, LINEAGE)) == ({}, [])
    assert slice_of(context, CHURN)[0]["communities"] == 0
    assert id_of(day(spark, tmp_path, 2, [RING]), RING) == 0


def test_too_much_churn_holds_the_release_back(spark: SparkSession, tmp_path: Path) -> None:
    day(spark, tmp_path, 1, [RING, FAMILY])
    # half of the ring goes to the family
    context = day(spark, tmp_path, 2, [set(range(5)), FAMILY | {5, 6, 7, 8, 9}])
    frame = context.store.read_slice(CHURN, context.books.slice(CHURN))
    (failed,) = failed_critical(check_table(frame, CHURN, parents={}, config=QualityConfig()))
    assert (failed.columns, failed.expected) == (("churn",), "0 to 0.25")
    config, _ = order(tmp_path, "2024-03-02", "quality.tables.*churn={maximum: {churn: 1}}").read()
    assert not failed_critical(check_table(frame, CHURN, parents={}, config=config.quality))
