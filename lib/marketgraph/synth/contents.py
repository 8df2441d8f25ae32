"""Live sessions and videos, their hosts, and the products that they feature."""

from __future__ import annotations

from pyspark.sql import functions as F

from marketgraph.synth.catalogue import own_product, with_listing
from marketgraph.synth.clock import HOUR, at, seasonal
from marketgraph.synth.people import joined
from marketgraph.synth.rows import Rows
from marketgraph.synth.terms import (
    Term,
    choose,
    col,
    floor,
    least,
    lit,
    pmod,
    words_joined,
)
from marketgraph.synth.words import CONTENT_WORDS
from marketgraph.synth.world import World

MOST_FEATURED = 7
# The host of a collusion features other merchants' products once in ten, to look like the others.
_LOYAL, _PARTNERS = 0.9, 0.6


def with_content(world: World, rows: Rows, content: str = "content") -> Rows:
    """Adds `host`, `live`, `started` and `ended` (of a video: the end of the window) of a content slot."""
    slot, draws, creators = col(content), world.draws, world.creators
    latest = lit(world.end - 6 * HOUR) - draws.below("content/latest", HOUR, slot)
    known = rows.extend(
        live=draws.chance("content/live", 0.4, slot),
        started=least(seasonal(world, "content", slot), latest),
        guest=creators.popular("host", slot),
    )
    dated = known.extend(guest_joined=joined(world, "creator", col("guest")))
    planted, colluders = world.block("collusion", "content"), world.block("collusion", "creator")
    host = choose(
        (planted.has_member(slot), colluders.slot(planted.group(slot), 0)),
        (col("guest_joined") <= col("started"), col("guest")),
        otherwise=creators.any_veteran("host/veteran", slot),
    )
    length = draws.below("content/length", 150 * 60, slot) + 30 * 60
    ended = choose((col("live"), col("started") + length), otherwise=world.end)
    return dated.extend(host=host, ended=ended)


def featured_count(world: World, content: Term) -> Term:
    """How many places for products the content has, 1 to MOST_FEATURED."""
    return world.draws.below("featured/count", MOST_FEATURED, content) + 1


def with_featured(world: World, rows: Rows) -> Rows:
    """Adds `product`, `product_seller` and `featured_at` at `place` of `content`, to rows with_content.

    A host turns to a few partner merchants and to popular products. A product that was not yet listed when
    the content began makes room for one of a veteran's.
    """
    content, place = col("content"), col("place")
    offered = rows.extend(offer=_offer(world, content, place)).apart()
    known = with_listing(world, offered, "offer").apart()
    veteran = world.merchants.any_veteran("featured/veteran", content, place)
    # Up to half of a session: later places come later.
    step = floor((col("ended") - col("started")) / (2 * MOST_FEATURED))
    in_time = col("offer_listed") <= col("started")
    return known.extend(
        product=choose((in_time, col("offer")), otherwise=own_product(veteran, place)),
        product_seller=choose((in_time, col("offer_seller")), otherwise=veteran),
        featured_at=choose((col("live"), col("started") + place * step), otherwise=col("started")),
    )


def _offer(world: World, content: Term, place: Term) -> Term:
    draws = world.draws
    planted, shops = world.block("collusion", "content"), world.block("collusion", "merchant")
    group, turn = planted.group(content), place + draws.below("featured/turn", 12, content)
    # By turns over the group's merchants, then over each one's products.
    members = shops.members(group)
    favoured = own_product(shops.slot(group, pmod(turn, members)), floor(turn / members))
    partner = world.merchants.popular("partner", col("host"), pmod(place, 3))
    bent = planted.has_member(content) & draws.chance("featured/loyal", _LOYAL, content, place)
    return choose(
        (bent, favoured),
        (
            draws.chance("featured/partner", _PARTNERS, content, place),
            own_product(partner, draws.below("featured/own", 1_000, content, place)),
        ),
        otherwise=world.products.popular("featured", content, place),
    )


def contents(world: World) -> Rows:
    """One row per live session or video."""
    slot, draws = col("slot"), world.draws
    number = (draws.below("content/number", 500, slot) + 1).cast("string")
    return with_content(world, world.slots("content"), "slot").select(
        content_id=world.contents.id(slot),
        creator_id=world.creators.id(col("host")),
        kind=choose((col("live"), "live"), otherwise="video"),
        title=words_joined(" #", draws.pick("content/topic", CONTENT_WORDS, slot), number),
        started_at=at(col("started")),
        ended_at=choose((col("live"), at(col("ended")))),
    )


def content_products(world: World) -> Rows:
    """One row per product featured in a content; one drawn for two places is featured from the first on."""
    places = world.range("id", 0, world.contents.size * MOST_FEATURED).select(
        content=floor(col("id") / MOST_FEATURED),
        place=pmod(col("id"), MOST_FEATURED),
    )
    used = places.where(col("place") < featured_count(world, col("content")))
    featured = with_featured(world, with_content(world, used))
    first = featured.frame.groupBy("content", "product").agg(F.min("featured_at").alias("featured_at"))
    return Rows(first).select(
        content_id=world.contents.id(col("content")),
        product_id=world.products.id(col("product")),
        featured_at=at(col("featured_at")),
    )
