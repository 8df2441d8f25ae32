"""The entity tables: one row per real thing as of the date, with its vertex id and its span of activity."""

from __future__ import annotations

from pyspark.sql.types import BooleanType, DateType, LongType, StringType, TimestampType

from marketgraph.tables.contract import Column, Table
from marketgraph.tables.sources import ENTITY_KINDS, MONEY

LONG, STRING, TIME = LongType(), StringType(), TimestampType()


def _entity(name: str, kind: str, grain: str, *own: Column) -> Table:
    return Table(
        room="entities",
        name=name,
        grain=grain,
        key=("vertex_id",),
        may_be_empty=kind in ("creator", "content"),
        columns=(
            Column("vertex_id", LONG, "stable integer id from the append-only map", minimum=0),
            Column(f"{kind}_id", STRING, f"the marketplace's id of the {kind}"),
            *own,
            Column(
                "first_activity", TIME, "first time it did or met anything; null: never", "UTC", nullable=True
            ),
            Column(
                "last_activity", TIME, "last time before the run's date; null: never", "UTC", nullable=True
            ),
        ),
    )


def _text(name: str, meaning: str) -> Column:
    return Column(name, STRING, meaning, nullable=True)


def _time(name: str, meaning: str) -> Column:
    return Column(name, TIME, meaning, "UTC", nullable=True)


MERCHANTS = _entity(
    "merchants",
    "merchant",
    "one row per merchant",
    _text("name", "the public name of the shop"),
    _text("country", "country of registration"),
    _text("city", "city of registration"),
    _time("registered_at", "when the merchant joined"),
)
PRODUCTS = _entity(
    "products",
    "product",
    "one row per product",
    _text("title", "the listing's title"),
    _text("category", "the marketplace's category"),
    Column("price", MONEY, "listed price", "currency", nullable=True, minimum=0),
    _time("listed_at", "when it was listed"),
)
CREATORS = _entity(
    "creators",
    "creator",
    "one row per creator",
    _text("name", "the public name"),
    _text("country", "country of registration"),
    _time("joined_at", "when the creator joined"),
)
CONTENTS = _entity(
    "contents",
    "content",
    "one row per live session or video",
    Column("kind", STRING, "live session or video", allowed=("live", "video")),
    _text("title", "its title"),
    _time("started_at", "when it began or was published"),
)
BUYERS = _entity(
    "buyers",
    "buyer",
    "one row per buyer",
    _text("country", "country or region"),
    _text("city", "city"),
    _time("registered_at", "when the buyer joined"),
)

ENTITY_TABLES = {
    "merchant": MERCHANTS,
    "product": PRODUCTS,
    "creator": CREATORS,
    "content": CONTENTS,
    "buyer": BUYERS,
}

VERTEX_IDS = Table(
    room="entities",
    name="vertex_ids",
    grain="one row per entity that was ever seen; append-only, never renumbered",
    key=("vertex_id",),
    sliced=False,
    numbered="vertex_id",
    columns=(
        Column("entity_kind", STRING, "kind of the entity", allowed=ENTITY_KINDS),
        Column("entity_id", STRING, "the marketplace's id of the entity"),
        Column("vertex_id", LONG, "its integer id, from 0 without gaps", minimum=0),
        Column("first_as_of", DateType(), "date of the run that first saw it"),
        Column("tombstone", BooleanType(), "true once the entity was erased; the id is never given again"),
    ),
)
