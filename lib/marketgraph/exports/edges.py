"""The edges of a graph export: of every relation, between indices of nodes, by type."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.errors import StoreError
from marketgraph.exports.manifest import ColumnEntry
from marketgraph.exports.nodes import VERTEX
from marketgraph.exports.numbering import GROUP, ROW, Numbered, numbered
from marketgraph.exports.snapshot import Snapshot
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.relations import RELATIONS

NUMBERS, TIMES = ("weight", "evidence_count", "recency", "rarity"), ("first_seen", "last_seen")
Triple = tuple[str, str, str]


@dataclass(frozen=True)
class Edges:
    """types: (src_kind, relation, dst_kind) by number. rows: GROUP (the type), ROW, src, dst, src_vertex, dst_vertex,
    then NUMBERS and TIMES (seconds since 1970, UTC; null: before the data), held in Spark's cache until released.

    left_out: edges of a relation whose ends are not both nodes.
    """

    types: tuple[Triple, ...]
    rows: Numbered
    left_out: dict[str, int]


def edges_of(snapshot: Snapshot, vertices: DataFrame) -> Edges:
    """Every edge of the release, numbered within its type in the order of (src, dst).

    vertices: (vertex_id, ROW) of `vertices_of`. A pair of one kind is there once, as it is in the tables. Raises
    StoreError when there is none: that is no graph.
    """
    relations = [name for name, table in EDGE_TABLES.items() if table.full_name in snapshot]
    if not relations:
        raise _no_edges(snapshot)
    types = tuple((src, name, dst) for name in relations for src, dst in RELATIONS[name].pairs)
    found = reduce(DataFrame.unionByName, [_of(snapshot, name) for name in relations])
    joined = _indexed(_indexed(found, vertices, "src"), vertices, "dst")
    typed = joined.withColumn(GROUP, _number(types)).where(F.col(GROUP).isNotNull())
    columns = (GROUP, "src", "dst", "src_vertex", "dst_vertex", *NUMBERS, *TIMES)
    rows = numbered(typed.select(*columns), ["src", "dst"], groups=len(types))
    if not any(rows.counts):
        rows.release()
        raise _no_edges(snapshot)
    return Edges(types, rows, _left_out(snapshot, relations, types, rows.counts))


def edge_attributes() -> tuple[ColumnEntry, ...]:
    """What each edge has beside its ends."""
    contract = next(iter(EDGE_TABLES.values()))
    columns = [contract.column(name) for name in (*NUMBERS, *TIMES)]
    seconds = "seconds since 1970, UTC"
    return tuple(
        ColumnEntry(
            name=c.name,
            type="bigint" if c.name in TIMES else c.type.simpleString(),
            # the count of evidence has another meaning in each relation
            meaning="facts it rests on, see docs/relations.md" if c.name == "evidence_count" else c.meaning,
            unit=seconds if c.name in TIMES else c.unit,
            nullable=c.nullable,
        )
        for c in columns
    )


def _of(snapshot: Snapshot, relation: str) -> DataFrame:
    times = [F.col(name).cast("long").alias(name) for name in TIMES]
    ends = [F.col(end).alias(f"{end}_vertex") for end in ("src", "dst")]
    kinds = [F.col(name) for name in ("relation", "src_kind", "dst_kind")]
    numbers = [F.col(name) for name in NUMBERS]
    return snapshot.read(f"edges.{relation}").select(*kinds, *ends, *numbers, *times)


def _indexed(found: DataFrame, vertices: DataFrame, end: str) -> DataFrame:
    # many edges to one vertex; a hub is none
    ids = vertices.select(F.col(VERTEX).alias(f"{end}_vertex"), F.col(ROW).alias(end))
    return found.join(ids, f"{end}_vertex", "inner")


def _number(types: tuple[Triple, ...]) -> Column:
    """The number of an edge's type; null for a pair of kinds that the relation does not join."""
    numbers = F.create_map(*[F.lit(part) for n, triple in enumerate(types) for part in (":".join(triple), n)])
    return numbers[F.concat_ws(":", "src_kind", "relation", "dst_kind")]


def _no_edges(snapshot: Snapshot) -> StoreError:
    told = f"release {snapshot.release} has no edge between entities"
    return StoreError(
        told, fix="see conf/edges.yml for the relations that are built, or take --format parquet"
    )


def _left_out(
    snapshot: Snapshot, relations: list[str], types: tuple[Triple, ...], counts: tuple[int, ...]
) -> dict[str, int]:
    kept = dict.fromkeys(relations, 0)
    for (_, relation, _), count in zip(types, counts, strict=True):
        kept[relation] += count
    rows = {name: snapshot.rows[f"edges.{name}"] for name in relations}
    return {name: rows[name] - kept[name] for name in relations if rows[name] > kept[name]}
