"""One small synthetic marketplace for all the tests here: as lazy frames, and read back as plain rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from marketgraph.synth.marketplace import marketplace
from marketgraph.synth.world import World, world_of

SCALE, SEED, DAYS = 0.02, 7, 180


@dataclass(frozen=True)
class Market:
    """The frames, and all of their rows by table."""

    frames: dict[str, DataFrame]
    rows: dict[str, list[Row]]

    def by_id(self, table: str) -> dict[str, Row]:
        """The rows of a table whose first column is its key."""
        return {row[0]: row for row in self.rows[table]}

    def groups(self, group_kind: str, entity_kind: str, *, guilty: bool) -> dict[str, set[str]]:
        """Members by group."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in self.rows["truth"]:
            if (row.group_kind, row.entity_kind, row.guilty) == (group_kind, entity_kind, guilty):
                found[row.group_id].add(row.entity_id)
        return found

    def holders(self, *kinds: str) -> dict[tuple[str, str], set[tuple[str, str]]]:
        """(kind, value) of identifiers -> its holders as (entity_kind, entity_id)."""
        found: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
        for row in self.rows["identifiers"]:
            if row.kind in kinds:
                found[row.kind, row.value].add((row.entity_kind, row.entity_id))
        return found

    def buyer_of(self) -> dict[str, Any]:
        """Order -> buyer."""
        return {row.order_id: row.buyer_id for row in self.rows["orders"]}


@pytest.fixture(scope="session")
def market(spark: SparkSession) -> Iterator[Market]:
    kept: list[DataFrame] = []

    def keep(frame: DataFrame) -> DataFrame:
        kept.append(frame.persist())
        return kept[-1]

    frames = marketplace(spark, scale=SCALE, seed=SEED, days=DAYS, keep=keep)
    yield Market(frames, {name: frame.collect() for name, frame in frames.items()})
    for frame in kept:
        frame.unpersist()


@pytest.fixture(scope="session")
def world(spark: SparkSession) -> World:
    from marketgraph.synth.marketplace import START

    return world_of(spark, scale=SCALE, seed=SEED, start=START, days=DAYS)
