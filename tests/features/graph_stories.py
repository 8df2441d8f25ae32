"""Small marketplaces as graphs: who is joined to whom, who was punished, who is with whom in a community."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from marketgraph.communities.graph import relation_edges
from marketgraph.communities.holding import left_tidy
from marketgraph.features.graph import Surroundings, graph_blocks
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.entities import ENTITY_TABLES
from tests.builders import AS_OF, rows_of, sources_of

LONG_BEFORE, DAY_BEFORE, MIDNIGHT = datetime(2024, 1, 1), datetime(2024, 2, 29), datetime(2024, 3, 1)
# Entities are named by a letter and a number: m1 is the merchant with the vertex id 101, p2 the product 202 …
KINDS = {"m": "merchant", "p": "product", "c": "creator", "l": "content", "b": "buyer"}
SHARING = ("shares_device", "shares_bank")


def vertex(name: str) -> int:
    """The vertex id of `m1`; of a name of another letter, which stands for a value, a large one."""
    return 100 * ("mpclb".find(name[0]) + 1 or 9) + int(name[1:])


def edges_of(spark: SparkSession, relation: str, rows: Sequence[tuple]) -> DataFrame:
    """Edges (src, dst, weight)."""
    told = [
        {
            "src": vertex(src),
            "dst": vertex(dst),
            "src_kind": KINDS.get(src[0], "hub"),
            "dst_kind": KINDS.get(dst[0], "hub"),
            "relation": relation,
            "weight": float(weight),
        }
        for src, dst, weight in rows
    ]
    return rows_of(spark, EDGE_TABLES[relation], told)


def surroundings(
    spark: SparkSession,
    names: Sequence[str],
    *,
    edges: dict[str, Sequence[tuple]],
    labels: dict[str, str] | None = None,
    violations: Sequence[dict[str, Any]] = (),
    own: dict[str, DataFrame] | None = None,
    began: dict[str, datetime] | None = None,
    partitions: int | None = None,
) -> Surroundings:
    """The marketplace of these entities. labels: who gave whom the label; nobody but itself by default."""
    tables = {relation: edges_of(spark, relation, edges.get(relation, ())) for relation in EDGE_TABLES}
    if partitions:
        tables = {relation: frame.repartition(partitions) for relation, frame in tables.items()}
    told = [(vertex(name), vertex((labels or {}).get(name, name))) for name in names]
    return Surroundings(
        edges=reduce(DataFrame.unionByName, tables.values()),
        chosen=relation_edges((tables[relation], 1.0) for relation in SHARING),
        entities={kind: _entities(spark, letter, names, began or {}) for letter, kind in KINDS.items()},
        labels=spark.createDataFrame(told, "vertex_id long, label long"),
        violations=sources_of(spark, violations=list(violations))["violations"],
        own=own or {},
    )


def _entities(
    spark: SparkSession, letter: str, names: Sequence[str], began: dict[str, datetime]
) -> DataFrame:
    kind = KINDS[letter]
    rows = [
        {"vertex_id": vertex(name), f"{kind}_id": name, "first_activity": began.get(name)}
        for name in names
        if name[0] == letter
    ]
    return rows_of(spark, ENTITY_TABLES[kind], rows)


def against(name: str, *, decided: datetime = LONG_BEFORE, known: datetime = DAY_BEFORE) -> dict[str, Any]:
    """A violation of an entity."""
    return {
        "entity_kind": KINDS[name[0]],
        "entity_id": name,
        "kind": "fraud",
        "decided_at": decided,
        "known_at": known,
    }


def features(around: Surroundings, rules=(), **options: Any) -> dict[str, dict[str, Any]]:
    """All graph features of each entity by its name."""
    found: dict[str, dict[str, Any]] = {}
    letters = {kind: letter for letter, kind in KINDS.items()}
    with left_tidy(around.labels.sparkSession):
        for kind, blocks in graph_blocks(around, as_of=AS_OF, rules=rules, **options).items():
            for block in blocks:
                assert block.frame.columns == ["vertex_id", *[column.name for column in block.columns]]
                for row in block.frame.collect():
                    name = f"{letters[kind]}{row['vertex_id'] % 100}"
                    told = row.asDict()
                    told.pop("vertex_id")
                    found.setdefault(name, {}).update(told)
    return found
