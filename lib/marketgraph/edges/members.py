"""Members of groups: the one shape in which every grouped relation says who has what in common.

All grouped relations are made pairs of together (groups.py), so that a run pays for two shuffles and not for two per
relation. A relation's own file says who its members are.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.vertices import CODE


def members(
    relation: str,
    frame: DataFrame,
    *,
    key: Column,
    vertex: str,
    kind: str | Column,
    first_seen: str,
    last_seen: str | None = None,
    owner: str | None = None,
    echo: Column | None = None,
    counts: Column | None = None,
) -> DataFrame:
    """One row per row of `frame` that has a key and a vertex.

    Columns: relation, key, vertex, kind (code), first_seen, last_seen, owner, echo, counts.
    key: what the members of a group have in common, as text. vertex: column of vertex ids. kind: their kind by name, or
    a column of codes. first_seen, last_seen: columns of times, the same one where only one is named. owner: column of
    vertex ids; two members of one owner are no pair. echo: true where the row stands for an act of the bucket of
    time before (nearness.py). counts: evidence that a pair of the group is, 1 where not told; of two the smaller.
    """
    code = F.lit(CODE[kind]) if isinstance(kind, str) else kind
    return frame.where(key.isNotNull() & F.col(vertex).isNotNull()).select(
        F.lit(relation).alias("relation"),
        key.cast("string").alias("key"),
        F.col(vertex).alias("vertex"),
        code.cast("int").alias("kind"),
        F.col(first_seen).alias("first_seen"),
        F.col(last_seen or first_seen).alias("last_seen"),
        (F.lit(None) if owner is None else F.col(owner)).cast("long").alias("owner"),
        F.coalesce(F.lit(False) if echo is None else echo, F.lit(False)).alias("echo"),
        (F.lit(1) if counts is None else counts).cast("int").alias("counts"),
    )
