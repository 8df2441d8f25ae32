"""Behaviour events: looks that led to an order, returns, and looks that led nowhere."""

from __future__ import annotations

from marketgraph.synth.baskets import ORDER
from marketgraph.synth.catalogue import with_listing
from marketgraph.synth.clock import at, between, with_seasonal
from marketgraph.synth.contents import with_content
from marketgraph.synth.orders import order_id
from marketgraph.synth.people import joined
from marketgraph.synth.rows import Rows, union
from marketgraph.synth.slots import Population
from marketgraph.synth.terms import call, choose, col, floor, greatest, item_at, least
from marketgraph.synth.world import DAY, World

# Acts that an order can leave, in the order of their times.
_VERBS = ("join", "view", "add_to_cart", "return")
_JOIN, _VIEW, _CART, _RETURN = range(4)
_PER_ORDER = len(_VERBS)
_JOINED, _VIEWED, _CARTED = 0.9, 0.55, 0.30
_SURFACES = ("search", "feed", "shop", "category")
_COLUMNS = ("number", "buyer", "verb", "object_kind", "object", "at", "fact", "value")


def events(world: World, sold: Rows) -> Rows:
    """One row per act of a buyer on a product or content."""
    every = union(_COLUMNS, _around_orders(world, sold), _browsing(world), _visits(world))
    size = world.order_slots * _PER_ORDER + world.browsing + world.visits
    product, content = world.products.id(col("object")), world.contents.id(col("object"))
    return every.select(
        *("verb", "object_kind"),
        event_id=Population("event", "E", size, world.draws).id(col("number")),
        actor_kind="buyer",
        actor_id=world.buyers.id(col("buyer")),
        object_id=choose((col("object_kind").equals("content"), content), otherwise=product),
        occurred_at=at(col("at")),
        properties=call("map", col("fact"), col("value")),
    )


def _around_orders(world: World, sold: Rows) -> Rows:
    """Join, view and add to cart lie in this order between `opened` and the order; a return comes after it."""
    draws, act = world.draws, col("act")
    acts = sold.where(col("line").equals(1)).for_each("act", call("sequence", 0, _PER_ORDER - 1))
    occurs = choose(
        (act.equals(_JOIN), col("live") & draws.chance("event/joined", _JOINED, ORDER)),
        (act.equals(_VIEW), draws.chance("event/viewed", _VIEWED, ORDER)),
        (act.equals(_CART), draws.chance("event/carted", _CARTED, ORDER)),
        otherwise=col("status").equals("returned"),
    )
    # Each in its own three tenths of the time, so that one comes after the other.
    share = (draws.uniform("event/at", ORDER, act) + act.cast("double")) * 0.3
    before = col("opened") + floor((col("at") - col("opened")) * share)
    is_return, is_join = act.equals(_RETURN), act.equals(_JOIN)
    surface = draws.pick("event/surface", _SURFACES, ORDER)
    return acts.where(occurs).select(
        "buyer",
        number=ORDER * _PER_ORDER + act,
        verb=item_at(_VERBS, act),
        object_kind=choose((is_join, "content"), otherwise="product"),
        object=choose((is_join, col("content")), otherwise=col("product")),
        at=choose((is_return, col("returned_at")), otherwise=before),
        fact=choose((is_return, "order_id"), otherwise="surface"),
        value=choose((is_return, order_id(world)), otherwise=surface),
    )


def _browsing(world: World) -> Rows:
    """Looks at products that lead to no order, one in six of them into the cart."""
    draws, number = world.draws, col("number")
    first = world.order_slots * _PER_ORDER
    looks = (
        world.range("number", first, first + world.browsing)
        .extend(
            buyer=world.buyers.popular("browse/buyer", number),
            object=world.products.popular("browse/product", number),
        )
        .extend(since=joined(world, "buyer", col("buyer")))
    )
    known = with_listing(world, looks, "object")
    earliest = greatest(col("since"), col("object_listed"), world.start)
    carted = draws.chance("browse/carted", 1 / 6, number)
    return with_seasonal(world, known, earliest, "browse", number).select(
        *("number", "buyer", "object", "at"),
        verb=choose((carted, "add_to_cart"), otherwise="view"),
        object_kind="product",
        fact="surface",
        value=draws.pick("browse/surface", _SURFACES, number),
    )


def _visits(world: World) -> Rows:
    """Buyers who join a live session or view a video; one who was not yet there gives way to a veteran."""
    draws, number = world.draws, col("number")
    first = world.order_slots * _PER_ORDER + world.browsing
    guests = (
        world.range("number", first, first + world.visits)
        .extend(
            object=world.contents.popular("visit/content", number),
            visitor=world.buyers.popular("visit/buyer", number),
        )
        .extend(since=joined(world, "buyer", col("visitor")))
    )
    shown = with_content(world, guests, "object")
    timed = shown.extend(until=least(col("ended"), col("started") + 14 * DAY))
    seen = timed.extend(at=between(world, col("started"), col("until"), "visit", number))
    veteran = world.buyers.any_veteran("visit/veteran", number)
    return seen.select(
        *("number", "object", "at"),
        buyer=choose((col("since") <= col("at"), col("visitor")), otherwise=veteran),
        verb=choose((col("live"), "join"), otherwise="view"),
        object_kind="content",
        fact="surface",
        value=draws.pick("visit/surface", _SURFACES, number),
    )
