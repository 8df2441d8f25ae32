"""A backfill of a day gives what the run of that day gave, row for row, up to the edges.

The one warehouse has the whole data, and ran its last day before the earlier one. The other has only what was there
on the earlier day: its files are cut here, by the contracts alone, not by the code that is tested.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from functools import reduce
from pathlib import Path
from typing import NamedTuple

import pytest
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import MapType, TimestampType
from rich.console import Console

from marketgraph.pipeline import STAGES, Order, open_context, run_stages
from marketgraph.reporter import Reporter
from marketgraph.sources.identity import IdentifierKey
from marketgraph.stages import build_edges, entities, marketplace
from marketgraph.stages.stage import Context
from marketgraph.tables import ENTITY, Table
from marketgraph.tables.edges import SUPPRESSED
from marketgraph.tables.entities import VERTEX_IDS
from marketgraph.tables.sources import QUARANTINE, SOURCE_TABLES
from tests.stages.test_pipeline import order

pytestmark = pytest.mark.slow
LAST_DAY, DAY = "2024-06-29", date(2024, 5, 1)
MIDNIGHT = datetime(2024, 5, 1, tzinfo=timezone.utc)
UP_TO_EDGES = STAGES[: STAGES.index(build_edges.STAGE) + 1]
SLICED = [
    table
    for table in (*SOURCE_TABLES, QUARANTINE, *entities.STAGE.outputs, *build_edges.STAGE.outputs)
    if table.sliced
]
ENDS = ("src", "dst")


class Days(NamedTuple):
    """The same day in two warehouses, and the raw files of both."""

    backfill: Context
    that_day: Context
    whole_raw: Path
    cut_raw: Path


def run(spark: SparkSession, asked: Order, stages=UP_TO_EDGES) -> Context:
    config, as_of = asked.read()
    reporter = Reporter(Console(quiet=True))
    context = open_context(spark, config, as_of, reporter)
    run_stages(stages, context, reporter)
    return context


@pytest.fixture(scope="module")
def days(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Days:
    """Both warehouses after their runs."""
    whole, cut = (tmp_path_factory.mktemp("backfill") / name for name in ("whole", "cut"))
    run(spark, order(whole, LAST_DAY), (marketplace.STAGE,))
    add_bad_identifiers(spark, whole / "raw")
    cut_at_the_day(spark, whole / "raw", cut / "raw")
    run(spark, order(whole, LAST_DAY), UP_TO_EDGES[:-1])  # its edges would tell the earlier day nothing
    backfill = run(spark, order(whole, str(DAY)))
    # one key for both: the hashes of two keys can't be compared
    same_key = order(cut, str(DAY), f"identifiers.key_file={whole}/id.key")
    that_day = run(spark, replace(same_key, data=str(cut / "raw")))
    return Days(backfill, that_day, whole / "raw", cut / "raw")


def add_bad_identifiers(spark: SparkSession, raw: Path) -> None:
    """A few rows more, before and after the day: values that stand for nothing, spans that end too early."""
    rows = spark.read.parquet(f"{raw}/identifiers").where("first_seen IS NOT NULL")
    some = rows.orderBy("entity_kind", "entity_id", "kind", "value", "first_seen").limit(400).cache()
    early = some.where(F.pmod(F.xxhash64("entity_id", "value"), F.lit(20)) == 0)
    more = [
        some.withColumn("value", F.lit("Unknown")),
        early.withColumn("last_seen", F.expr("first_seen - interval 1 day")).withColumn(
            "value", F.concat("value", F.lit(" bad"))
        ),
    ]
    reduce(DataFrame.unionByName, more).coalesce(1).write.mode("append").parquet(f"{raw}/identifiers")
    some.unpersist()


def cut_at_the_day(spark: SparkSession, raw: Path, to: Path) -> None:
    """The raw files as they lay on the day: later rows and what hangs on them are not there, later ends are null.

    What was last seen later was in use until the day: no file could say when exactly it was seen last before it.
    """
    gone: set[tuple[str, str]] = {("nothing", "yet")}
    for table in SOURCE_TABLES:
        rows = spark.read.parquet(f"{raw}/{table.name}")
        clocks = [name for name in (table.event_time, table.known_time) if name]
        kept = rows.where(reduce(Column.__and__, [_before(name) for name in clocks], F.lit(True)))
        parents = F.broadcast(spark.createDataFrame(sorted(gone), "parent string, id string"))
        for reference in table.references:
            kept = kept.join(parents, _names(reference.table, *reference.columns), "left_anti")
        if len(table.key) == 1:
            ids = rows.select(*table.key).subtract(kept.select(*table.key)).collect()
            gone |= {(table.name, row[0]) for row in ids}
        kept.select(*[_masked(table, name) for name in rows.columns]).write.parquet(f"{to}/{table.name}")


def _before(name: str) -> Column:
    return F.col(name).isNull() | (F.col(name) < F.lit(MIDNIGHT))


def _names(parent: str, *columns: str) -> Column:
    name = F.concat(F.col(columns[0]), F.lit("s")) if parent == ENTITY else F.lit(parent)
    return (F.col("parent") == name) & (F.col("id") == F.col(columns[-1]))


def _masked(table: Table, name: str) -> Column:
    column = table.column(name)
    if not (column.nullable and isinstance(column.type, TimestampType)):
        return F.col(name)
    later = F.lit(MIDNIGHT - timedelta(microseconds=1)) if name == "last_seen" else F.lit(None)
    return F.when(_before(name), F.col(name)).otherwise(later).alias(name)


def slice_of(context: Context, table: Table) -> DataFrame:
    """The day's slice, vertices by kind and id: the warehouse with later days numbered them otherwise."""
    frame = context.store.read_slice(table, context.books.slice(table)).drop("as_of", "vertex_id")
    vertices = context.store.read(VERTEX_IDS).select(
        "vertex_id", F.concat_ws(" ", "entity_kind", "entity_id").alias("vertex")
    )
    if set(ENDS) <= set(frame.columns):
        for end in ENDS:
            # many edges to exactly one vertex: the map's ids are unique
            known = vertices.select(F.col("vertex_id").alias(end), F.col("vertex").alias(f"{end}_vertex"))
            frame = frame.join(known, end, "left").drop(end)
        # the smaller number comes first where both ends are alike, so their order is not compared
        pair = F.array_sort(F.array(*[f"{end}_vertex" for end in ENDS]))
        frame = frame.withColumn("ends", pair).drop(*[f"{end}_vertex" for end in ENDS])
    if table is SUPPRESSED:
        # what a group has in common can be a vertex: its number is another one in the other warehouse
        value = F.when(F.col("relation").startswith("shares_"), F.col("value"))
        frame = frame.withColumn("value", value)
    maps = [field.name for field in frame.schema.fields if isinstance(field.dataType, MapType)]
    return frame.withColumns({name: F.array_sort(F.map_entries(name)) for name in maps})


@pytest.mark.parametrize("table", SLICED, ids=lambda table: table.full_name)
def test_the_backfill_of_a_day_is_what_the_run_of_that_day_wrote(days: Days, table: Table) -> None:
    ours, theirs = (slice_of(context, table) for context in (days.backfill, days.that_day))
    if table is QUARANTINE:  # a cut file is another file
        ours, theirs = (frame.drop("source_file") for frame in (ours, theirs))
    assert ours.columns == theirs.columns
    assert ours.exceptAll(theirs).take(3) == []
    assert theirs.exceptAll(ours).take(3) == []


def test_there_were_later_days_to_leak(spark: SparkSession, days: Days) -> None:
    for name in ("orders", "identifiers", "contents", "buyers", "order_items", "reviews"):
        whole, cut = (spark.read.parquet(f"{raw}/{name}").count() for raw in (days.whole_raw, days.cut_raw))
        assert whole > cut > 0, name
    ends = spark.read.parquet(f"{days.cut_raw}/identifiers").exceptAll(
        spark.read.parquet(f"{days.whole_raw}/identifiers")
    )
    assert not ends.isEmpty()  # last sights that were not known on the day


def test_the_two_warehouses_number_their_vertices_each_in_its_own_way(days: Days) -> None:
    ours, theirs = (
        context.store.read(VERTEX_IDS).select("entity_kind", "entity_id", "vertex_id")
        for context in (days.backfill, days.that_day)
    )
    assert ours.count() > theirs.count()
    assert not theirs.exceptAll(ours).isEmpty()


def test_the_bad_identifiers_of_the_day_are_set_aside_or_refused(days: Days) -> None:
    key = IdentifierKey.from_file(str(days.backfill.config.identifiers.key_file))
    unknown = [
        key.digest(kind, "unknown") for kind in ("device", "phone", "address", "ip", "payment", "bank")
    ]
    identifiers = next(table for table in SOURCE_TABLES if table.name == "identifiers")
    assert slice_of(days.backfill, identifiers).where(F.col("value").isin(unknown)).isEmpty()
    reasons = slice_of(days.backfill, QUARANTINE).select("reason").distinct().collect()
    assert [row["reason"] for row in reasons] == ["ends_before_start"]
