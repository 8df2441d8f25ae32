"""Order lines: what becomes of the baskets; and the tables orders and order_items.

All that has to do with orders is made of the lines; one row of them has the columns COLUMNS.
"""

from __future__ import annotations

from marketgraph.synth.baskets import ORDER, baskets
from marketgraph.synth.catalogue import money, own_product, price_cents, with_listing, with_origin
from marketgraph.synth.clock import HOUR, at
from marketgraph.synth.rows import Rows
from marketgraph.synth.slots import Population
from marketgraph.synth.terms import Term, call, choose, col, floor
from marketgraph.synth.world import DAY, World

CURRENCY = "EUR"
_CANCELLED, _RETURNED = 0.04, 0.06
LINE = col("line")
# Of the order: order to returned_at. Of the line: line to shipping, in cents.
COLUMNS = (
    *("order", "buyer", "product", "content", "live", "opened", "at", "campaign"),
    *("status", "arrives", "returned_at"),
    *("line", "item", "shop", "quantity", "cents", "shipping"),
)


def lines(world: World) -> Rows:
    """One row per line of an order.

    Further lines are of the first one's merchant for six in ten, else of popular products.
    """
    draws = world.draws
    each = _with_fate(world, baskets(world)).for_each("line", call("sequence", 1, col("lines")))
    same_shop = own_product(col("product_seller"), draws.below("line/own", 1_000, ORDER, LINE))
    popular = world.products.popular("line/product", ORDER, LINE)
    wanted = choose((draws.chance("line/same", 0.6, ORDER, LINE), same_shop), otherwise=popular)
    offered = with_listing(world, each.extend(wanted=wanted), "wanted").apart()
    priced = with_origin(world, _with_item(world, offered), "item", seller="shop").extend(
        cents=price_cents(world, "item"),
        quantity=draws.weighted("line/quantity", (0.80, 0.14, 0.04, 0.02), ORDER, LINE) + 1,
        shipping=draws.weighted("line/shipping", (0.5, 0.3, 0.2), ORDER, LINE) * 299,
    )
    return priced.settled(*COLUMNS)


def _with_fate(world: World, rows: Rows) -> Rows:
    """Adds `arrives`, `returned_at` and `status` as of the end of the window to baskets."""
    draws, end = world.draws, world.end
    way = choose(
        (col("campaign"), floor(draws.uniform("order/way", ORDER) * DAY) + DAY),
        otherwise=floor(draws.uniform("order/way", ORDER) * (7 * DAY)) + 36 * HOUR,
    )
    fate = choose((col("campaign"), 1.0), otherwise=draws.uniform("order/fate", ORDER))
    shipped = rows.extend(arrives=col("at") + way, fate=fate)
    regret = floor(draws.uniform("order/regret", ORDER) * (10 * DAY)) + DAY
    dated = shipped.extend(returned_at=col("arrives") + regret)
    sent_back = (col("fate") < _CANCELLED + _RETURNED) & (col("returned_at") < end)
    status = choose(
        (col("at") + HOUR >= end, "open"),
        (col("fate") < _CANCELLED, "cancelled"),
        (sent_back, "returned"),
        (col("arrives") < end, "delivered"),
        (col("at") + DAY < end, "shipped"),
        otherwise="paid",
    )
    return dated.extend(status=status)


def _with_item(world: World, rows: Rows) -> Rows:
    """Adds `item` and `shop`: the basket's product on line 1, then what is wanted, if it was listed then."""
    first, in_time = LINE.equals(1), col("wanted_listed") <= col("at")
    veteran = world.merchants.any_veteran("line/veteran", ORDER, LINE)
    return rows.extend(
        item=choose((first, col("product")), (in_time, col("wanted")), otherwise=own_product(veteran, 0)),
        shop=choose((first, col("product_seller")), (in_time, col("wanted_seller")), otherwise=veteran),
    )


def order_id(world: World) -> Term:
    """The id of the order in the column `order`."""
    return Population("order", "O", world.order_slots, world.draws).id(ORDER)


def orders(world: World, sold: Rows) -> Rows:
    """One row per order, from its first line."""
    return sold.where(LINE.equals(1)).select(
        "status",
        order_id=order_id(world),
        buyer_id=world.buyers.id(col("buyer")),
        ordered_at=at(col("at")),
        content_id=world.contents.id(col("content")),
        currency=CURRENCY,
    )


def order_items(world: World, sold: Rows) -> Rows:
    """One row per line of an order."""
    return sold.select(
        order_id=order_id(world),
        item_number=LINE.cast("int"),
        merchant_id=world.merchants.id(col("shop")),
        product_id=world.products.id(col("item")),
        quantity=col("quantity").cast("int"),
        unit_price=money(col("cents")),
        shipping=money(col("shipping")),
    )
