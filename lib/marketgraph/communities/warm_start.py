"""Labels to begin from: those of a day before, where a vertex was known then."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.communities.graph import named_by_smallest
from marketgraph.graphs.graph import ends_of


def initial_labels(edges: DataFrame, before: DataFrame) -> DataFrame:
    """One row per vertex that has an edge: (vertex_id, label).

    before: (vertex_id, label) of a day before. Those who shared a label then begin with the smallest of them that still
    has an edge: the vertex that gave the label may be gone. A vertex that was not there begins with its own id.
    """
    own = F.coalesce("label", "vertex_id").alias("label")
    # at most one label to one vertex
    ends = ends_of(edges).join(before.select("vertex_id", "label"), "vertex_id", "left")
    known = named_by_smallest(ends.where("label is not null"), min_size=1)
    return known.unionByName(ends.where("label is null").select("vertex_id", own))
