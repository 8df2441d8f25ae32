"""The feature tables: trade, degrees and community of each entity, side by side."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.tables.features import FEATURE_TABLES


def features_of(
    kind: str, entities: DataFrame, *, trade: DataFrame, degrees: DataFrame, community_sizes: DataFrame
) -> DataFrame:
    """One row per entity of `kind`, at its feature table's contract; counts and sums of nothing are 0.

    entities: the kind's entity table. trade: from `trade_features`. degrees, community_sizes: of all vertices.
    """
    table = FEATURE_TABLES[kind]
    ids = entities.select("vertex_id", F.col(f"{kind}_id").alias("entity_id"))
    # at most one row to one entity, three times
    wide = (
        ids.join(trade, "entity_id", "left")
        .join(degrees, "vertex_id", "left")
        .join(community_sizes, "vertex_id", "inner")
    )
    numbers = [c.name for c in table.columns if c.name not in ("vertex_id", "community_size")]
    return table.conform(wide.fillna(0, subset=numbers))
