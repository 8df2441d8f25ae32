"""Decisions against entities: four in ten of the guilty, late; and a few against the innocent."""

from __future__ import annotations

from marketgraph.synth.catalogue import with_listing
from marketgraph.synth.clock import at, between
from marketgraph.synth.members import id_by_kind, is_guilty, joined_by_kind, members, suspects
from marketgraph.synth.people import campaign
from marketgraph.synth.rows import Rows, union
from marketgraph.synth.terms import Term, call, choose, col, floor, greatest, least
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
_COLUMNS = ("entity_kind", "slot", "kind", "group")
_SUBJECTS = ("merchant", "product", "creator", "buyer")


def violations(world: World) -> Rows:
    """One row per decision against an entity; all of them known within the window."""
    every = union(_COLUMNS, _against_guilty(world), _against_innocent(world))
    decided = _with_decision(world, every.extend(since=_since(world)))
    return decided.select(
        *("entity_kind", "kind"),
        entity_id=id_by_kind(world, *_SUBJECTS),
        decided_at=at(col("decided")),
        known_at=at(col("known")),
    )


def _against_guilty(world: World) -> Rows:
    found = world.draws.chance("violation", _FOUND, call("xxhash64", col("entity_kind")), col("slot"))
    guilty = members(world, [block for block in suspects(world) if block.guilty]).where(found)
    deed = choose(*[(col("group_kind").equals(group_kind), deed) for group_kind, deed in _DEEDS.items()])
    return guilty.extend(kind=deed)


def _against_innocent(world: World) -> Rows:
    """Every so many-th slot from the first after the blocks on, so that there are some at any scale."""
    picked = []
    for entity_kind, (one_in, kind) in _MISJUDGED.items():
        population = world.population(entity_kind)
        count = -(-(population.size - population.settled_from) // one_in)
        slot = col("number") * one_in + population.settled_from
        picked.append(
            world.range("number", 0, count).extend(
                entity_kind=entity_kind, slot=slot, kind=kind, group=Term("CAST(NULL AS bigint)")
            )
        )
    return union(_COLUMNS, *picked).where(~is_guilty(world))


def _since(world: World) -> Term:
    """From when on the deed can be: of a review ring its campaign, of others when they joined."""
    is_campaign = col("kind").equals("fake_reviews") & ~col("group").is_null()
    return choose((is_campaign, campaign(world, col("group"))), otherwise=joined_by_kind(world))


def _with_decision(world: World, rows: Rows) -> Rows:
    """Adds `decided` and `known`. The decision dates the deed within 20 days of its first possible day.

    The deed of a product is listing it; of a collusion any time in the window's first half.
    """
    draws, who = world.draws, (call("xxhash64", col("kind"), col("entity_kind")), col("slot"))
    early = floor(draws.uniform("collusion/deed", *who) * (world.days * DAY // 2)) + world.start
    # Only a product has a listing: the others' is worked out and not used.
    listed = choose((col("entity_kind").equals("product"), col("slot_listed")), otherwise=col("since"))
    started = choose((col("kind").equals("collusion"), early), otherwise=greatest(listed, world.start))
    dated = with_listing(world, rows, "slot").extend(deed=started)
    last = world.end - (_LEAST_DELAY + 1) * DAY
    bound = dated.extend(until=greatest(col("deed"), least(col("deed") + 20 * DAY, last)))
    decided = bound.extend(decided=between(world, col("deed"), col("until"), "decided", *who))
    delay = draws.below("known", (_MOST_DELAY - _LEAST_DELAY) * DAY, *who) + _LEAST_DELAY * DAY
    return decided.extend(known=least(col("decided") + delay, world.end - 1))
