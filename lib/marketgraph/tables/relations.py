"""The catalogue of relations as values: what each joins, which sources it is made of, what an edge of it says."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

from marketgraph.tables.sources import ENTITY_KINDS, IDENTIFIER_KINDS

Pair = tuple[str, str]
PEOPLE = ("merchant", "creator", "buyer")
# What stands for a shared value with too many holders, where its policy joins them to it in place of each other.
HUB = "hub"


@dataclass(frozen=True)
class Relation:
    """One relation of the catalogue.

    pairs: the kinds of (src, dst) that it can join; both ends of a grouped relation are in the order of
    ENTITY_KINDS. sources: names of the source tables it is made of. grouped: its edges are pairs of a group (the
    holders of a value, the products of a basket); else each fact names both ends. confirmed: a pair counts only
    after the two were compared, or after the times of their acts were. tally: what evidence_count counts.
    """

    name: str
    pairs: tuple[Pair, ...]
    sources: tuple[str, ...]
    meaning: str
    tally: str
    grouped: bool = False
    confirmed: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of entities that can be an end, in the order of ENTITY_KINDS."""
        ends = {kind for pair in self.pairs for kind in pair}
        return tuple(kind for kind in ENTITY_KINDS if kind in ends)

    @property
    def pair_names(self) -> tuple[str, ...]:
        """`merchant-buyer` and the like, as configs and reports name a pair of kinds."""
        return tuple("-".join(pair) for pair in self.pairs)


def pairs_of(kinds: tuple[str, ...]) -> tuple[Pair, ...]:
    """Every pair of these kinds, a kind with itself too, each in the order of ENTITY_KINDS."""
    ordered = [kind for kind in ENTITY_KINDS if kind in kinds]
    return tuple(combinations_with_replacement(ordered, 2))


_LINES = ("orders", "order_items")

_ACTIVITY = (
    Relation(
        "sells",
        (("merchant", "product"),),
        ("products", *_LINES),
        "the merchant lists or sold the product",
        "lines sold, and one for the listing",
    ),
    Relation(
        "hosts", (("creator", "content"),), ("contents",), "the creator hosts the session or video", "1"
    ),
    Relation(
        "features", (("content", "product"),), ("content_products",), "the content features the product", "1"
    ),
    Relation(
        "bought_product", (("buyer", "product"),), _LINES, "the buyer ordered the product", "order lines"
    ),
    Relation(
        "bought_merchant",
        (("buyer", "merchant"),),
        _LINES,
        "the buyer ordered from the merchant",
        "order lines",
    ),
    Relation(
        "reviewed_product",
        (("buyer", "product"),),
        ("reviews", *_LINES),
        "the buyer reviewed the product or an order of it",
        "reviews",
    ),
    Relation(
        "reviewed_merchant",
        (("buyer", "merchant"),),
        ("reviews", *_LINES),
        "the buyer reviewed what the merchant sold",
        "reviews",
    ),
    Relation("viewed_product", (("buyer", "product"),), ("events",), "the buyer viewed the product", "views"),
    Relation(
        "viewed_merchant",
        (("buyer", "merchant"),),
        ("events", "products"),
        "the buyer viewed a product that the merchant lists",
        "views",
    ),
    Relation(
        "returned_product", (("buyer", "product"),), ("events",), "the buyer returned the product", "returns"
    ),
    Relation(
        "returned_merchant",
        (("buyer", "merchant"),),
        ("events", "products"),
        "the buyer returned a product that the merchant lists",
        "returns",
    ),
)
_SHARING = tuple(
    Relation(
        f"shares_{kind}",
        pairs_of(PEOPLE),
        ("identifiers",),
        f"two were seen at one {kind}",
        "values shared",
        grouped=True,
    )
    for kind in IDENTIFIER_KINDS
)
_CO_BEHAVIOUR = (
    Relation(
        "bought_together",
        (("product", "product"),),
        _LINES,
        "two products were in one order",
        "orders with both",
        grouped=True,
    ),
    Relation(
        "same_buyers",
        (("merchant", "merchant"),),
        _LINES,
        "two merchants sold to the same buyers",
        "buyers of both",
        grouped=True,
    ),
    Relation(
        "features_same_merchants",
        (("creator", "creator"),),
        ("contents", "content_products", "products"),
        "two creators featured products of the same merchants",
        "merchants featured by both",
        grouped=True,
    ),
    Relation(
        "reviewed_together",
        (("buyer", "buyer"),),
        ("reviews", *_LINES),
        "two buyers gave the same products the same stars within days",
        "products that both reviewed so, those in a rush of reviews more than once",
        grouped=True,
        confirmed=True,
    ),
    Relation(
        "bursts",
        pairs_of(PEOPLE),
        ("events",),
        "two acted on the same objects within seconds",
        "acts of one within seconds of the other's",
        grouped=True,
        confirmed=True,
    ),
)
_LOOK_ALIKE = tuple(
    Relation(
        f"look_alike_{what}",
        (("product", "product"),),
        ("products",),
        f"two listings of different merchants {meaning}",
        "1",
        grouped=True,
        confirmed=confirmed,
    )
    for what, meaning, confirmed in (
        ("titles", "have nearly the same title", True),
        ("images", "have nearly the same image", True),
        ("measures", "have the same category and measures", False),
    )
)

RELATIONS = {r.name: r for r in (*_ACTIVITY, *_SHARING, *_CO_BEHAVIOUR, *_LOOK_ALIKE)}
GROUPED = {name: r for name, r in RELATIONS.items() if r.grouped}
SHARING = {r.name: r for r in _SHARING}


def relations_of(kind: str) -> tuple[str, ...]:
    """The relations that a vertex of this kind can be an end of, in catalogue order."""
    return tuple(name for name, relation in RELATIONS.items() if kind in relation.kinds)
