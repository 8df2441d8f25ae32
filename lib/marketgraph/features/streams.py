"""The streams that features count: rows with a time, made of the source tables, each described here as a value.

What a row of a stream says is what was known at its own time. The state of an order is not: it is that of the run's
date, and no event dates it, so that a feature of an earlier moment would see the future. It is in no stream; that an
order came back is an event (`verb = 'return'`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Type = Literal["text", "whole", "money", "time", "flag"]


@dataclass(frozen=True)
class StreamColumn:
    """A column of a stream. minimum: no value is below it."""

    name: str
    type: Type
    meaning: str
    unit: str = ""
    minimum: float | None = None


@dataclass(frozen=True)
class Stream:
    """What a stream's rows are.

    ends: columns of entities' ids -> the kind, or the column that names each row's kind. times: columns that can date
    a row, the usual one first. known: column of the time since when all that a row says was known; None: its own time.
    """

    name: str
    grain: str
    sources: tuple[str, ...]
    columns: tuple[StreamColumn, ...]
    ends: dict[str, str]
    times: tuple[str, ...]
    known: str | None = None

    @property
    def types(self) -> dict[str, Type]:
        """Type by column."""
        return {column.name: column.type for column in self.columns}

    def column(self, name: str) -> StreamColumn:
        """The column of that name. Raises KeyError when there is none."""
        return {column.name: column for column in self.columns}[name]

    def ends_of(self, kind: str) -> tuple[str, ...]:
        """The columns that can hold an id of that kind."""
        return tuple(c for c, told in self.ends.items() if told == kind or told.endswith("_kind"))


def _text(name: str, meaning: str) -> StreamColumn:
    return StreamColumn(name, "text", meaning)


def _whole(name: str, meaning: str, unit: str, minimum: float | None = 0) -> StreamColumn:
    return StreamColumn(name, "whole", meaning, unit, minimum)


def _money(name: str, meaning: str) -> StreamColumn:
    return StreamColumn(name, "money", meaning, "currency", 0)


def _time(name: str, meaning: str) -> StreamColumn:
    return StreamColumn(name, "time", meaning, "UTC")


_BUYER = _text("buyer_id", "the buyer")
_MERCHANT = _text("merchant_id", "the merchant")
_PRODUCT = _text("product_id", "the product")
_CONTENT = _text("content_id", "the live session or video")
_CREATOR = _text("creator_id", "who hosts the content")
_ORDER = _text("order_id", "the order")
_HOUR = _whole("hour", "hour of the day", "0 to 23, UTC")
_KNOWN = _time("known_at", "since when all of the row was known")

ORDER_LINES = Stream(
    "order_lines",
    "one row per line of an order, with what the order says",
    ("order_items", "orders", "contents"),
    (
        *(_ORDER, _BUYER, _MERCHANT, _PRODUCT),
        _text("content_id", "the live session or video that the order came from"),
        _text("creator_id", "its host; null where it began after the order"),
        _text("content_kind", "live or video; null as creator_id"),
        _text("currency", "currency of the order"),
        _whole("quantity", "units of the product", "units"),
        _money("unit_price", "price of one unit"),
        _money("amount", "quantity times unit price"),
        _money("shipping", "shipping charged for the line"),
        *(_HOUR, _time("ordered_at", "when it was placed")),
    ),
    {
        "merchant_id": "merchant",
        "product_id": "product",
        "buyer_id": "buyer",
        "content_id": "content",
        "creator_id": "creator",
    },
    ("ordered_at",),
)
ORDERS = Stream(
    "orders",
    "one row per order",
    ("orders", "contents"),
    (
        *(_ORDER, _BUYER),
        _text("content_id", "the live session or video that it came from"),
        _text("creator_id", "its host; null where it began after the order"),
        _text("content_kind", "live or video; null as creator_id"),
        _text("currency", "currency of the order"),
        *(_HOUR, _time("ordered_at", "when it was placed")),
    ),
    {"buyer_id": "buyer", "content_id": "content", "creator_id": "creator"},
    ("ordered_at",),
)
REVIEWS = Stream(
    "reviews",
    "one row per review and order that it is of",
    ("reviews", "orders"),
    (
        _text("review", "the review of the order"),
        *(_ORDER, _BUYER),
        _whole("rating", "stars", "1 to 5", 1),
        _whole("days_after_order", "whole days since the order", "days", None),
        *(_time("reviewed_at", "when it was written"), _KNOWN),
    ),
    {"buyer_id": "buyer"},
    ("reviewed_at",),
    "known_at",
)
REVIEWED_PRODUCTS = Stream(
    "reviewed_products",
    "one row per review, product and merchant that it is of: a review of a whole order is of each of its products",
    ("reviews", "orders", "order_items"),
    (
        _text("review", "the review of the order"),
        *(_ORDER, _BUYER, _PRODUCT),
        _text("merchant_id", "who sold it in that order; null where the order has no line of it"),
        _whole("rating", "stars", "1 to 5", 1),
        _whole("days_after_order", "whole days since the order", "days", None),
        *(_time("reviewed_at", "when it was written"), _KNOWN),
    ),
    {"product_id": "product", "merchant_id": "merchant", "buyer_id": "buyer"},
    ("reviewed_at",),
    "known_at",
)
PAYMENTS = Stream(
    "payments",
    "one row per payment of an order",
    ("payments", "orders"),
    (
        *(_ORDER, _BUYER),
        _text("method", "card, transfer, voucher …"),
        _money("amount", "amount paid"),
        *(_time("paid_at", "when; with its order where it is not said"), _KNOWN),
    ),
    {"buyer_id": "buyer"},
    ("paid_at",),
    "known_at",
)
CONTENTS = Stream(
    "contents",
    "one row per live session or video",
    ("contents",),
    (
        *(_CONTENT, _CREATOR, _text("kind", "live or video"), _HOUR),
        _time("started_at", "when it began or was published"),
    ),
    {"content_id": "content", "creator_id": "creator"},
    ("started_at",),
)
SESSIONS = Stream(
    "sessions",
    "one row per live session that has ended",
    ("contents",),
    (
        *(_CONTENT, _CREATOR, _whole("minutes", "whole minutes that it lasted", "minutes")),
        *(_time("started_at", "when it began"), _time("ended_at", "when it ended, and its length was known")),
    ),
    {"content_id": "content", "creator_id": "creator"},
    ("ended_at",),
)
FEATURED = Stream(
    "featured",
    "one row per product featured in a content",
    ("content_products", "contents", "products"),
    (
        *(_CONTENT, _PRODUCT, _CREATOR),
        _text("merchant_id", "who lists the product; null where it was listed later"),
        *(_time("featured_at", "when it was first featured there"), _KNOWN),
    ),
    {
        "content_id": "content",
        "product_id": "product",
        "creator_id": "creator",
        "merchant_id": "merchant",
    },
    ("featured_at",),
    "known_at",
)
EVENTS = Stream(
    "events",
    "one row per act of an actor on an object",
    ("events", "products", "contents"),
    (
        *(
            _text("event_id", "the act"),
            _text("actor_kind", "kind of the actor"),
            _text("actor_id", "who acted"),
        ),
        *(_text("verb", "view, add_to_cart, return, join …"), _text("object_kind", "kind of the object")),
        _text("object_id", "what it was done to"),
        _text("merchant_id", "who lists the product acted on; null where it was listed later"),
        _text("creator_id", "who hosts the content acted on; null where it began later"),
        *(_HOUR, _time("occurred_at", "when")),
    ),
    {
        "actor_id": "actor_kind",
        "object_id": "object_kind",
        "merchant_id": "merchant",
        "creator_id": "creator",
    },
    ("occurred_at",),
)
IDENTIFIERS = Stream(
    "identifiers",
    "one row per observation of an identifier at an entity; one without a first sight is in no window",
    ("identifiers",),
    (
        *(_text("entity_kind", "kind of the holder"), _text("entity_id", "the holder")),
        *(_text("kind", "device, payment, phone, address, ip or bank"), _text("value", "its keyed hash")),
        _time("first_seen", "first sight of this observation"),
    ),
    {"entity_id": "entity_kind"},
    ("first_seen",),
)
VIOLATIONS = Stream(
    "violations",
    "one row per decision against an entity, counted once it is known",
    ("violations", "products"),
    (
        *(_text("entity_kind", "kind of the entity"), _text("entity_id", "the entity")),
        _text("kind", "what was decided: counterfeit, fraud …"),
        _text("merchant_id", "who lists the product decided against; null where it was listed later"),
        *(_time("decided_at", "when the deed is dated"), _KNOWN),
    ),
    {"entity_id": "entity_kind", "merchant_id": "merchant"},
    ("known_at", "decided_at"),
    "known_at",
)
LISTINGS = Stream(
    "listings",
    "one row per product with a merchant and a date of listing",
    ("products",),
    (
        *(_PRODUCT, _text("merchant_id", "who lists it"), _text("category", "the marketplace's category")),
        *(_money("price", "listed price"), _time("listed_at", "when it was listed")),
    ),
    {"product_id": "product", "merchant_id": "merchant"},
    ("listed_at",),
)

STREAMS = {
    stream.name: stream
    for stream in (
        ORDER_LINES,
        ORDERS,
        REVIEWS,
        REVIEWED_PRODUCTS,
        PAYMENTS,
        CONTENTS,
        SESSIONS,
        FEATURED,
        EVENTS,
        IDENTIFIERS,
        VIOLATIONS,
        LISTINGS,
    )
}
