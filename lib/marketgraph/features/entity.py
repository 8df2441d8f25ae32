"""The feature tables: what each entity traded and where it stands in the graph, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.features.block import Block
from marketgraph.tables.features import FEATURE_TABLES


def features_of(kind: str, entities: DataFrame, *, trade: DataFrame, blocks: Sequence[Block]) -> DataFrame:
    """One row per entity of `kind`, at its feature table's contract; counts and sums of nothing are 0.

    entities: the kind's entity table. trade: from `trade_features`. blocks: those of the kind from `graph_blocks`.
    """
    table = FEATURE_TABLES[kind]
    ids = entities.select("vertex_id", F.col(f"{kind}_id").alias("entity_id"))
    # at most one row to one entity, each time
    wide = ids.join(trade, "entity_id", "left")
    for block in blocks:
        wide = wide.join(block.frame, "vertex_id", "left")
    numbers = [c.name for c in table.columns if c.name not in ("vertex_id", "community_size")]
    return table.conform(wide.fillna(0, subset=numbers))
