"""Decisions against entities: four in ten of the guilty, late; and a few against the innocent."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame, SparkSession

from marketgraph.synth.catalogue import with_listing
from marketgraph.synth.clock import at, between
from marketgraph.synth.people import campaign, joined
from marketgraph.synth.slots import Block
from marketgraph.synth.terms import choose_columns, col, extend, floor, greatest, least, pmod
from marketgraph.synth.truth import is_guilty, suspects
from marketgraph.synth.world import DAY, World

_FOUND = 0.4
# A decision becomes known 3 to 28 days after the date that it gives the deed.
_LEAST_DELAY, _MOST_DELAY = 3, 28
_DEEDS = {
    "merchant_ring": "fraud",
    "review_ring": "fake_reviews",
    "collusion": "collusion",
    "copied_listings": "counterfeit",
}
# Of the innocent one in so many is judged wrongly, and for what.
_MISJUDGED = {"merchant": (250, "fraud"), "buyer": (8_000, "fake_reviews"), "product": (4_000, "counterfeit")}


def violations(world: World, spark: SparkSession) -> DataFrame:
    """One row per decision against an entity; all of them known within the window."""
    guilty = [_against(world, spark, block) for block in suspects(world) if block.guilty]
    innocent = [_wrongly(world, spark, kind) for kind in _MISJUDGED]
    return reduce(DataFrame.unionByName, [*guilty, *innocent])


def _against(world: World, spark: SparkSession, block: Block) -> DataFrame:
    salt = f"violation/{block.group_kind}/{block.entity_kind}"
    found = block.frame(spark, world.partitions).where(world.draws.chance(salt, _FOUND, col("slot")).text)
    return _decided(world, _with_deed(world, found, block), block.entity_kind, _DEEDS[block.group_kind])


def _with_deed(world: World, frame: DataFrame, block: Block) -> DataFrame:
    """Adds `deed`: joining the ring, the campaign, copying the listing; of a collusion any time in its first half."""
    slot = col("slot")
    if block.group_kind == "merchant_ring":
        return extend(frame, deed=greatest(joined(world, "merchant", slot), world.start))
    if block.group_kind == "review_ring":
        return extend(frame, deed=campaign(world, col("group")))
    if block.group_kind == "copied_listings":
        return with_listing(world, frame, "slot").withColumnRenamed("slot_listed", "deed")
    early = floor(world.draws.uniform("collusion/deed", slot) * (world.days * DAY // 2))
    return extend(frame, deed=early + world.start)


def _wrongly(world: World, spark: SparkSession, entity_kind: str) -> DataFrame:
    """Every so many-th slot from the first after the blocks on, so that there are some at any scale."""
    one_in, kind = _MISJUDGED[entity_kind]
    population, slot = world.population(entity_kind), col("slot")
    is_picked = pmod(slot - population.settled_from, one_in).equals(0) & (slot >= population.settled_from)
    innocent = is_picked & ~is_guilty(world, entity_kind, slot)
    picked = population.frame(spark, world.partitions).where(innocent.text)
    if entity_kind == "product":
        known = with_listing(world, picked, "slot").withColumnRenamed("slot_listed", "since")
    else:
        known = extend(picked, since=joined(world, entity_kind, slot))
    return _decided(world, extend(known, deed=greatest(col("since"), world.start)), entity_kind, kind)


def _decided(world: World, frame: DataFrame, entity_kind: str, kind: str) -> DataFrame:
    """The decision dates the deed within 20 days of it; it is known days to weeks later."""
    draws, slot = world.draws, col("slot")
    last = world.end - (_LEAST_DELAY + 1) * DAY
    until = greatest(col("deed"), least(col("deed") + 20 * DAY, last))
    decided = extend(
        extend(frame, until=until), decided=between(world, col("deed"), col("until"), f"decided/{kind}", slot)
    )
    delay = draws.below(f"known/{kind}", (_MOST_DELAY - _LEAST_DELAY) * DAY, slot) + _LEAST_DELAY * DAY
    return choose_columns(
        decided,
        entity_kind=entity_kind,
        entity_id=world.population(entity_kind).id(slot),
        kind=kind,
        decided_at=at(col("decided")),
        known_at=at(least(col("decided") + delay, world.end - 1)),
    )
