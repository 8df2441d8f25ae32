"""Labels of nodes from a training table, which may ask of a vertex at many moments."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# The split of a training table that each mask stands for.
MASKS = {"train_mask": "train", "val_mask": "validation", "test_mask": "test"}
LABELS = ("label", *MASKS)


def node_labels(training: DataFrame) -> DataFrame:
    """One row per vertex that the training table asks of: vertex_id, label (int), and a mask per split (boolean).

    training: (vertex_id, moment) unique, label, split. Of several moments of a vertex the latest one tells its label
    and its split: a node stands in a graph once. A trainer that wants each moment, with the features of that moment,
    takes the training table itself (format parquet).
    """
    last = F.max_by(F.struct("label", "split"), "moment").alias("last")
    told = training.groupBy("vertex_id").agg(last)
    masks = [(F.col("last.split") == split).alias(mask) for mask, split in MASKS.items()]
    return told.select("vertex_id", F.col("last.label").cast("int").alias("label"), *masks)


def labelled(rows: DataFrame) -> dict[str, int] | None:
    """How many rows each mask has, as `train`, `val`, `test`; None when there are no masks."""
    if LABELS[0] not in rows.columns:
        return None
    counts = [F.sum(F.col(mask).cast("long")).alias(mask.removesuffix("_mask")) for mask in MASKS]
    return {name: count or 0 for name, count in rows.agg(*counts).collect()[0].asDict().items()}
