"""Merchants, creators and buyers: when they joined, where they are and what they are called."""

from __future__ import annotations

from marketgraph.synth.clock import at
from marketgraph.synth.rows import Rows
from marketgraph.synth.slots import Population
from marketgraph.synth.terms import (
    Term,
    Value,
    call,
    choose,
    col,
    floor,
    item_at,
    lit,
    words_joined,
)
from marketgraph.synth.words import CITIES, FIRST_NAMES, SHOP_WORDS, SYLLABLES
from marketgraph.synth.world import DAY, World

# A joining date of the oldest is not known: it was lost when the marketplace moved, long before the window.
_UNDATED = 0.95
_CITIES = [city for cities in CITIES.values() for city in cities]
_CITY_COUNTRY = [country for country, cities in CITIES.items() for _ in cities]
# The first city of a country is its largest.
_CITY_WEIGHTS = [weight for cities in CITIES.values() for weight in (6, 3, 2)[: len(cities)]]
# Who benefits from a group's deeds, or pays for them, was there before.
_ACCOMPLICES = {"merchant": ("review_ring", "collusion"), "creator": ("collusion",), "buyer": ("collusion",)}


def campaign(world: World, group: Term) -> Term:
    """The second at which a review ring's campaign begins: 15-70 % into the window."""
    share = world.draws.uniform("campaign", group) * 0.55 + 0.15
    return floor(share * (world.days * DAY)) + world.start


def joined(world: World, kind: str, slot: Term) -> Term:
    """The second at which a merchant, creator or buyer joined: a function of its slot.

    Veterans joined 10-730 days before the window, the others in its first 85 %. Members of merchant rings join
    one after the other, buyers of review rings shortly before their campaign.
    """
    population, age = world.population(kind), world.draws.uniform(f"age/{kind}", slot)
    is_veteran = population.is_veteran(slot)
    for group_kind in _ACCOMPLICES[kind]:
        is_veteran = is_veteran | world.block(group_kind, kind).covers(slot)
    veteran = lit(world.start - 10 * DAY) - floor(age * (720 * DAY))
    newcomer = floor(age * int(0.85 * world.days * DAY)) + world.start
    usual = choose((is_veteran, veteran), otherwise=newcomer)
    if kind == "merchant":
        ring = world.block("merchant_ring", kind)
        return choose((ring.has_member(slot), _ring_joining(world, slot)), otherwise=usual)
    if kind == "buyer":
        ring = world.block("review_ring", kind)
        recruited = campaign(world, ring.group(slot)) - floor(age * (19 * DAY)) - DAY
        return choose((ring.has_member(slot), recruited), otherwise=usual)
    return usual


def _ring_joining(world: World, slot: Term) -> Term:
    """Ring members join 2-7 days apart; the first of them 70 days before the window or later."""
    draws, ring = world.draws, world.block("merchant_ring", "merchant")
    group = ring.group(slot)
    opening = floor(draws.uniform("ring/opening", group) * (world.days * DAY // 2))
    gap = draws.below("ring/gap", 6, group) + 2
    jitter = draws.below("ring/jitter", DAY, slot)
    return opening + ring.place(slot) * gap * DAY + jitter + (world.start - 70 * DAY)


def joined_at(world: World, kind: str, slot: Term) -> Term:
    """The joining time as the marketplace knows it: null for the oldest one in twenty veterans."""
    second = joined(world, kind, slot)
    undated = (world.draws.uniform(f"age/{kind}", slot) > _UNDATED) & (second < world.start - 365 * DAY)
    return choose((~undated, at(second)))


def merchants(world: World) -> Rows:
    """One row per merchant."""
    slot, population = col("slot"), world.merchants
    return world.slots("merchant").select(
        merchant_id=population.id(slot),
        name=words_joined(" ", brand(world, slot), world.draws.pick("shop/word", SHOP_WORDS, slot)),
        **_place(world, population),
        registered_at=joined_at(world, "merchant", slot),
    )


def creators(world: World) -> Rows:
    """One row per creator."""
    slot, population, draws = col("slot"), world.creators, world.draws
    number = draws.below("creator/number", 10_000, slot).cast("string")
    return world.slots("creator").select(
        creator_id=population.id(slot),
        name=words_joined("_", draws.pick("creator/name", FIRST_NAMES, slot), number),
        country=_place(world, population)["country"],
        joined_at=joined_at(world, "creator", slot),
    )


def buyers(world: World) -> Rows:
    """One row per buyer."""
    slot, population = col("slot"), world.buyers
    return world.slots("buyer").select(
        buyer_id=population.id(slot),
        **_place(world, population),
        registered_at=joined_at(world, "buyer", slot),
    )


def brand(world: World, shop: Term) -> Term:
    """The merchant's brand: three syllables."""
    parts = [world.draws.pick(f"brand/{n}", SYLLABLES, shop) for n in range(3)]
    return call("initcap", call("concat", *parts))


def _place(world: World, population: Population) -> dict[str, Value]:
    number = world.draws.weighted(f"city/{population.kind}", _CITY_WEIGHTS, col("slot"))
    return {"country": item_at(_CITY_COUNTRY, number), "city": item_at(_CITIES, number)}


def city(world: World, salt: str, *index: Value) -> Term:
    """A city's name, the larger ones more often."""
    return item_at(_CITIES, world.draws.weighted(salt, _CITY_WEIGHTS, *index))
