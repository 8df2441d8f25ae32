"""The sequence tables: the last acts of each entity, the acts of each live session, and the vocabulary of both."""

from __future__ import annotations

from pyspark.sql.types import ArrayType, DateType, DoubleType, IntegerType, LongType, StringType

from marketgraph.tables.contract import Column, Table
from marketgraph.tables.sources import ENTITY_KINDS

INT, LONG, DOUBLE, STRING = IntegerType(), LongType(), DoubleType(), StringType()
FIELDS = ("verb", "object_kind", "price")
PADDING, UNKNOWN, FIRST_ID = 0, 1, 2


def _array(name: str, kind: IntegerType | LongType, meaning: str, unit: str = "") -> Column:
    return Column(name, ArrayType(kind), meaning, unit)


_ARRAYS = (
    Column("length", INT, "acts in it; each array has so many elements, oldest first", "acts", minimum=1),
    _array("verbs", INT, "what was done: ids of the vocabulary's field verb"),
    _array("object_kinds", INT, "kinds of `objects`: ids of the vocabulary's field object_kind"),
    _array("objects", LONG, "vertex ids of what it was done to; for a verb by:… of who did it"),
    _array(
        "prices", INT, "buckets of the price of one unit: ids of the field price; 1 where an act has none"
    ),
    _array("gaps", LONG, "since the act before, whole seconds; 0 for the first in the array", "s"),
    _array("times", LONG, "when, since 1970 in UTC, rounded down", "ms"),
)

SEQUENCES = Table(
    room="sequences",
    name="events",
    grain="one row per entity of a declared kind that did anything, or had it done to it, before as_of",
    key=("vertex_id",),
    may_be_empty=True,
    columns=(
        Column("vertex_id", LONG, "the entity", minimum=0),
        Column("kind", STRING, "its kind", allowed=ENTITY_KINDS),
        *_ARRAYS,
    ),
)

SESSIONS = Table(
    room="sequences",
    name="sessions",
    grain="one row per live content with acts on it, or on a product that it featured, from its start to its end",
    key=("vertex_id",),
    may_be_empty=True,
    columns=(
        Column("vertex_id", LONG, "the content", minimum=0),
        Column("kind", STRING, "its kind", allowed=("content",)),
        *_ARRAYS,
        _array("actor_kinds", INT, "kinds of `actors`: ids of the vocabulary's field object_kind"),
        _array("actors", LONG, "vertex ids of who acted"),
    ),
)

VOCABULARY = Table(
    room="sequences",
    name="vocabulary",
    grain=f"one row per token that was ever seen; append-only; id {PADDING} is padding, {UNKNOWN} unknown",
    key=("field", "id"),
    sliced=False,
    may_be_empty=True,
    columns=(
        Column("field", STRING, "which arrays hold its id", allowed=FIELDS),
        Column("token", STRING, "the verb, the kind, or the bucket of prices"),
        Column("id", INT, f"its number within the field, from {FIRST_ID} without gaps", minimum=FIRST_ID),
        Column("first_as_of", DateType(), "date of the run that first saw it"),
    ),
)
SEQUENCE_TABLES = (VOCABULARY, SEQUENCES, SESSIONS)


def _count_of(name: str, meaning: str) -> Column:
    return Column(name, LONG, meaning, "count", minimum=0)


def _number_of(name: str, meaning: str, unit: str = "", maximum: float | None = None) -> Column:
    return Column(
        name, DOUBLE, f"{meaning}; null: no such act", unit, nullable=True, minimum=0, maximum=maximum
    )


# What a model without memory can take of a sequence: at most the last N acts before the moment.
STATISTICS = (
    _count_of("seq_length", "acts in the sequence"),
    _count_of("seq_verbs", "distinct verbs"),
    _count_of("seq_objects", "distinct objects"),
    _count_of("seq_prices", "distinct buckets of prices"),
    _number_of("seq_repeats", "share of acts on an object that was acted on before", maximum=1),
    _number_of("seq_verb_entropy", "Shannon entropy of the verbs", "nat"),
    _number_of("seq_priced", "share of acts with a price", maximum=1),
    _number_of("seq_gap_mean", "mean time between two acts", "s"),
    _number_of("seq_gap_median", "lower median of the time between two acts", "s"),
    _number_of("seq_gap_least", "least time between two acts", "s"),
    _number_of("seq_quick", "share of acts within a minute of the act before", maximum=1),
    _number_of("seq_days_since", "since the last act", "days"),
)
