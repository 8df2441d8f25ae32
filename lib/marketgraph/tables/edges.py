"""The edge tables: one schema, one table per relation; what hub policies suppressed; how large the groups were."""

from __future__ import annotations

from pyspark.sql.types import DoubleType, LongType, StringType, TimestampType

from marketgraph.tables.contract import Column, Table
from marketgraph.tables.relations import GROUPED, HUB, RELATIONS, Relation

DOUBLE, LONG, STRING, TIME = DoubleType(), LongType(), StringType(), TimestampType()
VALUE_DIGITS = 16
POLICIES = ("drop", "cap", "virtual", "sentinel")


def edge_table(relation: Relation) -> Table:
    """The contract of a relation's table."""
    kinds = tuple(dict.fromkeys(src for src, _ in relation.pairs))
    ends = tuple(dict.fromkeys(dst for _, dst in relation.pairs))
    hub = (HUB,) if relation.grouped and not relation.confirmed else ()
    return Table(
        room="edges",
        name=relation.name,
        grain=f"one row per pair: {relation.meaning}; evidence: {relation.tally}",
        key=("src", "dst"),
        may_be_empty=True,
        columns=(
            Column("src", LONG, "vertex id of one end; of two of one kind the smaller", minimum=0),
            Column("dst", LONG, "vertex id of the other end", minimum=0),
            Column("src_kind", STRING, "kind of src", allowed=kinds),
            Column("dst_kind", STRING, "kind of dst", allowed=(*ends, *hub)),
            Column("relation", STRING, "name of the relation", allowed=(relation.name,)),
            Column("weight", DOUBLE, "evidence x recency x rarity, dimensionless", minimum=0),
            Column("evidence_count", LONG, relation.tally, "facts", minimum=1),
            Column("evidence", DOUBLE, "what the evidence counts for in the weight", minimum=0),
            Column(
                "recency",
                DOUBLE,
                "halves with the relation's half-life since last_seen",
                minimum=0,
                maximum=1,
            ),
            Column("rarity", DOUBLE, "mean of 1/log2(1 + holders) over the evidence", minimum=0, maximum=1),
            Column("first_seen", TIME, "first of these facts; null: before the data", "UTC", nullable=True),
            Column("last_seen", TIME, "last of these facts; null: before the data", "UTC", nullable=True),
        ),
    )


EDGE_TABLES = {name: edge_table(relation) for name, relation in RELATIONS.items()}

SUPPRESSED = Table(
    room="edges",
    name="suppressed",
    grain="one row per group whose members were too many to join in pairs",
    key=("relation", "value"),
    may_be_empty=True,
    columns=(
        Column("relation", STRING, "the relation that left it out", allowed=tuple(GROUPED)),
        Column(
            "value",
            STRING,
            f"what the group has in common; of an identifier {VALUE_DIGITS} digits of its hash",
        ),
        Column("holders", LONG, "members of the group", "entities", minimum=2),
        Column("pairs_not_made", LONG, "pairs that would have been made of it", "pairs", minimum=1),
        Column("policy", STRING, "what was done", allowed=POLICIES),
    ),
)

GROUP_SIZES = Table(
    room="edges",
    name="group_sizes",
    grain="one row per grouped relation and number of members: groups of two or more, before any pair is made",
    key=("relation", "holders"),
    may_be_empty=True,
    columns=(
        Column("relation", STRING, "the relation", allowed=tuple(GROUPED)),
        Column("holders", LONG, "members of such a group", "members", minimum=2),
        Column("groups", LONG, "groups of so many", "groups", minimum=1),
    ),
)
