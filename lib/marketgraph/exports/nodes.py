"""The nodes of a graph export: per kind, in the order of their vertex ids, with features, community and label."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.exports.labels import LABELS, node_labels
from marketgraph.exports.manifest import ColumnEntry
from marketgraph.exports.numbering import GROUP, ROW, Numbered, numbered
from marketgraph.exports.snapshot import Snapshot
from marketgraph.tables import Table
from marketgraph.tables.communities import LABELS as COMMUNITY_LABELS

VERTEX, COMMUNITY = "vertex_id", "community"


def vertices_of(snapshot: Snapshot) -> Numbered:
    """(vertex_id, GROUP, ROW): each vertex with its kind's place in `snapshot.kinds` and its index in that kind."""
    kinds = enumerate(snapshot.kinds)
    own = [snapshot.read(f"entities.{k}s").select(VERTEX, F.lit(n).alias(GROUP)) for n, k in kinds]
    return numbered(reduce(DataFrame.unionByName, own), [VERTEX], groups=len(own))


def node_rows(snapshot: Snapshot, kind: str, vertices: DataFrame) -> DataFrame:
    """One row per vertex of the kind: ROW (its index), vertex_id, community, its features, then its label and masks.

    A vertex without a row of features has nulls for them; label and masks are there when the release has a training
    table of the kind.
    """
    told = vertices.where(F.col(GROUP) == snapshot.kinds.index(kind)).select(ROW, VERTEX)
    # each of these has at most one row per vertex
    if COMMUNITY_LABELS.full_name in snapshot:
        own = snapshot.read(COMMUNITY_LABELS.full_name).select(VERTEX, F.col("label").alias(COMMUNITY))
        told = told.join(own, VERTEX, "left")
    if f"features.{kind}s" in snapshot:
        told = told.join(snapshot.read(f"features.{kind}s"), VERTEX, "left")
    if f"training.{kind}s" in snapshot:
        labels = node_labels(snapshot.read(f"training.{kind}s"))
        told = told.join(labels, VERTEX, "left").fillna(False, subset=list(LABELS[1:]))
    return told.select(ROW, *[name for name in told.columns if name != ROW])


def feature_names(rows: DataFrame) -> tuple[str, ...]:
    """The columns of `node_rows` that are features."""
    return tuple(name for name in rows.columns if name not in (ROW, VERTEX, COMMUNITY, *LABELS))


def described(frame: DataFrame, names: tuple[str, ...], contract: Table | None) -> tuple[ColumnEntry, ...]:
    """Type of each column as it is, and what the contract says of it."""
    known = {column.name: column for column in contract.columns} if contract else {}
    types = {field.name: field.dataType.simpleString() for field in frame.schema.fields}
    plain = {name: ColumnEntry(name=name, type=types[name]) for name in names}
    told = {
        name: {"meaning": c.meaning, "unit": c.unit, "nullable": c.nullable}
        for name, c in known.items()
        if name in plain
    }
    return tuple(plain[name].model_copy(update=told.get(name, {})) for name in names)
