"""The canonical source tables: what a marketplace's raw tables are mapped to.

Times are UTC. Money is in the currency of its order, in major units with four decimals. A null `first_seen`
or `registered_at` means "known since before the data begins".
"""

from __future__ import annotations

from pyspark.sql.types import (
    DataType,
    DecimalType,
    IntegerType,
    MapType,
    StringType,
    TimestampType,
)

from marketgraph.tables.contract import ENTITY, Column, Reference, Table

STRING, INTEGER, TIME = StringType(), IntegerType(), TimestampType()
MONEY = DecimalType(18, 4)
ENTITY_KINDS = ("merchant", "product", "creator", "content", "buyer")
IDENTIFIER_KINDS = ("device", "payment", "phone", "address", "ip", "bank")


def _id(name: str, meaning: str) -> Column:
    return Column(name, STRING, meaning)


def _maybe(name: str, kind: DataType, meaning: str, unit: str = "") -> Column:
    return Column(name, kind, meaning, unit=unit, nullable=True)


def _kind(name: str, meaning: str, allowed: tuple[str, ...]) -> Column:
    return Column(name, STRING, meaning, allowed=allowed)


MERCHANTS = Table(
    room="sources",
    name="merchants",
    grain="one row per merchant",
    key=("merchant_id",),
    event_time="registered_at",
    columns=(
        _id("merchant_id", "the marketplace's id of the merchant"),
        _maybe("name", STRING, "the public name of the shop"),
        _maybe("country", STRING, "country of registration", "ISO 3166 code or region"),
        _maybe("city", STRING, "city of registration"),
        _maybe("registered_at", TIME, "when the merchant joined", "UTC"),
    ),
)

PRODUCTS = Table(
    room="sources",
    name="products",
    grain="one row per product (listing)",
    key=("product_id",),
    event_time="listed_at",
    references=(Reference(("merchant_id",), "merchants"),),
    columns=(
        _id("product_id", "the marketplace's id of the product"),
        _maybe("merchant_id", STRING, "who lists it; null where several merchants sell one product"),
        _maybe("title", STRING, "the listing's title"),
        _maybe("category", STRING, "the marketplace's category"),
        _maybe("image_hash", STRING, "perceptual hash of the main image", "16 hex digits"),
        _maybe(
            "measures",
            STRING,
            "weight and size of the article as the source writes them, in one fixed order; "
            "equal text means equal measures",
        ),
        Column("price", MONEY, "listed price", "currency", nullable=True, minimum=0),
        _maybe("listed_at", TIME, "when it was listed", "UTC"),
    ),
)

CREATORS = Table(
    room="sources",
    name="creators",
    grain="one row per creator",
    key=("creator_id",),
    event_time="joined_at",
    columns=(
        _id("creator_id", "the marketplace's id of the creator"),
        _maybe("name", STRING, "the public name"),
        _maybe("country", STRING, "country of registration", "ISO 3166 code or region"),
        _maybe("joined_at", TIME, "when the creator joined", "UTC"),
    ),
)

CONTENTS = Table(
    room="sources",
    name="contents",
    grain="one row per live session or video",
    key=("content_id",),
    event_time="started_at",
    references=(Reference(("creator_id",), "creators"),),
    spans=(("started_at", "ended_at"),),
    columns=(
        _id("content_id", "the marketplace's id of the session or video"),
        _id("creator_id", "who hosts it"),
        _kind("kind", "live session or video", ("live", "video")),
        _maybe("title", STRING, "its title"),
        Column("started_at", TIME, "when the session began or the video was published", "UTC"),
        _maybe("ended_at", TIME, "when the session ended; null for a video", "UTC"),
    ),
)

CONTENT_PRODUCTS = Table(
    room="sources",
    name="content_products",
    grain="one row per product featured in a content",
    key=("content_id", "product_id"),
    event_time="featured_at",
    references=(Reference(("content_id",), "contents"), Reference(("product_id",), "products")),
    columns=(
        _id("content_id", "the content"),
        _id("product_id", "the product that it features"),
        Column("featured_at", TIME, "when it was first featured there", "UTC"),
    ),
)

BUYERS = Table(
    room="sources",
    name="buyers",
    grain="one row per buyer",
    key=("buyer_id",),
    event_time="registered_at",
    columns=(
        _id("buyer_id", "the marketplace's id of the buyer (a pseudonym, not a name)"),
        _maybe("country", STRING, "country or region", "ISO 3166 code or region"),
        _maybe("city", STRING, "city"),
        _maybe("registered_at", TIME, "when the buyer joined", "UTC"),
    ),
)

ORDERS = Table(
    room="sources",
    name="orders",
    grain="one row per order",
    key=("order_id",),
    event_time="ordered_at",
    references=(Reference(("buyer_id",), "buyers"), Reference(("content_id",), "contents")),
    columns=(
        _id("order_id", "the marketplace's id of the order"),
        _id("buyer_id", "who ordered"),
        Column("ordered_at", TIME, "when it was placed", "UTC"),
        _kind("status", "where it stands", ("open", "paid", "shipped", "delivered", "cancelled", "returned")),
        _maybe("content_id", STRING, "the live session or video it came from"),
        _maybe("currency", STRING, "currency of the order's amounts", "ISO 4217"),
    ),
)

ORDER_ITEMS = Table(
    room="sources",
    name="order_items",
    grain="one row per line of an order",
    key=("order_id", "item_number"),
    references=(
        Reference(("order_id",), "orders"),
        Reference(("merchant_id",), "merchants"),
        Reference(("product_id",), "products"),
    ),
    columns=(
        _id("order_id", "the order"),
        Column("item_number", INTEGER, "line of the order, from 1", minimum=1),
        _id("merchant_id", "who sold it"),
        _id("product_id", "what was sold"),
        Column("quantity", INTEGER, "units of the product", "units", minimum=1),
        Column("unit_price", MONEY, "price of one unit", "currency", minimum=0),
        Column("shipping", MONEY, "shipping charged for the line", "currency", nullable=True, minimum=0),
    ),
)

REVIEWS = Table(
    room="sources",
    name="reviews",
    grain="one row per review of an order or of a product",
    key=("review_id", "order_id"),
    event_time="reviewed_at",
    references=(Reference(("order_id",), "orders"), Reference(("product_id",), "products")),
    columns=(
        _id("review_id", "the marketplace's id of the review"),
        _id("order_id", "the order that was reviewed; its buyer is the reviewer"),
        _maybe("product_id", STRING, "the product; null when the review is of the whole order"),
        Column("rating", INTEGER, "stars", "1 to 5", minimum=1, maximum=5),
        Column("reviewed_at", TIME, "when it was written", "UTC"),
    ),
)

PAYMENTS = Table(
    room="sources",
    name="payments",
    grain="one row per payment of an order",
    key=("order_id", "payment_number"),
    event_time="paid_at",
    references=(Reference(("order_id",), "orders"),),
    columns=(
        _id("order_id", "the order that it pays"),
        Column("payment_number", INTEGER, "payment of the order, from 1", minimum=1),
        _maybe("method", STRING, "card, transfer, voucher …"),
        Column("amount", MONEY, "amount paid", "currency", minimum=0),
        _maybe("paid_at", TIME, "when; null means with its order", "UTC"),
    ),
)

IDENTIFIERS = Table(
    room="sources",
    name="identifiers",
    grain="one row per observation of an identifier at an entity",
    key=("entity_kind", "entity_id", "kind", "value", "first_seen"),
    event_time="first_seen",
    references=(Reference(("entity_kind", "entity_id"), ENTITY),),
    spans=(("first_seen", "last_seen"),),
    columns=(
        _kind("entity_kind", "kind of the holder", ENTITY_KINDS),
        _id("entity_id", "the holder"),
        _kind("kind", "kind of the identifier", IDENTIFIER_KINDS),
        Column("value", STRING, "the identifier, as a keyed hash", personal=True),
        _maybe("first_seen", TIME, "first sight of this observation; null: since before the data", "UTC"),
        Column(
            "last_seen",
            TIME,
            "last sight; one at or after the run's date counts as just before it",
            "UTC",
            nullable=True,
            lasts=True,
        ),
    ),
)

EVENTS = Table(
    room="sources",
    name="events",
    grain="one row per act of an actor on an object",
    key=("event_id",),
    event_time="occurred_at",
    references=(
        Reference(("actor_kind", "actor_id"), ENTITY),
        Reference(("object_kind", "object_id"), ENTITY),
    ),
    columns=(
        _id("event_id", "the marketplace's id of the event"),
        _kind("actor_kind", "kind of the actor", ENTITY_KINDS),
        _id("actor_id", "who acted"),
        _id("verb", "view, add_to_cart, return, follow, join …"),
        _kind("object_kind", "kind of the object", ENTITY_KINDS),
        _id("object_id", "what it was done to"),
        Column("occurred_at", TIME, "when", "UTC"),
        _maybe("properties", MapType(STRING, STRING), "further facts; no personal identifiers"),
    ),
)

VIOLATIONS = Table(
    room="sources",
    name="violations",
    grain="one row per decision against an entity",
    key=("entity_kind", "entity_id", "kind", "decided_at"),
    event_time="decided_at",
    known_time="known_at",
    references=(Reference(("entity_kind", "entity_id"), ENTITY),),
    columns=(
        _kind("entity_kind", "kind of the entity", ENTITY_KINDS),
        _id("entity_id", "the entity"),
        _id("kind", "what was decided: counterfeit, fake_reviews, fraud …"),
        Column("decided_at", TIME, "when the deed is dated by the decision", "UTC"),
        Column("known_at", TIME, "when the decision became known", "UTC"),
    ),
)

# Without a row of each before a run's date there is no marketplace yet.
CORE_TABLES = (MERCHANTS, BUYERS, ORDERS)

# In the order in which references resolve: a table comes after those that it names.
SOURCE_TABLES = (
    MERCHANTS,
    PRODUCTS,
    CREATORS,
    CONTENTS,
    CONTENT_PRODUCTS,
    BUYERS,
    ORDERS,
    ORDER_ITEMS,
    REVIEWS,
    PAYMENTS,
    IDENTIFIERS,
    EVENTS,
    VIOLATIONS,
)

REHASHED = Table(
    room="sources",
    name="rehashed",
    grain="one row per identifier of the slice, while the key of their hash is changed",
    key=("kind", "previous_value"),
    may_be_empty=True,
    columns=(
        _kind("kind", "kind of the identifier", IDENTIFIER_KINDS),
        Column(
            "previous_value", STRING, "its hash by the key before, as earlier slices have it", personal=True
        ),
        Column("value", STRING, "its hash by the key in force, as in sources.identifiers", personal=True),
    ),
)

QUARANTINE = Table(
    room="quality",
    name="quarantine",
    grain="one row per refused source row",
    key=(),
    may_be_empty=True,
    columns=(
        _id("table", "the canonical table that it was meant for"),
        _id("reason", "why it was refused, one word of a closed list"),
        _maybe("column", STRING, "the column at fault"),
        _maybe("bad_value", STRING, "the value at fault; hashed where the column is personal"),
        _id("source_file", "file that it came from (its name, no folder)"),
        _id("raw_row", "the row as JSON of its raw columns; personal columns hashed"),
    ),
)
