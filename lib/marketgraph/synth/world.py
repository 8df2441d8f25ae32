"""The world of one synthetic marketplace: its seed, its window, its populations and where groups are planted."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

from pyspark.sql import SparkSession

from marketgraph.errors import ConfigError
from marketgraph.synth.draws import Draws
from marketgraph.synth.rows import Rows
from marketgraph.synth.slots import COHORT, Block, Population

DAY = 86_400
LEAST_DAYS = 30
# Each merchant lists this many products of its own; the rest of the catalogue goes to merchants by popularity.
OWN_PRODUCTS = 4
# A campaign has at most this many products; the buyers of a collusion order this many times each.
MOST_TARGETS, FAKE_ROUNDS = 6, 6

# Entities at scale 1, and the fewest at any scale: there must be room for the planted groups.
_COUNTS = {
    "merchant": (2_000, 320),
    "product": (20_000, 3_200),
    "creator": (3_000, 120),
    "buyer": (50_000, 2_400),
    "content": (12_000, 400),
    "order": (200_000, 2_000),
    "browsing": (60_000, 600),
    "visit": (40_000, 400),
}
# Groups at scale 1, and the fewest at any scale.
_GROUPS = {
    "merchant_ring": (22, 3),
    "review_ring": (15, 3),
    "collusion": (12, 3),
    "copied_listings": (60, 6),
    "kiosk": (8, 2),
    "nat": (6, 2),
    "family": (1_500, 30),
    "warehouse": (5, 2),
}
GROUP_KINDS = tuple(_GROUPS)
GUILTY_KINDS = ("merchant_ring", "review_ring", "collusion", "copied_listings")
# group kind, entity kind, places of a group, smallest number of members; in the order of their slots.
_BLOCKS = (
    ("merchant_ring", "merchant", 8, 4),
    ("review_ring", "merchant", 3, 2),
    ("collusion", "merchant", 3, 1),
    ("warehouse", "merchant", 60, 25),
    ("kiosk", "merchant", 4, 2),
    ("review_ring", "buyer", 20, 10),
    ("collusion", "buyer", 8, 4),
    ("kiosk", "buyer", 300, 80),
    ("family", "buyer", 5, 2),
    ("collusion", "creator", 1, 1),
    ("collusion", "content", 12, 8),
    ("copied_listings", "product", 5, 2),
)
_PREFIXES = {"merchant": "M", "product": "P", "creator": "C", "content": "L", "buyer": "B"}


@dataclass(frozen=True)
class World:
    """All that the generator is told, and the layout that follows from it.

    start, end: seconds since 1970 (UTC); the window is [start, end). partitions: of each range; None: Spark's
    default. browsing, visits: how many looks at products and at contents lead to no order.
    """

    spark: SparkSession
    draws: Draws
    start: int
    days: int
    partitions: int | None
    merchants: Population
    products: Population
    creators: Population
    contents: Population
    buyers: Population
    orders: int
    browsing: int
    visits: int
    nats: int
    blocks: tuple[Block, ...]

    @property
    def end(self) -> int:
        """The second after the window."""
        return self.start + self.days * DAY

    def block(self, group_kind: str, entity_kind: str) -> Block:
        """Where the members of that kind are. Raises KeyError when the group has none of that kind."""
        return {(b.group_kind, b.entity_kind): b for b in self.blocks}[group_kind, entity_kind]

    def range(self, name: str, first: int, end: int) -> Rows:
        """One row for each number from first to end - 1."""
        return Rows.range(self.spark, first, end, name=name, partitions=self.partitions)

    def slots(self, kind: str) -> Rows:
        """One row per entity of a kind: `slot`."""
        return self.range("slot", 0, self.population(kind).size)

    def population(self, kind: str) -> Population:
        """The entities of a kind. Raises KeyError for a kind that is none."""
        every = (self.merchants, self.products, self.creators, self.contents, self.buyers)
        return {p.kind: p for p in every}[kind]

    @property
    def review_orders(self) -> int:
        """Places for the orders of review rings, from slot `orders` on."""
        block = self.block("review_ring", "buyer")
        return block.groups * block.width * MOST_TARGETS

    @property
    def fake_orders(self) -> int:
        """Places for the orders of collusions, after those of review rings."""
        block = self.block("collusion", "buyer")
        return block.groups * block.width * FAKE_ROUNDS

    @property
    def order_slots(self) -> int:
        """All places for orders, used or not."""
        return self.orders + self.review_orders + self.fake_orders


def world_of(
    spark: SparkSession, *, scale: float, seed: int, start: date, days: int, partitions: int | None = None
) -> World:
    """The world of a scale, a seed and a window.

    Raises ConfigError when scale is not above 0 or the window is under 30 days.
    """
    if scale <= 0:
        raise ConfigError(
            f"synthetic: scale is {scale}, it must be above 0", fix="give a scale such as 1 or 0.1"
        )
    if days < LEAST_DAYS:
        raise ConfigError(
            f"synthetic: days is {days}, a marketplace needs at least {LEAST_DAYS}", fix="give more days"
        )
    draws = Draws(seed)
    counts = {kind: max(least, round(full * scale)) for kind, (full, least) in _COUNTS.items()}
    groups = {kind: max(least, round(full * scale)) for kind, (full, least) in _GROUPS.items()}
    blocks = _lay_out(groups, draws, copies_from=OWN_PRODUCTS * counts["merchant"])

    def population(kind: str, shift: float) -> Population:
        taken = max((b.end for b in blocks if b.entity_kind == kind), default=0)
        settled_from = -(-taken // COHORT) * COHORT
        return Population(kind, _PREFIXES[kind], counts[kind], draws, settled_from, shift)

    return World(
        spark=spark,
        draws=draws,
        start=calendar.timegm(start.timetuple()),
        days=days,
        partitions=partitions,
        merchants=population("merchant", 8.0),
        products=population("product", 15.0),
        creators=population("creator", 10.0),
        contents=population("content", counts["content"] / 100),
        buyers=population("buyer", counts["buyer"] / 50),
        orders=counts["order"],
        browsing=counts["browsing"],
        visits=counts["visit"],
        nats=groups["nat"],
        blocks=blocks,
    )


def _lay_out(groups: dict[str, int], draws: Draws, *, copies_from: int) -> tuple[Block, ...]:
    """The blocks, one after the other within each kind; copies come after the merchants' own products."""
    free = {"product": copies_from}
    blocks = []
    for group_kind, entity_kind, width, smallest in _BLOCKS:
        first = free.get(entity_kind, 0)
        guilty = group_kind in GUILTY_KINDS
        block = Block(group_kind, entity_kind, guilty, first, groups[group_kind], width, smallest, draws)
        free[entity_kind] = block.end
        blocks.append(block)
    return tuple(blocks)
