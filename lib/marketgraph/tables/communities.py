"""The community tables: labels, how they were found, and what keeps its name from day to day."""

from __future__ import annotations

from pyspark.sql.types import (
    ArrayType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    MapType,
    StringType,
)

from marketgraph.tables.contract import Column, Table
from marketgraph.tables.sources import ENTITY_KINDS, IDENTIFIER_KINDS

# Why label propagation ends.
STOPS = {
    "converged": "no vertex changed",
    "few_changes": "fewer vertices changed than least_changed asks for",
    "oscillating": "two states take turns for ever",
    "collapsed": "the largest community passed largest_share, and the iterate of the best modularity is kept",
    "max_iterations": "max_iterations was reached",
}

# What can become of a community from one date to the next.
EVENTS = {
    "born": "new, and no community before gave it a share that makes it that one's successor",
    "continued": "kept its id, and about its size",
    "grown": "kept its id, and has more members",
    "shrunk": "kept its id, and has fewer members",
    "split": "has a share of the members of a community that has other successors too",
    "merged": "is the only successor of a community whose id has ended",
    "died": "its id has ended, and it has no successor",
}

INT, LONG, DOUBLE, TEXT = IntegerType(), LongType(), DoubleType(), StringType()


def _per_vertex(name: str, column: str, meaning: str) -> Table:
    return Table(
        room="communities",
        name=name,
        grain="one row per vertex of the run, isolated ones too",
        key=("vertex_id",),
        columns=(
            Column("vertex_id", LONG, "the vertex", minimum=0),
            Column(column, LONG, meaning, minimum=0),
        ),
    )


LABELS = _per_vertex("labels", "label", "its community by label propagation: the vertex that gave the label")
COMPONENTS = _per_vertex("components", "component", "its connected component: the smallest vertex id in it")
ITERATIONS = Table(
    room="communities",
    name="iterations",
    grain="one row per iteration of label propagation",
    key=("iteration",),
    columns=(
        Column("iteration", INT, "1 for the first", minimum=1),
        Column("changed", LONG, "vertices that took another label", minimum=0),
        Column("share", DOUBLE, "changed, of the vertices that have an edge", minimum=0, maximum=1),
        Column(
            "seconds",
            DOUBLE,
            "how long it took; the one column that differs between equal runs",
            "s",
            minimum=0,
        ),
    ),
)
PARTITION = Table(
    room="communities",
    name="partition",
    grain="one row: what the communities are like, over the vertices that have an edge",
    key=("labels_hash",),
    columns=(
        Column("labels_hash", TEXT, "of all vertices and labels: the same for the same labels"),
        Column("stopped", TEXT, "why it ended", allowed=tuple(STOPS)),
        Column("iterations", INT, "made", minimum=0),
        Column("kept", INT, "iteration whose labels are given", minimum=0),
        Column("vertices", LONG, "that have an edge", minimum=0),
        Column("communities", LONG, "of these vertices", minimum=0),
        Column("size_p50", LONG, "vertices of the median community", minimum=0),
        Column("size_p90", LONG, "of the community at the 90th percentile", minimum=0),
        Column("size_p99", LONG, "of the community at the 99th percentile", minimum=0),
        Column("size_max", LONG, "of the largest community", minimum=0),
        Column("modularity", DOUBLE, "Newman and Girvan (2004)", minimum=-1, maximum=1),
        Column("coverage", DOUBLE, "share of the votes that stay within a community", minimum=0, maximum=1),
        Column("conductance", DOUBLE, "mean share of votes that leave a community", minimum=0, maximum=1),
    ),
)


def _count(name: str, meaning: str, unit: str = "", *, nullable: bool = False) -> Column:
    return Column(name, LONG, meaning, unit, nullable=nullable, minimum=0)


def _share(name: str, meaning: str, *, nullable: bool = False) -> Column:
    return Column(name, DOUBLE, meaning, nullable=nullable, minimum=0, maximum=1)


COMMUNITY_IDS = Table(
    room="communities",
    name="community_ids",
    grain="one row per community that ever got an id; append-only, never renumbered, never given again",
    key=("community_id",),
    sliced=False,
    may_be_empty=True,
    columns=(
        _count("community_id", "its id, from 0 without gaps"),
        Column("first_as_of", DateType(), "date of the run that first saw it"),
        _count("first_vertex", "its smallest vertex on that date: with the date it is what the id is of"),
    ),
)
MEMBERS = Table(
    room="communities",
    name="members",
    grain="one row per vertex of the run that has an edge in the graph of communities",
    key=("vertex_id",),
    may_be_empty=True,
    columns=(_count("vertex_id", "the vertex"), _count("community_id", "its community")),
)
LINEAGE = Table(
    room="communities",
    name="lineage",
    grain="one row per thing that became of a community since the slice before; each of both dates has one at least",
    key=("event", "community_id", "previous_id"),
    may_be_empty=True,
    columns=(
        Column("event", TEXT, "what became of it", allowed=tuple(EVENTS)),
        _count("community_id", "the community of the date; of one that died, the one that died"),
        _count("previous_id", "the community of the slice before; null: it was born", nullable=True),
        _count("overlap", "vertices in both", "vertices"),
        _share("jaccard", "overlap, of the vertices in either"),
        _count("size", "vertices of community_id on the date", "vertices"),
        _count("size_before", "vertices of previous_id in the slice before", "vertices"),
    ),
)
CHURN = Table(
    room="communities",
    name="churn",
    grain="one row: how the communities of the date follow those of the slice before",
    key=(),
    columns=(
        Column("previous_as_of", DateType(), "the slice before; null: this one is the first", nullable=True),
        _count("communities", "of the date"),
        _count("communities_before", "of the slice before"),
        _count("kept", "vertices that are in both", "vertices"),
        _count("changed", "of these, those with another community_id", "vertices"),
        _share("churn", "changed, of kept; null: there is none", nullable=True),
        *(_count(event, f"rows of lineage: {meaning}") for event, meaning in EVENTS.items()),
    ),
)
PROFILES = Table(
    room="communities",
    name="profiles",
    grain="one row per community of two or more vertices",
    key=("community_id",),
    may_be_empty=True,
    columns=(
        _count("community_id", "the community"),
        Column("size", LONG, "vertices", "vertices", minimum=2),
        *(_count(f"{kind}s", f"members that are {kind}s") for kind in ENTITY_KINDS),
        _share("density", "pairs of members that an edge joins, of all pairs"),
        _share("conductance", "weight of edges that leave it, of all weight at its members or at all others"),
        _count("age_days", "since its id was first given", "days"),
        Column("growth", LONG, "members more than in the slice before; null: not in it", nullable=True),
        _count("new_members", "members that were not in it before; null: no slice before", nullable=True),
        Column("main_relation", TEXT, "of the largest share; null: no weight within", nullable=True),
        Column("relation_shares", MapType(TEXT, DOUBLE), "relation -> its share of the weight within, 0..1"),
        Column("countries", ArrayType(TEXT), "of most members first, three at most"),
        _count("shared_identifiers", "values that two or more members hold"),
        Column(
            "rarest_kind",
            TEXT,
            "kind of the one with the fewest holders in the marketplace; null: none is shared",
            nullable=True,
            allowed=IDENTIFIER_KINDS,
        ),
        Column("rarest_value", TEXT, "the first digits of its keyed hash", "16 hex digits", nullable=True),
        _count("rarest_holders", "entities that hold it, members or not", nullable=True),
        Column("money_30d", DOUBLE, "what merchants of it sold in 30 days", "currency", minimum=0),
        Column("money_within_30d", DOUBLE, "of it, what buyers of it bought", "currency", minimum=0),
        _count("known_violations", "members with a violation that was known before the date"),
    ),
)
