"""The edge tables: one schema, one table per relation; and what hub policies suppressed."""

from __future__ import annotations

from pyspark.sql.types import DoubleType, LongType, StringType, TimestampType

from marketgraph.tables.contract import Column, Table
from marketgraph.tables.sources import IDENTIFIER_KINDS

DOUBLE, LONG, STRING, TIME = DoubleType(), LongType(), StringType(), TimestampType()

# relation -> (kind of src, kind of dst, what an edge says). "entity" stands for any kind.
ACTIVITY_RELATIONS = {
    "sells": (
        "merchant",
        "product",
        "the merchant lists or sold the product; evidence: lines sold, at least 1",
    ),
    "bought_product": ("buyer", "product", "the buyer ordered the product; evidence: order lines"),
    "bought_merchant": ("buyer", "merchant", "the buyer ordered from the merchant; evidence: order lines"),
    "reviewed": ("buyer", "product", "the buyer reviewed the product or an order of it; evidence: reviews"),
    "hosts": ("creator", "content", "the creator hosts the live session or video; evidence: 1"),
    "features": ("content", "product", "the content features the product; evidence: 1"),
}
SHARING_RELATIONS = {
    f"shares_{kind}": ("entity", "entity", f"two entities were seen at one {kind}; evidence: values shared")
    for kind in IDENTIFIER_KINDS
}
RELATIONS = {**ACTIVITY_RELATIONS, **SHARING_RELATIONS}


def edge_table(relation: str) -> Table:
    """The contract of a relation's table. Raises KeyError for a relation that is not in the catalogue."""
    src, dst, meaning = RELATIONS[relation]
    return Table(
        room="edges",
        name=relation,
        grain=f"one row per ({src}, {dst}) pair: {meaning}",
        key=("src", "dst"),
        may_be_empty=True,
        columns=(
            Column(
                "src", LONG, f"vertex id of the {src}; the smaller one where both ends are alike", minimum=0
            ),
            Column("dst", LONG, f"vertex id of the {dst}", minimum=0),
            Column("relation", STRING, "name of the relation", allowed=(relation,)),
            Column("weight", DOUBLE, "strength, at least 0, dimensionless; see the builder", minimum=0),
            Column("evidence_count", LONG, "how many facts stand behind it", "facts", minimum=1),
            Column("first_seen", TIME, "first of these facts; null: before the data", "UTC", nullable=True),
            Column("last_seen", TIME, "last of these facts", "UTC", nullable=True),
        ),
    )


EDGE_TABLES = {relation: edge_table(relation) for relation in RELATIONS}

SUPPRESSED = Table(
    room="edges",
    name="suppressed",
    grain="one row per shared value whose holders were too many to join in pairs",
    key=("relation", "value"),
    may_be_empty=True,
    columns=(
        Column("relation", STRING, "the relation that left it out"),
        Column("value", STRING, "first 16 digits of the value's keyed hash"),
        Column("holders", LONG, "entities seen at the value", "entities", minimum=2),
        Column("pairs_not_made", LONG, "edges that would have been made of it", "pairs", minimum=1),
        Column("policy", STRING, "what was done: drop"),
    ),
)
