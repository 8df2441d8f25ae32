"""Members of the planted groups as rows: of blocks, and those behind a carrier's NAT."""

from __future__ import annotations

from collections.abc import Sequence

from marketgraph.synth.people import joined
from marketgraph.synth.rows import Rows
from marketgraph.synth.slots import Block
from marketgraph.synth.terms import Term, choose, col, floor, item_at, lit, pmod
from marketgraph.synth.world import World

# Those who have identifiers.
PEOPLE = ("merchant", "creator", "buyer")
_BEHIND_NAT = 0.2


def suspects(world: World) -> list[Block]:
    """The blocks whose members are in the truth. The contents of a collusion are not: its creator is."""
    return [block for block in world.blocks if block.entity_kind != "content"]


def members(world: World, blocks: Sequence[Block]) -> Rows:
    """One row per member of these blocks: group_kind, entity_kind, slot, group, place."""
    total = sum(b.groups * b.width for b in blocks)
    number, which = col("number"), col("which")
    # Where each block begins in the one range of numbers.
    begins = [sum(b.groups * b.width for b in blocks[:n]) for n in range(len(blocks))]
    earlier = [(number < begin, n) for n, begin in enumerate(begins[1:])]
    found = world.range("number", 0, total).extend(which=choose(*earlier, otherwise=len(blocks) - 1))
    shifts = [str(b.first - begin) for b, begin in zip(blocks, begins, strict=True)]
    named = found.extend(
        slot=number + item_at(shifts, which).cast("bigint"),
        group_kind=item_at([b.group_kind for b in blocks], which),
        entity_kind=item_at([b.entity_kind for b in blocks], which),
    )

    def of_its_block(what: list[Term]) -> Term:
        return choose(*[(which.equals(n), term) for n, term in enumerate(what)])

    placed = named.extend(
        group=of_its_block([b.group(col("slot")) for b in blocks]),
        place=of_its_block([b.place(col("slot")) for b in blocks]),
    )
    sized = placed.extend(members=of_its_block([b.members(col("group")) for b in blocks]))
    return sized.settled("group_kind", "entity_kind", "slot", "group", "place", "members").where(
        col("place") < col("members")
    )


def everybody(world: World, *, copies: int) -> Rows:
    """`copies` rows for each of PEOPLE: entity_kind, slot, and copy from 0."""
    sizes = [world.population(kind).size for kind in PEOPLE]
    number = col("number")
    each = world.range("id", 0, sum(sizes) * copies).select(
        number=floor(col("id") / copies), copy=pmod(col("id"), copies)
    )
    merchants, creators = sizes[0], sizes[0] + sizes[1]
    kinds = ((number < merchants, "merchant"), (number < creators, "creator"))
    slots = ((number < merchants, number), (number < creators, number - merchants))
    return each.select(
        "copy",
        entity_kind=choose(*kinds, otherwise="buyer"),
        slot=choose(*slots, otherwise=number - creators),
    )


def behind_nat(world: World) -> Rows:
    """One row per entity behind a NAT: entity_kind, slot, group. Rings are behind one like everybody."""
    who, draws = (kind_number(col("entity_kind")), col("slot")), world.draws
    found = everybody(world, copies=1).where(draws.chance("nat", _BEHIND_NAT, *who))
    return found.extend(group=draws.below("nat/which", world.nats, *who))


def kind_number(entity_kind: Term) -> Term:
    """The kind's place among PEOPLE, as an index of draws."""
    return by_kind(entity_kind, {kind: lit(n) for n, kind in enumerate(PEOPLE)})


def by_kind(entity_kind: Term, terms: dict[str, Term]) -> Term:
    """The term of the entity's kind; null for a kind that is not named."""
    return choose(*[(entity_kind.equals(kind), term) for kind, term in terms.items()])


def joined_by_kind(world: World) -> Term:
    """When the entity in entity_kind and slot joined; null for products and contents."""
    return by_kind(col("entity_kind"), {kind: joined(world, kind, col("slot")) for kind in PEOPLE})


def id_by_kind(world: World, *kinds: str) -> Term:
    """The id of the entity in entity_kind and slot."""
    return by_kind(col("entity_kind"), {kind: world.population(kind).id(col("slot")) for kind in kinds})


def is_guilty(world: World) -> Term:
    """Whether the entity in entity_kind and slot is a member of a guilty group."""
    guilty = lit(False)
    for block in suspects(world):
        if block.guilty:
            guilty = guilty | (col("entity_kind").equals(block.entity_kind) & block.has_member(col("slot")))
    return guilty
