"""Which rows must point at which: the contracts' references, and the ends of the graph's tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.tables import ENTITY, Reference, Table
from marketgraph.tables.entities import ENTITY_TABLES
from marketgraph.tables.relations import HUB
from marketgraph.tables.sources import SOURCE_TABLES

VERTEX = "<vertex>"
# Columns that hold a vertex id wherever they stand outside the entity tables, which give the ids.
VERTEX_COLUMNS = ("src", "dst", "vertex_id")


def references_of(table: Table) -> tuple[Reference, ...]:
    """The contract's references, and one to the entity tables for each column that holds a vertex id."""
    if table.room == "entities":
        return table.references
    ends = (Reference((c.name,), VERTEX) for c in table.columns if c.name in VERTEX_COLUMNS)
    return (*table.references, *ends)


def parents_of(frames: Mapping[Table, DataFrame], *, hubs_in: Iterable[Table] = ()) -> dict[str, DataFrame]:
    """The keys that references can point at, by `Reference.table`, out of the tables of one run.

    A source table under its name; all entities as (kind, id) under ENTITY; all vertex ids under VERTEX.
    Only what `frames` holds: without all five entity tables there is no ENTITY and no VERTEX.
    hubs_in: edge tables whose policy makes vertices that stand for shared values; these vertices are known too.
    """
    parents = {t.name: frames[t].select(*t.key) for t in SOURCE_TABLES if t in frames}
    if all(table in frames for table in ENTITY_TABLES.values()):
        entities = {kind: frames[table] for kind, table in ENTITY_TABLES.items()}
        named = [
            f.select(F.lit(kind).alias("kind"), F.col(f"{kind}_id").alias("id"))
            for kind, f in entities.items()
        ]
        parents[ENTITY] = reduce(DataFrame.unionAll, named)
        vertices = [f.select("vertex_id") for f in entities.values()]
        hubs = [frames[t].where(F.col("dst_kind") == HUB).select("dst").distinct() for t in hubs_in]
        parents[VERTEX] = reduce(DataFrame.unionAll, [*vertices, *hubs])
    return parents
