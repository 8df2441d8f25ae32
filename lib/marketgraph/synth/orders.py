"""Orders and their lines."""

from __future__ import annotations

from pyspark.sql import DataFrame

from marketgraph.synth.baskets import ORDER, settled
from marketgraph.synth.catalogue import money, own_product, price_cents, with_listing, with_origin
from marketgraph.synth.clock import HOUR, at
from marketgraph.synth.slots import Population
from marketgraph.synth.terms import Term, choose, choose_columns, col, extend, floor
from marketgraph.synth.world import DAY, World

CURRENCY = "EUR"
_CANCELLED, _RETURNED = 0.04, 0.06
LINE = col("line")


def with_fate(world: World, frame: DataFrame) -> DataFrame:
    """Adds `arrives`, `returned_at` and `status` as of the end of the window to baskets."""
    draws, end = world.draws, world.end
    way = choose(
        (col("campaign"), floor(draws.uniform("order/way", ORDER) * DAY) + DAY),
        otherwise=floor(draws.uniform("order/way", ORDER) * (7 * DAY)) + 36 * HOUR,
    )
    fate = choose((col("campaign"), 1.0), otherwise=draws.uniform("order/fate", ORDER))
    shipped = extend(frame, arrives=col("at") + way, fate=fate)
    regret = floor(draws.uniform("order/regret", ORDER) * (10 * DAY)) + DAY
    dated = extend(shipped, returned_at=col("arrives") + regret)
    sent_back = (col("fate") < _CANCELLED + _RETURNED) & (col("returned_at") < end)
    status = choose(
        (col("at") + HOUR >= end, "open"),
        (col("fate") < _CANCELLED, "cancelled"),
        (sent_back, "returned"),
        (col("arrives") < end, "delivered"),
        (col("at") + DAY < end, "shipped"),
        otherwise="paid",
    )
    return settled(extend(dated, status=status).drop("fate"))


def order_id(world: World) -> Term:
    """The id of the order in the column `order`."""
    return Population("order", "O", world.order_slots, world.draws).id(ORDER)


def orders(world: World, baskets: DataFrame) -> DataFrame:
    """One row per order, from baskets with_fate."""
    return choose_columns(
        baskets,
        "status",
        order_id=order_id(world),
        buyer_id=world.buyers.id(col("buyer")),
        ordered_at=at(col("at")),
        content_id=world.contents.id(col("content")),
        currency=CURRENCY,
    )


def lines(world: World, baskets: DataFrame) -> DataFrame:
    """One row per line of an order: baskets' columns and line, item, shop, quantity, cents, shipping.

    Further lines are of the first one's merchant for six in ten, else of popular products.
    """
    draws = world.draws
    each = baskets.selectExpr("*", "explode(sequence(1L, `lines`)) AS `line`")
    known = with_listing(world, each, "product")
    same_shop = own_product(col("product_seller"), draws.below("line/own", 1_000, ORDER, LINE))
    wanted = choose(
        (draws.chance("line/same", 0.6, ORDER, LINE), same_shop),
        otherwise=world.products.popular("line/product", ORDER, LINE),
    )
    offered = with_listing(world, extend(known, wanted=wanted), "wanted")
    chosen = with_origin(world, _with_item(world, offered), "item")
    return extend(
        chosen,
        cents=price_cents(world, "item"),
        quantity=draws.weighted("line/quantity", (0.80, 0.14, 0.04, 0.02), ORDER, LINE) + 1,
        shipping=draws.weighted("line/shipping", (0.5, 0.3, 0.2), ORDER, LINE) * 299,
    )


def _with_item(world: World, frame: DataFrame) -> DataFrame:
    """Adds `item` and `shop`: the basket's product on line 1, then what is wanted, if it was listed by then."""
    first, in_time = LINE.equals(1), col("wanted_listed") <= col("at")
    veteran = world.merchants.any_veteran("line/veteran", ORDER, LINE)
    return extend(
        frame,
        item=choose((first, col("product")), (in_time, col("wanted")), otherwise=own_product(veteran, 0)),
        shop=choose((first, col("product_seller")), (in_time, col("wanted_seller")), otherwise=veteran),
    )


def order_items(world: World, sold: DataFrame) -> DataFrame:
    """One row per line of an order."""
    return choose_columns(
        sold,
        order_id=order_id(world),
        item_number=LINE.cast("int"),
        merchant_id=world.merchants.id(col("shop")),
        product_id=world.products.id(col("item")),
        quantity=col("quantity").cast("int"),
        unit_price=money(col("cents")),
        shipping=money(col("shipping")),
    )
