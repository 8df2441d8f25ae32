"""Label propagation in Spark SQL alone: an oracle for the other engines, and for clusters without our Python.

Every round is a join, an aggregate and a rank, all by shuffle: slow, and plain to check.
"""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.communities.graph import joined_vertices, symmetrised


def label_propagation(edges: DataFrame, *, max_iterations: int) -> DataFrame:
    """One row per vertex that has an edge: (vertex_id, label). Synchronous, a tie goes to the smallest label.

    edges: from `undirected_edges`, one vote each. Each round's plan is cut by a local checkpoint.
    """
    heard = symmetrised(edges).select("src", "dst").persist()
    labels = joined_vertices(edges).withColumn("label", F.col("vertex_id"))
    most_votes = Window.partitionBy("vertex_id").orderBy(F.desc("votes"), F.asc("label"))
    for _ in range(max_iterations):
        # many messages to one vertex, many from one
        told = heard.join(labels.withColumnRenamed("vertex_id", "src"), "src", "inner")
        counted = told.groupBy(F.col("dst").alias("vertex_id"), "label").agg(F.count(F.lit(1)).alias("votes"))
        ranked = counted.withColumn("rank", F.row_number().over(most_votes)).where("rank = 1")
        labels = ranked.select("vertex_id", "label").localCheckpoint()
    return labels
