"""Baskets: who orders when, which product first, and from which content. All in slots and seconds.

Three streams make them: orders straight from the catalogue, orders from contents (the sham orders of
collusions among them), and campaigns of review rings. Columns: order, buyer, product and its seller, content
(null when none), live, opened (since when the buyer can have looked at the product), at, lines, campaign (whether it is
a review ring's).
"""

from __future__ import annotations

from marketgraph.synth.catalogue import own_product, with_listing
from marketgraph.synth.clock import HOUR, between, with_seasonal
from marketgraph.synth.contents import featured_count, with_content, with_featured
from marketgraph.synth.people import campaign, joined
from marketgraph.synth.rows import Rows, union
from marketgraph.synth.terms import Term, Value, choose, col, floor, greatest, least, pmod
from marketgraph.synth.world import DAY, FAKE_ROUNDS, MOST_TARGETS, World

# How often an order has 1, 2, 3 and 4 lines: one and a half on average.
_LINES = (0.66, 0.22, 0.08, 0.04)
MOST_LINES = len(_LINES)
_FROM_CONTENT, _LOYAL, _CAMPAIGN_DAYS, _VIDEO_DAYS = 0.25, 0.25, 4, 30
COLUMNS = (
    *("order", "buyer", "product", "product_seller", "content", "live"),
    *("opened", "at", "lines", "campaign"),
)
ORDER = col("order")


def baskets(world: World) -> Rows:
    """One row per order, see the module."""
    return union(COLUMNS, _direct(world), _from_contents(world), _campaigns(world))


def _line_count(world: World) -> Term:
    return world.draws.weighted("lines", _LINES, ORDER) + 1


def _is_from_content(world: World) -> Term:
    return world.draws.chance("order/content", _FROM_CONTENT, ORDER)


def _direct(world: World) -> Rows:
    """Orders from the catalogue: popular products, and for one in four the buyer's favourite merchant."""
    draws = world.draws
    favourite = world.merchants.popular("favourite", col("buyer"))
    loyal = own_product(favourite, draws.below("favourite/product", 1_000, ORDER))
    popular = world.products.popular("order/product", ORDER)
    buying = (
        world.range("order", 0, world.orders)
        .where(~_is_from_content(world))
        .extend(buyer=world.buyers.popular("order/buyer", ORDER))
        .extend(
            product=choose((draws.chance("order/loyal", _LOYAL, ORDER), loyal), otherwise=popular),
            buyer_joined=joined(world, "buyer", col("buyer")),
        )
    )
    known = with_listing(world, buying, "product")
    since = greatest(col("buyer_joined"), col("product_listed"), world.start)
    placed = with_seasonal(world, known.apart(), since, "order", ORDER)
    opened = greatest(col("earliest"), col("at") - 6 * HOUR)
    return _without_content(placed, opened=opened, lines=_line_count(world), campaign=False)


def _without_content(rows: Rows, **columns: Value) -> Rows:
    return rows.extend(content=Term("CAST(NULL AS bigint)"), live=False, **columns)


def _from_contents(world: World) -> Rows:
    """Orders of a featured product: within the live session, or in the 30 days after a video came out."""
    usual = world.range("order", 0, world.orders).where(_is_from_content(world))
    shopped = usual.extend(
        content=world.contents.popular("order/which", ORDER),
        member=Term("CAST(NULL AS bigint)"),
    )
    both = union(("order", "content", "member"), shopped, _shams(world)).extend(
        guest_buyer=world.buyers.popular("order/buyer", ORDER),
        place=world.draws.below("order/place", featured_count(world, col("content")), ORDER),
    )
    dated = both.extend(buyer_joined=joined(world, "buyer", col("guest_buyer")))
    shown = with_featured(world, with_content(world, dated).apart())
    timed = shown.extend(until=least(col("ended"), col("featured_at") + _VIDEO_DAYS * DAY))
    bought = timed.extend(at=between(world, col("featured_at"), col("until"), "order/within", ORDER))
    return _with_buyer(world, bought)


def _with_buyer(world: World, bought: Rows) -> Rows:
    """A popular buyer who had joined by then, else a veteran; of a sham order its member, a veteran too."""
    is_sham, in_time = ~col("member").is_null(), col("buyer_joined") <= col("at")
    veteran = world.buyers.any_veteran("order/veteran", ORDER)
    # Veterans joined before the content began.
    joining = choose((is_sham, world.start), (in_time, col("buyer_joined")), otherwise=world.start)
    return bought.extend(
        buyer=choose((is_sham, col("member")), (in_time, col("guest_buyer")), otherwise=veteran),
        opened=greatest(col("featured_at"), joining, col("at") - 6 * HOUR),
        lines=choose((is_sham, 1), otherwise=_line_count(world)),
        campaign=False,
    )


def _shams(world: World) -> Rows:
    """The few buyers of a collusion (`member`) order again and again from its creator's contents."""
    block, films = world.block("collusion", "buyer"), world.block("collusion", "content")
    first = world.orders + world.review_orders
    members = (
        world.range("order", first, first + world.fake_orders)
        .extend(member=floor((ORDER - first) / FAKE_ROUNDS) + block.first)
        .where(block.has_member(col("member")))
        .extend(group=block.group(col("member")))
    )
    film = world.draws.below("sham/film", films.members(col("group")), ORDER)
    return members.extend(content=films.slot(col("group"), film))


def _campaigns(world: World) -> Rows:
    """Each buyer of a review ring buys most of the ring's 3 to MOST_TARGETS products within four days."""
    draws, first = world.draws, world.orders
    ring, shops = world.block("review_ring", "buyer"), world.block("review_ring", "merchant")
    group, target = col("group"), col("target")
    targets = draws.below("campaign/targets", MOST_TARGETS - 2, group) + 3
    bought = (
        world.range("order", first, first + world.review_orders)
        .extend(
            buyer=floor((ORDER - first) / MOST_TARGETS) + ring.first,
            target=pmod(ORDER - first, MOST_TARGETS),
        )
        .where(draws.chance("campaign/buys", 0.75, ORDER) & ring.has_member(col("buyer")))
        .extend(group=ring.group(col("buyer")))
        .where(target < targets)
    )
    members = shops.members(group)
    span = floor(draws.uniform("campaign/at", ORDER) * (_CAMPAIGN_DAYS * DAY))
    shop = shops.slot(group, pmod(target, members))
    timed = bought.extend(
        product=own_product(shop, floor(target / members)),
        product_seller=shop,
        at=campaign(world, group) + span,
    )
    return _without_content(timed, opened=col("at") - HOUR // 2, lines=1, campaign=True)
