"""What happens after an order is placed: it is paid, and some of what was delivered is reviewed."""

from __future__ import annotations

from pyspark.sql import functions as F

from marketgraph.synth.baskets import MOST_LINES, ORDER
from marketgraph.synth.catalogue import money
from marketgraph.synth.clock import HOUR, at
from marketgraph.synth.orders import LINE, order_id
from marketgraph.synth.rows import Rows
from marketgraph.synth.slots import Population
from marketgraph.synth.terms import Term, call, choose, col, floor
from marketgraph.synth.world import DAY, World

_METHODS, _VOUCHERS = ("card", "wallet", "transfer"), 0.08
_REVIEWED = 0.30
# Shares of 1 to 5 stars: most products please, some don't.
_STARS_LIKED, _STARS_POOR = (0.06, 0.05, 0.09, 0.20, 0.60), (0.32, 0.20, 0.18, 0.15, 0.15)


def payments(world: World, sold: Rows) -> Rows:
    """One or two rows per order but open ones; the first of two is a voucher. They add up to the order."""
    draws, total, voucher, part = world.draws, col("total"), col("voucher"), col("part")
    due = sold.where(~col("status").equals("open")).extend(
        due=col("cents") * col("quantity") + col("shipping")
    )
    summed = Rows(due.frame.groupBy("order", "at").agg(F.sum("due").alias("total")))
    share = draws.uniform("payment/share", ORDER) * 0.4 + 0.1
    split = summed.extend(
        voucher=choose((draws.chance("payment/voucher", _VOUCHERS, ORDER), floor(total * share)), otherwise=0)
    )
    parts = choose((voucher.equals(0), call("array", 1)), otherwise=call("array", 1, 2))
    paid = split.for_each("part", parts)
    by_voucher = part.equals(1) & (voucher > 0)
    cents = choose((by_voucher, voucher), otherwise=total - voucher)
    return paid.select(
        order_id=order_id(world),
        payment_number=part.cast("int"),
        method=choose((by_voucher, "voucher"), otherwise=draws.pick("payment/method", _METHODS, ORDER)),
        amount=money(cents),
        paid_at=at(col("at") + draws.below("payment/delay", HOUR // 2, ORDER)),
    )


def reviews(world: World, sold: Rows) -> Rows:
    """About 30 % of the delivered lines, and all of a campaign with five stars."""
    draws, number = world.draws, col("number")
    numbered = sold.extend(number=ORDER * MOST_LINES + LINE - 1)
    patience = choose((col("campaign"), 2 * DAY), otherwise=14 * DAY)
    written = numbered.extend(
        written=col("arrives") + floor(draws.uniform("review/at", number) * patience),
        told=col("campaign") | draws.chance("review/told", _REVIEWED, number),
    )
    is_review = col("told") & col("status").equals("delivered") & (col("written") < world.end)
    return written.where(is_review).select(
        review_id=Population("review", "R", world.order_slots * MOST_LINES, draws).id(number),
        order_id=order_id(world),
        product_id=world.products.id(col("item")),
        rating=(_stars(world) + 1).cast("int"),
        reviewed_at=at(col("written")),
    )


def _stars(world: World) -> Term:
    draws, number = world.draws, col("number")
    return choose(
        (col("campaign"), 4),
        (
            draws.chance("product/poor", 0.15, col("item")),
            draws.weighted("review/stars", _STARS_POOR, number),
        ),
        otherwise=draws.weighted("review/stars", _STARS_LIKED, number),
    )
