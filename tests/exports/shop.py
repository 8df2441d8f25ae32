"""A release of a small shop, row by row, and the answers to what an export of it must hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import ArrayType, DoubleType, IntegerType, LongType, StringType, TimestampType

from marketgraph.exports.snapshot import Snapshot
from marketgraph.tables import Column, Table
from marketgraph.tables.communities import LABELS
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.entities import ENTITY_TABLES
from tests.builders import AS_OF, rows_of

LONG, INT, DOUBLE, STRING, TIME = LongType(), IntegerType(), DoubleType(), StringType(), TimestampType()
EARLY, LATE = datetime(2024, 1, 5, 10), datetime(2024, 2, 9, 23, 59, 59)
# Vertex ids, in no order: nobody has listed a content.
VERTICES = {"merchant": [7, 2, 11], "product": [5, 3], "creator": [6], "content": [], "buyer": [9, 1, 0, 4]}
FEATURES = {
    "merchant": {2: (4, 0.5), 7: (0, None), 11: (2**40, 1e-9)},
    "buyer": {0: (1, None), 1: (2, 0.25), 4: (0, 0.0), 9: (5, -3.5)},
}
COMMUNITIES = {2: 2, 7: 2, 11: 11, 5: 2, 3: 2, 6: 6, 9: 0, 1: 0, 0: 0, 4: 0}
# vertex, moment, label, split: merchant 2 is asked of twice
ASKED = [
    (2, datetime(2024, 1, 10), 1, "train"),
    (2, datetime(2024, 2, 10), 0, "validation"),
    (11, datetime(2024, 2, 20), 1, "test"),
]
# relation → src, dst, src_kind, dst_kind, weight, evidence_count, first_seen, last_seen
EDGES: dict[str, list[tuple[Any, ...]]] = {
    "sells": [
        (7, 5, "merchant", "product", 0.5, 2, EARLY, LATE),
        (2, 5, "merchant", "product", 0.25, 1, None, LATE),
        (2, 3, "merchant", "product", 1.0, 4, EARLY, EARLY),
        (11, 3, "merchant", "product", 0.125, 1, None, None),
    ],
    "shares_device": [
        (2, 11, "merchant", "merchant", 0.75, 1, EARLY, LATE),
        (2, 7, "merchant", "merchant", 0.5, 1, EARLY, LATE),
        (7, 0, "merchant", "buyer", 0.1, 3, EARLY, LATE),
        (9, 2**62 + 5, "buyer", "hub", 0.1, 1, EARLY, LATE),
        (4, 2**62 + 5, "buyer", "hub", 0.1, 1, EARLY, LATE),
    ],
    "bought_product": [
        (0, 5, "buyer", "product", 2.0, 1, EARLY, EARLY),
        (9, 3, "buyer", "product", 1.5, 2, None, LATE),
    ],
    "viewed_product": [],
}


def feature_table(kind: str) -> Table:
    return Table(
        room="features",
        name=f"{kind}s",
        grain=f"one row per {kind}",
        key=("vertex_id",),
        columns=(
            Column("vertex_id", LONG, f"the {kind}"),
            Column("orders_30d", LONG, "orders in 30 days", "count"),
            Column("refund_share_30d", DOUBLE, "refunds of orders; null: no orders", "share", nullable=True),
        ),
    )


TRAINING = Table(
    room="training",
    name="merchants",
    grain="one row per merchant and moment",
    key=("vertex_id", "moment"),
    columns=(
        Column("vertex_id", LONG, "the merchant"),
        Column("moment", TIME, "as of when", "UTC"),
        Column("label", INT, "1: a violation was decided"),
        Column("split", STRING, "which split it is of"),
    ),
)


def _sequence(name: str) -> Table:
    arrays = {"verbs": INT, "object_kinds": INT, "objects": LONG, "prices": INT, "gaps": LONG, "times": LONG}
    return Table(
        room="sequences",
        name=name,
        grain="one row per entity with events",
        key=("vertex_id",),
        columns=(
            Column("vertex_id", LONG, "the entity"),
            Column("kind", STRING, "its kind"),
            Column("length", INT, "events", "events"),
            *[Column(name, ArrayType(of), f"{name}, oldest first") for name, of in arrays.items()],
        ),
    )


SEQUENCES, SESSIONS = _sequence("events"), _sequence("sessions")
VOCABULARY = Table(
    room="sequences",
    name="vocabulary",
    grain="one row per token",
    key=("field", "id"),
    sliced=False,
    columns=(
        Column("field", STRING, "its field"),
        Column("token", STRING, "the word"),
        Column("id", INT, "its number"),
    ),
)
# vertex → its events: verb, object
ACTS = {9: [(2, 5), (3, 3), (2, 5)], 0: [(2, 5)], 7: [(4, 5), (4, 3)]}
WORDS = [("verb", "view", 2), ("verb", "buy", 3), ("verb", "list", 4), ("price", "0-10", 2)]


def shop(spark: SparkSession, *, partitions: int = 1) -> Snapshot:
    """The shop's release; its rows lie in so many partitions."""
    tables = dict(_tables(spark))
    contracts = {name: table for name, (table, _) in tables.items()}
    frames = {name: frame.repartition(partitions) for name, (_, frame) in tables.items()}
    counts = {name: frame.count() for name, frame in frames.items()}
    return Snapshot("2024-03-01-abcdef12", AS_OF, contracts, counts, frames.__getitem__)


def without(snapshot: Snapshot, *rooms: str) -> Snapshot:
    """The same release, had it no table of these rooms."""
    kept = {name: table for name, table in snapshot.contracts.items() if table.room not in rooms}
    return Snapshot(snapshot.release, snapshot.as_of, kept, snapshot.rows, snapshot.read)


def epoch(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.replace(tzinfo=timezone.utc).timestamp())


def expected_edges(relation: str, src_kind: str, dst_kind: str) -> list[tuple[Any, ...]]:
    """Edges of a type as (src index, dst index, weight, evidence_count, first_seen, last_seen), sorted."""
    index = {
        kind: {vertex: place for place, vertex in enumerate(sorted(own))} for kind, own in VERTICES.items()
    }
    return sorted(
        (index[src_kind][src], index[dst_kind][dst], weight, count, epoch(first), epoch(last))
        for src, dst, of, to, weight, count, first, last in EDGES[relation]
        if (of, to) == (src_kind, dst_kind)
    )


def _tables(spark: SparkSession) -> Mapping[str, tuple[Table, DataFrame]]:
    found = {}
    for kind, table in ENTITY_TABLES.items():
        video = {"kind": "video"} if kind == "content" else {}
        rows = [{"vertex_id": v, f"{kind}_id": f"{kind}{v}", **video} for v in VERTICES[kind]]
        found[table.full_name] = (table, rows_of(spark, table, rows))
    for kind, features in FEATURES.items():
        table = feature_table(kind)
        rows = [{"vertex_id": v, "orders_30d": n, "refund_share_30d": s} for v, (n, s) in features.items()]
        found[table.full_name] = (table, rows_of(spark, table, rows))
    for relation, edges in EDGES.items():
        table = EDGE_TABLES[relation]
        found[table.full_name] = (table, rows_of(spark, table, [_edge(relation, edge) for edge in edges]))
    labels = [{"vertex_id": vertex, "label": label} for vertex, label in COMMUNITIES.items()]
    found[LABELS.full_name] = (LABELS, rows_of(spark, LABELS, labels))
    asked = [dict(zip(("vertex_id", "moment", "label", "split"), row, strict=True)) for row in ASKED]
    found[TRAINING.full_name] = (TRAINING, rows_of(spark, TRAINING, asked))
    for table in (SEQUENCES, SESSIONS):
        found[table.full_name] = (table, rows_of(spark, table, [_acts(v, acts) for v, acts in ACTS.items()]))
    words = [dict(zip(("field", "token", "id"), row, strict=True)) for row in WORDS]
    found[VOCABULARY.full_name] = (VOCABULARY, rows_of(spark, VOCABULARY, words))
    return found


def _edge(relation: str, edge: tuple[Any, ...]) -> dict[str, Any]:
    names = ("src", "dst", "src_kind", "dst_kind", "weight", "evidence_count", "first_seen", "last_seen")
    numbers = {"evidence": 1.0, "recency": 0.5, "rarity": 1.0}
    return {**dict(zip(names, edge, strict=True)), "relation": relation, **numbers}


def _acts(vertex: int, acts: list[tuple[int, int]]) -> dict[str, Any]:
    kind = next(kind for kind, own in VERTICES.items() if vertex in own)
    return {
        "vertex_id": vertex,
        "kind": kind,
        "length": len(acts),
        "verbs": [verb for verb, _ in acts],
        "object_kinds": [2] * len(acts),
        "objects": [thing for _, thing in acts],
        "prices": [3] * len(acts),
        "gaps": list(range(len(acts))),
        "times": [1_700_000_000_000 + n for n in range(len(acts))],
    }
