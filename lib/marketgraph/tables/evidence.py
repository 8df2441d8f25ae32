"""The evidence tables: for the top of each ranking, why it stands there. A subject is an entity or a community."""

from __future__ import annotations

from pyspark.sql.types import ArrayType, DoubleType, LongType, StringType, TimestampType

from marketgraph.tables.contract import Column, Table
from marketgraph.tables.relations import RELATIONS
from marketgraph.tables.sources import IDENTIFIER_KINDS

LONG, DOUBLE, TEXT, TIME = LongType(), DoubleType(), StringType(), TimestampType()
SUBJECT_KINDS = ("entity", "community")
_SUBJECT = (
    Column("subject", TEXT, "what it is told of", allowed=SUBJECT_KINDS),
    Column("subject_id", LONG, "its vertex_id or community_id", minimum=0),
    Column("domain", TEXT, "the sort of risk, of the config's"),
)
_KEY = ("subject", "subject_id", "domain")


def _share(name: str, meaning: str, *, nullable: bool = False) -> Column:
    return Column(name, DOUBLE, meaning, nullable=nullable, minimum=0, maximum=1)


def _rank(meaning: str) -> Column:
    return Column("rank", LONG, meaning, minimum=1)


SUBJECTS = Table(
    room="evidence",
    name="subjects",
    grain="one row per entity or community at the top of a domain's ranking",
    key=_KEY,
    may_be_empty=True,
    columns=(
        *_SUBJECT,
        _rank("its rank in the domain"),
        _share("score", "its score in the domain"),
        Column("visits", DOUBLE, "walks that are expected to visit it; null: a community", nullable=True),
        Column(
            "own", DOUBLE, "of these, that begin at it: a known violation or a hint", nullable=True, minimum=0
        ),
        Column("received", DOUBLE, "of these, that come along its ties", nullable=True, minimum=0),
    ),
)
EDGES = Table(
    room="evidence",
    name="edges",
    grain="one row per edge of a subject, the strongest ones: of a community those within it",
    key=(*_KEY, "rank"),
    may_be_empty=True,
    columns=(
        *_SUBJECT,
        _rank("1 for the edge that brings most visits, of a community the one of the largest weight"),
        Column("vertex_id", LONG, "the entity; of a community the edge's smaller end", minimum=0),
        Column("neighbour", LONG, "the other end", minimum=0),
        Column("neighbour_kind", TEXT, "its kind"),
        Column("relation", TEXT, "of the edge", allowed=tuple(RELATIONS)),
        Column("weight", DOUBLE, "evidence x recency x rarity", minimum=0),
        Column("evidence_count", LONG, "facts that speak for it", "facts", minimum=1),
        Column("evidence", DOUBLE, "what they count for", minimum=0),
        _share("recency", "factor of the weight"),
        _share("rarity", "factor of the weight"),
        Column("first_seen", TIME, "first of the facts; null: before the data", "UTC", nullable=True),
        Column("last_seen", TIME, "last of the facts; null: before the data", "UTC", nullable=True),
        Column(
            "brings",
            DOUBLE,
            "visits that come along it, of a community to both ends; null: no tie of the domain, or no score",
            nullable=True,
            minimum=0,
        ),
        _share(
            "score_without", "the subject's score without it, to first order; null as brings", nullable=True
        ),
    ),
)
HELD = Table(
    room="evidence",
    name="identifiers",
    grain="one row per identifier that an entity shares with another, or that two members of a community share",
    key=(*_KEY, "rank"),
    may_be_empty=True,
    columns=(
        *_SUBJECT,
        _rank("1 for the one that most members hold; then the one of the fewest holders"),
        Column("kind", TEXT, "of the identifier", allowed=IDENTIFIER_KINDS),
        Column("value", TEXT, "the first digits of its keyed hash", "hex digits"),
        Column("holders", LONG, "entities that hold it, in the whole marketplace", "entities", minimum=2),
        Column("within", LONG, "of these, members of the subject; 1 of an entity", "entities", minimum=1),
        Column("others", ArrayType(TEXT), "some of the other holders, as kind:id, by name"),
    ),
)
PATHS = Table(
    room="evidence",
    name="paths",
    grain="one row per known violator near an entity, or near a community's member of the highest spread",
    key=(*_KEY, "rank"),
    may_be_empty=True,
    columns=(
        *_SUBJECT,
        _rank(
            "1 for the nearest; of equal ones the one along the largest sum of weights, then of smaller ids"
        ),
        Column("seed", LONG, "the violator", minimum=0),
        Column("hops", LONG, "ties of the path; 0: the entity itself", "ties", minimum=0),
        Column("strength", DOUBLE, "sum of the ties' weights, with the domain's factors", minimum=0),
        Column("vertices", ArrayType(LONG), "of the path, the subject's first, the violator last"),
        Column("relations", ArrayType(TEXT), "of its ties, the strongest where several join two vertices"),
    ),
)
REASONS = Table(
    room="evidence",
    name="reasons",
    grain="one row per reason code that holds of a subject",
    key=(*_KEY, "code"),
    may_be_empty=True,
    columns=(
        *_SUBJECT,
        Column("code", TEXT, "of docs/reason-codes.md"),
        Column("count", LONG, "facts that it is said for: edges, instances, or 1", "facts", minimum=1),
    ),
)
EVIDENCE_TABLES = (SUBJECTS, EDGES, HELD, PATHS, REASONS)
