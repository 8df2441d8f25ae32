"""Identifiers in clear, as a source has them before they are hashed: each entity's own, and when it was seen.

No value is anybody's: devices have locally administered addresses, banks a country code kept for users,
phones an unassigned country, ip addresses are of the prefix for documentation.
"""

from __future__ import annotations

from marketgraph.synth.catalogue import hex_digits
from marketgraph.synth.clock import between
from marketgraph.synth.members import PEOPLE, everybody, joined_by_kind, kind_number
from marketgraph.synth.people import city
from marketgraph.synth.rows import Rows
from marketgraph.synth.terms import Term, call, choose, col, floor, item_at, least, lit, words_joined
from marketgraph.synth.titles import part
from marketgraph.synth.words import STREETS
from marketgraph.synth.world import DAY, World

# Kind of holder -> its own identifiers: kind, and the share of holders that have it. One kind can come twice.
_OWN: dict[str, tuple[tuple[str, float], ...]] = {
    "merchant": (("device", 1), ("device", 0.4), ("bank", 1), ("phone", 0.9), ("address", 0.95), ("ip", 1)),
    "creator": (("device", 1), ("device", 0.3), ("bank", 0.8), ("phone", 0.7), ("ip", 1), ("address", 0)),
    "buyer": (
        ("device", 1),
        ("device", 0.25),
        ("payment", 0.8),
        ("phone", 0.6),
        ("address", 0.85),
        ("ip", 1),
    ),
}
_EACH = 6


def own_identifiers(world: World) -> Rows:
    """One row per identifier that an entity has for itself: entity_kind, slot, kind, code (of the value)."""
    draws, who = world.draws, (kind_number(col("entity_kind")), col("slot"), col("copy"))
    listed = [own for kind in PEOPLE for own in _OWN[kind]]
    place = kind_number(col("entity_kind")) * _EACH + col("copy")
    share = item_at([str(share) for _, share in listed], place).cast("double")
    has = draws.uniform("own/has", *who) < share
    return (
        everybody(world, copies=_EACH)
        .where(has)
        .extend(kind=item_at([kind for kind, _ in listed], place), code=draws.hash64("own/code", *who))
    )


def with_sightings(world: World, rows: Rows) -> Rows:
    """Adds `first` and `last` second of sight: after the holder joined, before the end of the window.

    Half of the identifiers are seen within two days, the others come with time.
    """
    draws, index = world.draws, (col("slot"), col("code"))
    soon = floor(draws.uniform("sight/soon", *index) * (2 * DAY))
    late = floor(draws.uniform("sight/late", *index) * (60 * DAY))
    lag = choose((draws.chance("sight/prompt", 0.5, *index), soon), otherwise=late)
    known = rows.extend(joined=joined_by_kind(world))
    seen = known.extend(first=least(col("joined") + lag, world.end - DAY))
    return seen.extend(last=between(world, col("first"), world.end, "sight/last", *index))


def identifier_text(world: World, kind: Term, code: Term) -> Term:
    """The value in clear that a kind and a code of 64 bits stand for."""
    digits = hex_digits(world.draws.hash64("hex", code))
    return choose(
        (kind.equals("device"), _mac_address(digits)),
        (kind.equals("ip"), _ip_address(digits)),
        (
            kind.equals("bank"),
            call("concat", "XM", _digits(world, "1", 10, code), _digits(world, "2", 10, code)),
        ),
        (kind.equals("payment"), words_joined("-", "9999", *[_digits(world, n, 4, code) for n in "123"])),
        (kind.equals("phone"), call("concat", "+999 ", _digits(world, "1", 10, code))),
        (kind.equals("address"), _street_address(world, code)),
    )


def _digits(world: World, salt: str, count: int, code: Term) -> Term:
    number = world.draws.below(f"digits/{salt}/{count}", 10**count, code)
    return call("lpad", number.cast("string"), lit(count).cast("int"), "0")


def _mac_address(digits: Term) -> Term:
    return words_joined(":", "02", *[part(digits, n, 2) for n in range(1, 11, 2)])


def _ip_address(digits: Term) -> Term:
    return words_joined(":", "2001:db8", *[part(digits, n, 4) for n in (1, 5, 9)], ":1")


def _street_address(world: World, code: Term) -> Term:
    draws = world.draws
    street = words_joined(
        " ",
        (draws.below("address/house", 400, code) + 1).cast("string"),
        draws.pick("address/street", STREETS, code),
        "Street, flat",
        (draws.below("address/flat", 200, code) + 1).cast("string"),
    )
    return words_joined(
        ", ", street, words_joined(" ", _digits(world, "post", 5, code), city(world, "address", code))
    )
