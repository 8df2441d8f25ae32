"""The identifiers that planted groups share: what links a ring, and what links the innocent all the same."""

from __future__ import annotations

from marketgraph.synth.clock import at
from marketgraph.synth.draws import Draws
from marketgraph.synth.identifiers import identifier_text, own_identifiers, with_sightings
from marketgraph.synth.members import PEOPLE, behind_nat, id_by_kind, members
from marketgraph.synth.rows import Rows, union
from marketgraph.synth.terms import Term, call, choose, col, floor, greatest, item_at, least, pmod
from marketgraph.synth.world import World

# A merchant ring uses two of these kinds, or all three, with up to MOST_SHARED values each.
RING_KINDS, MOST_SHARED = ("device", "bank", "address"), 3
_HOLDS, _HOLDS_MORE = 0.4, 0.15
# Group kind -> what all its members hold, of which kinds; one value of each.
HELD_BY_ALL = {"kiosk": ("device",), "family": ("device", "address"), "warehouse": ("address",)}
_COLUMNS = ("entity_kind", "slot", "kind", "code")


def identifiers(world: World) -> Rows:
    """One row per identifier of an entity, own or shared, in clear."""
    nat = behind_nat(world).extend(kind="ip", code=world.draws.hash64("nat/code", col("group")))
    every = union(_COLUMNS, own_identifiers(world), _rings(world), _held_by_groups(world), nat)
    return with_sightings(world, every).select(
        *("entity_kind", "kind"),
        entity_id=id_by_kind(world, *PEOPLE),
        value=identifier_text(world, col("kind"), col("code")),
        first_seen=at(col("first")),
        last_seen=at(col("last")),
    )


def _held_by_groups(world: World) -> Rows:
    """What all of a group hold; of a review ring about half the buyers hold one of two devices."""
    draws, group_kind, group = world.draws, col("group_kind"), col("group")
    blocks = [
        b for b in world.blocks if b.group_kind in HELD_BY_ALL or (b.group_kind, b.entity_kind) in _SOME
    ]
    shares = ~group_kind.equals("review_ring") | draws.chance("review_ring/shares", 0.5, col("slot"))
    kinds = [(group_kind.equals(g), call("array", *kinds)) for g, kinds in HELD_BY_ALL.items()]
    collusion = choose((draws.chance("collusion/bank", 0.5, group), call("array", "bank")))
    alone = call("coalesce", choose((group_kind.equals("collusion"), collusion)), call("array", "device"))
    held = members(world, blocks).where(shares).for_each("kind", choose(*kinds, otherwise=alone))
    return held.extend(code=_group_code(draws))


# The members of these groups that hold something are of one kind, or are creator and merchants.
_SOME = (("review_ring", "buyer"), ("collusion", "merchant"), ("collusion", "creator"))


def _group_code(draws: Draws) -> Term:
    which = choose(
        (col("group_kind").equals("review_ring"), draws.below("review_ring/which", 2, col("slot"))),
        otherwise=0,
    )
    return draws.hash64("held", call("xxhash64", col("group_kind"), col("kind")), col("group"), which)


def _rings(world: World) -> Rows:
    """Values of merchant rings. The ring is connected, yet not each pair shares a value.

    One kind is the ring's backbone: its values go round the members in order, and where one value ends and
    the next begins a member holds both, so that all are linked in a chain. The other kinds each have a value
    that the first and the last member hold; all other holdings are drawn.
    """
    draws, group, cell = world.draws, col("group"), col("cell")
    ring = members(world, [world.block("merchant_ring", "merchant")])
    cells = call("sequence", 0, len(RING_KINDS) * MOST_SHARED - 1)
    numbered = ring.for_each("cell", cells).extend(
        which=floor(cell / MOST_SHARED),
        number=pmod(cell, MOST_SHARED),
        backbone=draws.below("ring/backbone", len(RING_KINDS), group),
    )
    # One to three values of a kind, of the backbone at least two.
    least_values = choose((col("which").equals(col("backbone")), 2), otherwise=1)
    drawn = draws.below("ring/values", MOST_SHARED, group, col("which")) + 1
    known = numbered.extend(values=greatest(drawn, least_values))
    return known.where(_holds(draws)).extend(
        kind=item_at(RING_KINDS, col("which")), code=draws.hash64("ring/code", group, cell)
    )


def _holds(draws: Draws) -> Term:
    """Whether the ring member at a place holds the value of a cell (a kind and a number)."""
    place, number, values, size = col("place"), col("number"), col("values"), col("members")
    is_backbone = col("which").equals(col("backbone"))
    # Two kinds for two rings in three: the one after the backbone is left out.
    unused = pmod(col("backbone") + 1, len(RING_KINDS)).equals(col("which"))
    is_used = ~(unused & draws.chance("ring/two_kinds", 2 / 3, col("group"))) & (number < values)
    low, high = floor(place * values / size), floor((place + 1) * values / size)
    in_chain = is_backbone & (number.equals(low) | number.equals(least(high, values - 1)))
    at_ends = ~is_backbone & number.equals(0) & (place.equals(0) | place.equals(size - 1))
    share = choose((is_backbone, _HOLDS_MORE), otherwise=_HOLDS)
    return is_used & (in_chain | at_ends | (draws.uniform("ring/holds", col("slot"), col("cell")) < share))
