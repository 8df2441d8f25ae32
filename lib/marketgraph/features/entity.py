"""The feature table of a kind: blocks of features side by side."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.features.block import Block
from marketgraph.tables.contract import Table


def features_of(table: Table, entities: DataFrame, blocks: Iterable[Block]) -> DataFrame:
    """One row per entity, at its feature table's contract.

    entities: the kind's entity table. Where a block has nothing of an entity, columns that are never null are 0.
    """
    wide = entities.select("vertex_id")
    for number, block in enumerate(blocks):
        there = f"there_{number}"
        # at most one row to one entity
        wide = wide.join(block.frame.withColumn(there, F.lit(True)), "vertex_id", "left")
        never = [column.name for column in block.columns if not column.nullable]
        told = {name: F.expr(f"if({there}, {name}, 0)") for name in never}
        wide = wide.withColumns(told).drop(there) if told else wide.drop(there)
    return table.conform(wide)
