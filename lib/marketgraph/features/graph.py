"""What the graph says of a vertex: its degree in each relation, the size of its community."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F


def degrees(edges: Mapping[str, DataFrame]) -> DataFrame:
    """One row per vertex with an edge: (vertex_id, degree_<relation> …), null where it has none of a relation.

    edges: the edge tables by relation. A self-loop counts twice, as is usual. One shuffle for all relations.
    """
    ends = [
        frame.select(F.explode(F.array("src", "dst")).alias("vertex_id"), F.lit(relation).alias("relation"))
        for relation, frame in edges.items()
    ]
    counts = [
        F.sum(F.when(F.col("relation") == relation, 1)).cast("long").alias(f"degree_{relation}")
        for relation in edges
    ]
    return reduce(DataFrame.unionByName, ends).groupBy("vertex_id").agg(*counts)


def community_sizes(labels: DataFrame) -> DataFrame:
    """One row per vertex: (vertex_id, community_size), the number of vertices with its label."""
    size = F.count(F.lit(1)).over(Window.partitionBy("label"))
    return labels.select("vertex_id", size.alias("community_size"))
