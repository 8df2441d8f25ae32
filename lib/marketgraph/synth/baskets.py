"""Baskets: who orders when, which product first, and from which content. All in slots and seconds.

Four streams make them: orders straight from the catalogue, orders from contents, campaigns of review rings
and sham orders of collusions. Columns: order, buyer, product, content (null when none), live, opened (since
when the buyer can have looked at the product), at, lines, campaign (whether it is a review ring's).
"""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from marketgraph.synth.catalogue import own_product, with_listing
from marketgraph.synth.clock import HOUR, between, seasonal_from
from marketgraph.synth.contents import featured_count, with_content, with_featured
from marketgraph.synth.people import campaign, joined
from marketgraph.synth.terms import (
    Term,
    Value,
    choose,
    choose_columns,
    col,
    extend,
    floor,
    greatest,
    least,
    lit,
    pmod,
)
from marketgraph.synth.world import DAY, FAKE_ROUNDS, MOST_TARGETS, World

# How often an order has 1, 2, 3 and 4 lines: one and a half on average.
_LINES = (0.66, 0.22, 0.08, 0.04)
MOST_LINES = len(_LINES)
_FROM_CONTENT, _LOYAL, _CAMPAIGN_DAYS, _VIDEO_DAYS = 0.25, 0.25, 4, 30
COLUMNS = ("order", "buyer", "product", "content", "live", "opened", "at", "lines", "campaign")
ORDER = col("order")


def baskets(world: World, spark: SparkSession) -> DataFrame:
    """One row per order, see the module."""
    streams = (
        _direct(world, spark),
        _from_contents(world, spark),
        _campaigns(world, spark),
        _shams(world, spark),
    )
    return reduce(DataFrame.unionByName, [stream.select(*COLUMNS) for stream in streams])


def settled(frame: DataFrame) -> DataFrame:
    """The same rows. Filters that come later are worked out after, not before, what this frame computes.

    Spark moves a filter below projections by repeating their expressions in it; with expressions built on
    one another that multiplies the work. A generator is where it stops.
    """
    return frame.select(F.inline(F.array(F.struct(*frame.columns))))


def _numbers(world: World, spark: SparkSession, first: int, end: int) -> DataFrame:
    return spark.range(first, end, 1, world.partitions).withColumnRenamed("id", "order")


def _line_count(world: World) -> Term:
    return world.draws.weighted("lines", _LINES, ORDER) + 1


def _is_from_content(world: World) -> Term:
    return world.draws.chance("order/content", _FROM_CONTENT, ORDER)


def _direct(world: World, spark: SparkSession) -> DataFrame:
    """Orders from the catalogue: popular products, and for one in four the buyer's favourite merchant."""
    draws = world.draws
    numbers = _numbers(world, spark, 0, world.orders).where((~_is_from_content(world)).text)
    known = extend(numbers, buyer=world.buyers.popular("order/buyer", ORDER))
    favourite = world.merchants.popular("favourite", col("buyer"))
    product = choose(
        (
            draws.chance("order/loyal", _LOYAL, ORDER),
            own_product(favourite, draws.below("favourite/product", 1_000, ORDER)),
        ),
        otherwise=world.products.popular("order/product", ORDER),
    )
    buying = extend(known, product=product, buyer_joined=joined(world, "buyer", col("buyer")))
    dated = extend(
        with_listing(world, buying, "product"),
        since=greatest(col("buyer_joined"), col("product_listed"), world.start),
    )
    placed = extend(dated, at=seasonal_from(world, col("since"), "order", ORDER))
    opened = greatest(col("since"), col("at") - 6 * HOUR)
    return _without_content(placed, opened=opened, lines=_line_count(world), campaign=False)


def _without_content(frame: DataFrame, **columns: Value) -> DataFrame:
    return extend(frame, content=Term("CAST(NULL AS bigint)"), live=False, **columns)


def _from_contents(world: World, spark: SparkSession) -> DataFrame:
    """Orders of a featured product: within the live session, or in the 30 days after a video came out."""
    buyers = world.buyers
    numbers = _numbers(world, spark, 0, world.orders).where(_is_from_content(world).text)
    invited = extend(
        numbers,
        content=world.contents.popular("order/which", ORDER),
        buyer_1=buyers.popular("order/buyer", ORDER),
        buyer_2=buyers.popular("order/buyer/2", ORDER),
    )
    dated = extend(
        invited,
        joined_1=joined(world, "buyer", col("buyer_1")),
        joined_2=joined(world, "buyer", col("buyer_2")),
    )
    buyer = choose(
        (col("joined_1") <= col("at"), col("buyer_1")),
        (col("joined_2") <= col("at"), col("buyer_2")),
        otherwise=buyers.any_veteran("order/veteran", ORDER),
    )
    return _within_content(world, dated, lines=_line_count(world), buyer=buyer)


def _within_content(world: World, frame: DataFrame, *, lines: Value, buyer: Term) -> DataFrame:
    """From a frame with `order` and `content`: the product, the moment, and the buyer, who can depend on it."""
    place = world.draws.below("order/place", featured_count(world, col("content")), ORDER)
    placed = with_featured(world, with_content(world, extend(frame, place=place)))
    until = least(col("ended"), col("featured_at") + _VIDEO_DAYS * DAY)
    timed = extend(placed, until=until)
    bought = extend(timed, at=between(world, col("featured_at"), col("until"), "order/within", ORDER))
    known = extend(bought, buyer=buyer)
    looked = extend(known, looked=greatest(col("featured_at"), joined(world, "buyer", col("buyer"))))
    return extend(looked, opened=greatest(col("looked"), col("at") - 6 * HOUR), lines=lines, campaign=False)


def _campaigns(world: World, spark: SparkSession) -> DataFrame:
    """Each buyer of a review ring buys most of the ring's 3 to MOST_TARGETS products within four days."""
    draws, first = world.draws, world.orders
    ring, shops = world.block("review_ring", "buyer"), world.block("review_ring", "merchant")
    numbers = extend(
        _numbers(world, spark, first, first + world.review_orders),
        buyer=floor((ORDER - first) / MOST_TARGETS) + ring.first,
        target=pmod(ORDER - first, MOST_TARGETS),
    )
    targeted = extend(numbers, group=ring.group(col("buyer")))
    group, target = col("group"), col("target")
    targets = draws.below("campaign/targets", MOST_TARGETS - 2, group) + 3
    buys = draws.chance("campaign/buys", 0.75, ORDER) & ring.has_member(col("buyer")) & (target < targets)
    members = shops.members(group)
    span = floor(draws.uniform("campaign/at", ORDER) * (_CAMPAIGN_DAYS * DAY))
    timed = extend(
        targeted.where(buys.text),
        product=own_product(shops.slot(group, pmod(target, members)), floor(target / members)),
        at=campaign(world, group) + span,
    )
    return _without_content(timed, opened=col("at") - HOUR // 2, lines=1, campaign=True)


def _shams(world: World, spark: SparkSession) -> DataFrame:
    """The few buyers of a collusion order again and again from its creator's contents."""
    block, films = world.block("collusion", "buyer"), world.block("collusion", "content")
    first = world.orders + world.review_orders
    numbers = extend(
        _numbers(world, spark, first, first + world.fake_orders),
        sham=floor((ORDER - first) / FAKE_ROUNDS) + block.first,
    )
    members = numbers.where(block.has_member(col("sham")).text)
    grouped = extend(members, group=block.group(col("sham")))
    film = world.draws.below("sham/film", films.members(col("group")), ORDER)
    chosen = choose_columns(grouped, "order", "sham", content=films.slot(col("group"), film))
    return _within_content(world, chosen, lines=lit(1), buyer=col("sham"))
