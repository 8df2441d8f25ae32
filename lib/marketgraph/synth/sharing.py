"""The identifiers that planted groups share: what links a ring, and what links the innocent all the same."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame, SparkSession

from marketgraph.synth.clock import at
from marketgraph.synth.identifiers import COLUMNS, identifier_text, own_identifiers, with_sightings
from marketgraph.synth.people import joined
from marketgraph.synth.terms import (
    Term,
    Value,
    choose,
    choose_columns,
    col,
    extend,
    floor,
    item_at,
    least,
    pmod,
)
from marketgraph.synth.world import World

# A merchant ring uses two of these kinds, or all three, with up to MOST_SHARED values each.
RING_KINDS, MOST_SHARED = ("device", "bank", "address"), 3
NAT_KINDS, _BEHIND_NAT = ("merchant", "creator", "buyer"), 0.2
_HOLDS, _HOLDS_MORE = 0.6, 0.25
# Group kind, kind of its members, what all of them hold.
_HELD_BY_ALL = (
    ("kiosk", "merchant", "device"),
    ("kiosk", "buyer", "device"),
    ("family", "buyer", "device"),
    ("family", "buyer", "address"),
    ("warehouse", "merchant", "address"),
)


def identifiers(world: World, spark: SparkSession) -> DataFrame:
    """One row per identifier of an entity, own or shared, in clear."""
    every = [
        *[own_identifiers(world, spark, kind) for kind in NAT_KINDS],
        _rings(world, spark),
        *[_collusions(world, spark, kind) for kind in ("creator", "merchant")],
        _review_rings(world, spark),
        *[_held_by_all(world, spark, *held) for held in _HELD_BY_ALL],
        *[_nat_holders(world, spark, kind) for kind in NAT_KINDS],
    ]
    seen = with_sightings(world, reduce(DataFrame.unionByName, [frame.select(*COLUMNS) for frame in every]))
    holder = [(col("entity_kind").equals(k), world.population(k).id(col("slot"))) for k in NAT_KINDS]
    return choose_columns(
        seen,
        *("entity_kind", "kind"),
        entity_id=choose(*holder),
        value=identifier_text(world, col("kind"), col("code")),
        first_seen=at(col("first")),
        last_seen=at(col("last")),
    )


def _holding(world: World, frame: DataFrame, entity_kind: str, kind: Value, code: Term) -> DataFrame:
    since = joined(world, entity_kind, col("slot"))
    return choose_columns(frame, "slot", entity_kind=entity_kind, kind=kind, code=code, known_from=since)


def _held_by_all(
    world: World, spark: SparkSession, group_kind: str, entity_kind: str, kind: str
) -> DataFrame:
    """All members of a group hold its one value of a kind."""
    members = world.block(group_kind, entity_kind).frame(spark, world.partitions)
    return _holding(
        world, members, entity_kind, kind, world.draws.hash64(f"{group_kind}/{kind}", col("group"))
    )


def _rings(world: World, spark: SparkSession) -> DataFrame:
    """Values of merchant rings. The ring is connected, yet not each pair shares a value.

    One kind is the ring's backbone: its values go round the members in order, and where one value ends and
    the next begins a member holds both, so that all are linked in a chain. The other kinds each have a value
    that the first and the last member hold; all other holdings are drawn.
    """
    ring, draws = world.block("merchant_ring", "merchant"), world.draws
    cells = len(RING_KINDS) * MOST_SHARED
    grid = ring.frame(spark, world.partitions).selectExpr("*", f"explode(sequence(0L, {cells - 1}L)) AS cell")
    group, place, cell = col("group"), col("place"), col("cell")
    which, number = floor(cell / MOST_SHARED), pmod(cell, MOST_SHARED)
    known = extend(
        extend(
            grid, which=which, number=number, backbone=draws.below("ring/backbone", len(RING_KINDS), group)
        ),
        values=draws.below("ring/values", MOST_SHARED, group, which) + 1,
        members=ring.members(group),
    )
    held = known.where(_holds(world, group, place, cell).text)
    code = draws.hash64("merchant_ring", group, cell)
    return _holding(world, held, "merchant", item_at(RING_KINDS, col("which")), code)


def _holds(world: World, group: Term, place: Term, cell: Term) -> Term:
    """Whether the ring member at a place holds the value of a cell (a kind and a number)."""
    draws, number, values, members = world.draws, col("number"), col("values"), col("members")
    is_backbone = col("which").equals(col("backbone"))
    # Two kinds for two rings in three: the one after the backbone is left out.
    unused = pmod(col("backbone") + 1, len(RING_KINDS)).equals(col("which"))
    is_used = ~(unused & draws.chance("ring/two_kinds", 2 / 3, group)) & (number < values)
    low, high = floor(place * values / members), floor((place + 1) * values / members)
    in_chain = is_backbone & (number.equals(low) | number.equals(least(high, values - 1)))
    at_ends = ~is_backbone & number.equals(0) & (place.equals(0) | place.equals(members - 1))
    share = choose((is_backbone, _HOLDS_MORE), otherwise=_HOLDS)
    return is_used & (in_chain | at_ends | (draws.uniform("ring/holds", col("slot"), cell) < share))


def _collusions(world: World, spark: SparkSession, entity_kind: str) -> DataFrame:
    """A creator and its merchants at one device, or at one bank account."""
    members = world.block("collusion", entity_kind).frame(spark, world.partitions)
    kind = choose((world.draws.chance("collusion/bank", 0.5, col("group")), "bank"), otherwise="device")
    return _holding(world, members, entity_kind, kind, world.draws.hash64("collusion", col("group")))


def _review_rings(world: World, spark: SparkSession) -> DataFrame:
    """About half of a review ring's buyers write from one of two devices."""
    members, draws = world.block("review_ring", "buyer").frame(spark, world.partitions), world.draws
    sharing = members.where(draws.chance("review_ring/shares", 0.5, col("slot")).text)
    which = draws.below("review_ring/which", 2, col("slot"))
    return _holding(world, sharing, "buyer", "device", draws.hash64("review_ring", col("group"), which))


def nat_frame(world: World, spark: SparkSession, entity_kind: str) -> DataFrame:
    """One row per entity behind a carrier's NAT: `slot`, `group`. Rings are behind it like everybody."""
    slot, salt = col("slot"), f"nat/{entity_kind}"
    slots = world.population(entity_kind).frame(spark, world.partitions)
    behind = slots.where(world.draws.chance(salt, _BEHIND_NAT, slot).text)
    return extend(behind, group=world.draws.below(f"{salt}/which", world.nats, slot))


def _nat_holders(world: World, spark: SparkSession, entity_kind: str) -> DataFrame:
    code = world.draws.hash64("nat", col("group"))
    return _holding(world, nat_frame(world, spark, entity_kind), entity_kind, "ip", code)
