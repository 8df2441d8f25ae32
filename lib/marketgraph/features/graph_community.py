"""What the community of an entity is like: the columns, and who its members are."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column as SparkColumn
from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType, LongType

from marketgraph.features.graph_groups import UNKNOWN_AGE
from marketgraph.sources.visibility import midnight
from marketgraph.tables.contract import Column

LONG, DOUBLE = LongType(), DoubleType()
# When an entity began, by kind; else its first activity counts.
BEGAN = {
    "merchant": "registered_at",
    "product": "listed_at",
    "creator": "joined_at",
    "content": "started_at",
    "buyer": "registered_at",
}


def _share(name: str, meaning: str) -> Column:
    return Column(name, DOUBLE, meaning, nullable=True, minimum=0, maximum=1)


def columns(_: str = "") -> tuple[Column, ...]:
    """The same for every kind. An entity that label propagation left alone is a community of one."""
    return (
        Column("community_size", LONG, "entities with its label, itself too", "entities", minimum=1),
        _share("community_density", "pairs of members that are joined, of all pairs; null: it is alone"),
        Column(
            "community_age",
            DOUBLE,
            "mean age of the members, itself too, since each was registered or listed, joined, started, or first"
            " active; null: no age is known",
            "days",
            nullable=True,
            minimum=0,
        ),
        _share(
            "community_risky_share",
            "other members with a violation known by the date, of all others; null: it is alone",
        ),
        Column(
            "community_entropy", DOUBLE, "how mixed the kinds of members are: 0 one kind", "bits", minimum=0
        ),
        _share(
            "community_inside_share",
            "share of its weight in the graph of communities.relations that goes to members; null: it has no weight",
        ),
    )


def age(kind: str, *, as_of: date) -> SparkColumn:
    """Seconds from an entity's beginning, in a row of its table, to the date; UNKNOWN_AGE where none is known."""
    began = F.coalesce(F.col(BEGAN[kind]), F.col("first_activity"))
    seconds = F.unix_seconds(midnight(as_of)) - F.unix_seconds(began)
    return F.when(began < midnight(as_of), seconds).otherwise(F.lit(UNKNOWN_AGE)).cast("long")
