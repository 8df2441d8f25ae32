"""How many neighbours an entity has, of which kinds, and how many of them were known for a violation by the date."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType, LongType

from marketgraph.features.graph_ends import PEERS
from marketgraph.sources.visibility import midnight
from marketgraph.tables.contract import Column
from marketgraph.tables.relations import RELATIONS
from marketgraph.tables.sources import ENTITY_KINDS

LONG, DOUBLE = LongType(), DoubleType()
_VIOLATION = "a violation decided and known before the date"


def neighbour_kinds(kind: str) -> tuple[str, ...]:
    """The kinds that a neighbour of the kind can have, by any relation, in the order of ENTITY_KINDS."""
    pairs = {pair for relation in RELATIONS.values() for pair in relation.pairs}
    return tuple(other for other in ENTITY_KINDS if {(kind, other), (other, kind)} & pairs)


def has_peers(kind: str) -> bool:
    """Whether a relation of PEERS can join the kind."""
    return any(kind in RELATIONS[name].kinds for name in PEERS)


def columns(kind: str) -> tuple[Column, ...]:
    """Counts are 0 without neighbours; shares are null. What it did itself is not in them."""
    of_kinds = [
        Column(f"neighbours_{other}", LONG, f"distinct neighbours of kind {other}", "entities", minimum=0)
        for other in neighbour_kinds(kind)
    ]
    return (
        *of_kinds,
        *_group("neighbour", "neighbours by any relation"),
        *(
            _group("peer", "neighbours by shared identifiers, co-behaviour or look-alikes")
            if has_peers(kind)
            else ()
        ),
    )


def _group(name: str, meaning: str) -> tuple[Column, ...]:
    return (
        Column(f"{name}s", LONG, f"distinct {meaning}", "entities", minimum=0),
        Column(f"risky_{name}s", LONG, f"{meaning}, with {_VIOLATION}", "entities", minimum=0),
        Column(
            f"risky_{name}_share",
            DOUBLE,
            f"risky_{name}s of {name}s; null: it has no {name}s",
            nullable=True,
            minimum=0,
            maximum=1,
        ),
    )


def risky_entities(violations: DataFrame, *, as_of: date) -> DataFrame:
    """One row per entity with a violation decided and known before the date: (kind, entity_id).

    violations: sources.violations.
    """
    known = (F.col("decided_at") < midnight(as_of)) & (F.col("known_at") < midnight(as_of))
    return violations.where(known).select(F.col("entity_kind").alias("kind"), "entity_id").distinct()


def sums() -> list[SparkColumn]:
    """What to sum up, per vertex, over its neighbours' facts (kind: code, risky: boolean) and peer."""
    kinds = [
        F.sum((F.col("kind") == code).cast("long")).alias(f"neighbours_{kind}")
        for code, kind in enumerate(ENTITY_KINDS)
    ]
    peer, risky = F.col("peer"), F.col("risky")
    return [
        *kinds,
        F.count(F.lit(1)).alias("neighbours"),
        F.sum(risky.cast("long")).alias("risky_neighbours"),
        F.sum(peer.cast("long")).alias("peers"),
        F.sum((peer & risky).cast("long")).alias("risky_peers"),
    ]


def shares() -> dict[str, SparkColumn]:
    """The shares, of a frame with these sums; null where nothing is below the line."""
    return {
        f"risky_{name}_share": F.col(f"risky_{name}s") / F.when(F.col(f"{name}s") > 0, F.col(f"{name}s"))
        for name in ("neighbour", "peer")
    }
