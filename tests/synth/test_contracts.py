"""The synthetic marketplace keeps the contracts of the source tables, and is the same everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import MapType

from marketgraph.errors import ConfigError
from marketgraph.synth.marketplace import START, marketplace
from marketgraph.synth.truth import TRUTH
from marketgraph.tables.contract import ENTITY, Column, Table
from marketgraph.tables.sources import SOURCE_TABLES
from tests.synth.conftest import DAYS, SCALE, SEED, Market

TABLES = (*SOURCE_TABLES, TRUTH)
BEGIN = datetime(START.year, START.month, START.day)
END = BEGIN + timedelta(days=DAYS)


def names(table: Table) -> str:
    return table.name


def test_there_is_a_frame_for_each_source_table_and_the_truth(market: Market) -> None:
    assert list(market.frames) == [t.name for t in TABLES]


@pytest.mark.parametrize("table", TABLES, ids=names)
def test_a_frame_has_its_contracts_columns_and_types(market: Market, table: Table) -> None:
    found = [(f.name, f.dataType) for f in market.frames[table.name].schema]
    assert found == [(c.name, c.type) for c in table.columns]


@pytest.mark.parametrize("table", TABLES, ids=names)
def test_no_row_breaks_its_contract(market: Market, table: Table) -> None:
    assert market.rows[table.name]
    assert list(faults(table, market.rows[table.name])) == []


def faults(table: Table, rows: list[Row]) -> Iterator[str]:
    """What the contract does not allow, a text for each value."""
    for column in table.columns:
        for value in (row[column.name] for row in rows):
            if value is None:
                if not column.nullable:
                    yield f"{column.name} is null"
            elif not is_allowed(column, value):
                yield f"{column.name} is {value}"


def is_allowed(column: Column, value: Any) -> bool:
    """Whether a value that is not null is one of those allowed, and within the bounds."""
    return (
        (not column.allowed or value in column.allowed)
        and (column.minimum is None or value >= column.minimum)
        and (column.maximum is None or value <= column.maximum)
    )


@pytest.mark.parametrize("table", TABLES, ids=names)
def test_keys_are_unique(market: Market, table: Table) -> None:
    keys = [tuple(row[name] for name in table.key) for row in market.rows[table.name]]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("table", TABLES, ids=names)
def test_every_reference_resolves(market: Market, table: Table) -> None:
    kinds = ("merchant", "product", "creator", "content", "buyer")
    entities = {(kind, row[0]) for kind in kinds for row in market.rows[f"{kind}s"]}
    for reference in table.references:
        if reference.table == ENTITY:
            known: set[object] = set(entities)
            used = {tuple(row[c] for c in reference.columns) for row in market.rows[table.name]}
        else:
            known = {row[0] for row in market.rows[reference.table]}
            used = {row[reference.columns[0]] for row in market.rows[table.name]} - {None}
        assert used <= known, reference


@pytest.mark.parametrize("table", TABLES, ids=names)
def test_nothing_is_later_than_the_window(market: Market, table: Table) -> None:
    for column in (table.event_time, table.known_time):
        times = [row[column] for row in market.rows[table.name] if column and row[column] is not None]
        assert all(time < END for time in times)


def test_personal_columns_are_the_identifiers_values_only(market: Market) -> None:
    """All else that looks like an identifier would slip past the source stage in clear."""
    values = {row.value for row in market.rows["identifiers"]}
    for event in market.rows["events"]:
        assert not values & set(event.properties.values())


def digest(frame: DataFrame) -> tuple[int, int]:
    """Rows and a sum of their hashes: the same for the same rows in any order."""
    columns = [
        F.to_json(f.name) if isinstance(f.dataType, MapType) else F.col(f.name) for f in frame.schema.fields
    ]
    hashed = frame.select(F.pmod(F.xxhash64(*columns), F.lit(2**40)).alias("hash"))
    counted = hashed.agg(F.count("*"), F.sum("hash")).first()
    assert counted is not None
    return counted[0], counted[1]


def digests(spark: SparkSession, *, seed: int, partitions: int | None) -> dict[str, tuple[int, int]]:
    frames = marketplace(spark, scale=SCALE, seed=seed, days=DAYS, partitions=partitions)
    return {name: digest(frame) for name, frame in frames.items()}


@pytest.mark.slow
def test_the_same_seed_gives_the_same_rows_under_any_partition_count(
    spark: SparkSession, market: Market
) -> None:
    as_built = {name: digest(frame) for name, frame in market.frames.items()}
    for partitions in (1, 3, 8):
        assert digests(spark, seed=SEED, partitions=partitions) == as_built


def test_another_seed_gives_other_rows(spark: SparkSession, market: Market) -> None:
    other = marketplace(spark, scale=SCALE, seed=SEED + 1, days=DAYS)
    for name in ("merchants", "contents", "truth"):
        assert digest(other[name]) != digest(market.frames[name])


def test_the_session_s_time_zone_moves_nothing(spark: SparkSession, market: Market) -> None:
    before = digest(market.frames["contents"].select(F.unix_micros("started_at")))
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    try:
        moved = marketplace(spark, scale=SCALE, seed=SEED, days=DAYS)["contents"]
        assert digest(moved.select(F.unix_micros("started_at"))) == before
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")


@pytest.mark.parametrize(("scale", "days"), [(0.0, 180), (-1.0, 180), (1.0, 29)])
def test_a_marketplace_without_room_is_refused(spark: SparkSession, scale: float, days: int) -> None:
    with pytest.raises(ConfigError, match="synthetic"):
        marketplace(spark, scale=scale, seed=1, start=date(2024, 1, 1), days=days)
