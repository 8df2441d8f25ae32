"""Behaviour events: looks that led to an order, returns, and looks that led nowhere."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame, SparkSession

from marketgraph.synth.baskets import ORDER
from marketgraph.synth.catalogue import with_listing
from marketgraph.synth.clock import at, between, seasonal_from
from marketgraph.synth.contents import with_content
from marketgraph.synth.orders import order_id
from marketgraph.synth.people import joined
from marketgraph.synth.slots import Population
from marketgraph.synth.terms import (
    Term,
    Value,
    call,
    choose,
    choose_columns,
    col,
    extend,
    floor,
    greatest,
    least,
)
from marketgraph.synth.world import DAY, World

# Acts that an order can leave: join the session, view, add to cart, return.
_PER_ORDER = 4
_JOINED, _VIEWED, _CARTED = 0.9, 0.55, 0.30
_SURFACES = ("search", "feed", "shop", "category")
_ACT = ("verb", "object_kind", "object", "at", "fact", "value")


def events(world: World, spark: SparkSession, baskets: DataFrame) -> DataFrame:
    """One row per act of a buyer on a product or content; `baskets` with_fate."""
    streams = (_around_orders(world, baskets), _browsing(world, spark), _visits(world, spark))
    size = world.order_slots * _PER_ORDER + world.browsing + world.visits
    product, content = world.products.id(col("object")), world.contents.id(col("object"))
    return choose_columns(
        reduce(DataFrame.unionByName, streams),
        *("verb", "object_kind"),
        event_id=Population("event", "E", size, world.draws).id(col("number")),
        actor_kind="buyer",
        actor_id=world.buyers.id(col("buyer")),
        object_id=choose((col("object_kind").equals("content"), content), otherwise=product),
        occurred_at=at(col("at")),
        properties=call("map", col("fact"), col("value")),
    )


def _act(verb: str, kind: str, moment: Term, fact: str, value: Term, occurs: Term) -> Term:
    values: tuple[Value, ...] = (verb, kind, col(kind), moment, fact, value, occurs)
    parts: list[Value] = []
    for name, held in zip((*_ACT, "occurs"), values, strict=True):
        parts += [name, held]
    return call("named_struct", *parts)


def _around_orders(world: World, baskets: DataFrame) -> DataFrame:
    """Join, view and add to cart lie in this order between `opened` and the order; a return comes after it."""
    draws = world.draws

    def moment(low: float, salt: str) -> Term:
        share = draws.uniform(f"event/{salt}/at", ORDER) * 0.3 + low
        return col("opened") + floor((col("at") - col("opened")) * share)

    surface = draws.pick("event/surface", _SURFACES, ORDER)
    joins = col("live") & draws.chance("event/joined", _JOINED, ORDER)
    views, carts = draws.chance("event/viewed", _VIEWED, ORDER), draws.chance("event/carted", _CARTED, ORDER)
    acts = call(
        "array",
        _act("join", "content", moment(0.0, "join"), "surface", surface, joins),
        _act("view", "product", moment(0.3, "view"), "surface", surface, views),
        _act("add_to_cart", "product", moment(0.6, "cart"), "surface", surface, carts),
        _act(
            "return",
            "product",
            col("returned_at"),
            "order_id",
            order_id(world),
            col("status").equals("returned"),
        ),
    )
    each = baskets.selectExpr("`order`", "buyer", f"posexplode({acts.text}) AS (place, act)")
    done = each.where("act.occurs")
    return done.selectExpr(
        f"{(ORDER * _PER_ORDER + col('place')).text} AS number", "buyer", *[f"act.{field}" for field in _ACT]
    )


def _browsing(world: World, spark: SparkSession) -> DataFrame:
    """Looks at products that lead to no order, one in six of them into the cart."""
    draws, number = world.draws, col("number")
    first = world.order_slots * _PER_ORDER
    looks = extend(
        spark.range(first, first + world.browsing, 1, world.partitions).withColumnRenamed("id", "number"),
        buyer=world.buyers.popular("browse/buyer", number),
        object=world.products.popular("browse/product", number),
    )
    known = with_listing(world, extend(looks, since=joined(world, "buyer", col("buyer"))), "object")
    dated = extend(known, earliest=greatest(col("since"), col("object_listed"), world.start))
    carted = draws.chance("browse/carted", 1 / 6, number)
    return choose_columns(
        dated,
        *("number", "buyer", "object"),
        verb=choose((carted, "add_to_cart"), otherwise="view"),
        object_kind="product",
        at=seasonal_from(world, col("earliest"), "browse", number),
        fact="surface",
        value=draws.pick("browse/surface", _SURFACES, number),
    )


def _visits(world: World, spark: SparkSession) -> DataFrame:
    """Buyers who join a live session or view a video; one who was not yet there gives way to a veteran."""
    draws, number, buyers = world.draws, col("number"), world.buyers
    first = world.order_slots * _PER_ORDER + world.browsing
    guests = extend(
        spark.range(first, first + world.visits, 1, world.partitions).withColumnRenamed("id", "number"),
        object=world.contents.popular("visit/content", number),
        visitor=buyers.popular("visit/buyer", number),
    )
    shown = with_content(world, extend(guests, since=joined(world, "buyer", col("visitor"))), "object")
    timed = extend(shown, until=least(col("ended"), col("started") + 14 * DAY))
    seen = extend(timed, at=between(world, col("started"), col("until"), "visit", number))
    return choose_columns(
        seen,
        *("number", "object", "at"),
        buyer=choose(
            (col("since") <= col("at"), col("visitor")), otherwise=buyers.any_veteran("visit/veteran", number)
        ),
        verb=choose((col("live"), "join"), otherwise="view"),
        object_kind="content",
        fact="surface",
        value=draws.pick("visit/surface", _SURFACES, number),
    )
