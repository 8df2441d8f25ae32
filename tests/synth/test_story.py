"""What happens in the synthetic marketplace happens in an order that can be, and in shapes that are usual."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

from tests.synth.conftest import Market
from tests.synth.test_contracts import BEGIN, END

LONG_AGO = datetime(2000, 1, 1)


def since(market: Market, table: str, column: str) -> dict[str, datetime]:
    """Since when an entity is there; long ago when it is not known."""
    return {key: row[column] or LONG_AGO for key, row in market.by_id(table).items()}


def test_products_are_listed_after_their_merchant_joined(market: Market) -> None:
    joined = since(market, "merchants", "registered_at")
    assert all(row.listed_at >= joined[row.merchant_id] for row in market.rows["products"])


def test_contents_begin_after_their_host_joined(market: Market) -> None:
    joined = since(market, "creators", "joined_at")
    for content in market.rows["contents"]:
        assert content.started_at >= joined[content.creator_id]
        assert (content.ended_at is None) == (content.kind == "video")
        assert content.ended_at is None or content.started_at < content.ended_at <= END


def test_contents_feature_what_is_listed_while_they_last(market: Market) -> None:
    contents, listed = market.by_id("contents"), since(market, "products", "listed_at")
    for row in market.rows["content_products"]:
        content = contents[row.content_id]
        assert listed[row.product_id] <= content.started_at <= row.featured_at < (content.ended_at or END)


def test_orders_come_after_the_buyer_and_the_products(market: Market) -> None:
    joined, listed = since(market, "buyers", "registered_at"), since(market, "products", "listed_at")
    orders = market.by_id("orders")
    for order in orders.values():
        assert BEGIN <= order.ordered_at < END
        assert order.ordered_at >= joined[order.buyer_id]
    for item in market.rows["order_items"]:
        assert orders[item.order_id].ordered_at >= listed[item.product_id]


def test_an_order_from_a_content_is_of_a_product_that_it_featured_by_then(market: Market) -> None:
    contents = market.by_id("contents")
    featured = {(r.content_id, r.product_id): r.featured_at for r in market.rows["content_products"]}
    first = {r.order_id: r.product_id for r in market.rows["order_items"] if r.item_number == 1}
    from_contents = [o for o in market.rows["orders"] if o.content_id is not None]
    assert 0.2 < len(from_contents) / len(market.rows["orders"]) < 0.35
    for order in from_contents:
        assert order.ordered_at >= featured[order.content_id, first[order.order_id]]
        assert order.ordered_at < (contents[order.content_id].ended_at or END)


def test_lines_are_sold_by_who_lists_them_and_numbered_from_one(market: Market) -> None:
    products = market.by_id("products")
    numbers = defaultdict(list)
    for item in market.rows["order_items"]:
        assert item.merchant_id == products[item.product_id].merchant_id
        assert item.unit_price == products[item.product_id].price > 0
        numbers[item.order_id].append(item.item_number)
    assert set(numbers) == set(market.by_id("orders"))
    assert all(sorted(n) == list(range(1, len(n) + 1)) for n in numbers.values())


def test_payments_add_up_to_the_order_and_open_ones_have_none(market: Market) -> None:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for item in market.rows["order_items"]:
        totals[item.order_id] += item.unit_price * item.quantity + item.shipping
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for payment in market.rows["payments"]:
        paid[payment.order_id] += payment.amount
    for order in market.rows["orders"]:
        assert paid[order.order_id] == (0 if order.status == "open" else totals[order.order_id])
    counts = Counter(Counter(p.order_id for p in market.rows["payments"]).values())
    assert set(counts) == {1, 2}


def test_reviews_are_of_lines_that_were_delivered_before(market: Market) -> None:
    orders = market.by_id("orders")
    lines = {(r.order_id, r.product_id) for r in market.rows["order_items"]}
    for review in market.rows["reviews"]:
        order = orders[review.order_id]
        assert order.status == "delivered"
        assert order.ordered_at + timedelta(days=1) <= review.reviewed_at < END
        assert (review.order_id, review.product_id) in lines
    delivered = sum(orders[r.order_id].status == "delivered" for r in market.rows["order_items"])
    assert 0.25 < len(market.rows["reviews"]) / delivered < 0.4


def test_events_come_after_their_actor_and_object(market: Market) -> None:
    joined = since(market, "buyers", "registered_at")
    there = since(market, "products", "listed_at") | since(market, "contents", "started_at")
    ended = {row.content_id: row.ended_at or END for row in market.rows["contents"]}
    for event in market.rows["events"]:
        assert max(joined[event.actor_id], there[event.object_id], BEGIN) <= event.occurred_at
        assert event.occurred_at < ended.get(event.object_id, END)
    verbs = Counter(event.verb for event in market.rows["events"])
    assert set(verbs) == {"view", "add_to_cart", "join", "return"}
    assert verbs["view"] > verbs["add_to_cart"] > verbs["return"]


def test_every_returned_order_has_its_return(market: Market) -> None:
    returned = {r.order_id for r in market.rows["orders"] if r.status == "returned"}
    events = {e.properties["order_id"] for e in market.rows["events"] if e.verb == "return"}
    assert events == returned


def test_identifiers_are_seen_after_their_holder_joined(market: Market) -> None:
    joined = {
        **{("merchant", k): t for k, t in since(market, "merchants", "registered_at").items()},
        **{("creator", k): t for k, t in since(market, "creators", "joined_at").items()},
        **{("buyer", k): t for k, t in since(market, "buyers", "registered_at").items()},
    }
    for row in market.rows["identifiers"]:
        assert joined[row.entity_kind, row.entity_id] <= row.first_seen <= row.last_seen < END


def test_a_few_sell_most_and_buyers_come_again(market: Market) -> None:
    sold = Counter(item.merchant_id for item in market.rows["order_items"])
    largest = sum(n for _, n in sold.most_common(len(market.rows["merchants"]) // 10))
    assert largest > 0.3 * sum(sold.values())
    orders = Counter(order.buyer_id for order in market.rows["orders"])
    assert sum(n > 1 for n in orders.values()) > 0.3 * len(orders)


def test_statuses_have_usual_shares(market: Market) -> None:
    shares = Counter(order.status for order in market.rows["orders"])
    total = sum(shares.values())
    assert 0.75 < shares["delivered"] / total < 0.95
    assert 0.02 < shares["cancelled"] / total < 0.07
    assert 0.02 < shares["returned"] / total < 0.09
    assert 1.4 < len(market.rows["order_items"]) / total < 1.6


def test_weekends_are_busier(market: Market) -> None:
    days = Counter(order.ordered_at.weekday() for order in market.rows["orders"])
    assert days[5] + days[6] > 1.1 * (days[1] + days[2])


def test_a_title_is_made_of_its_categorys_words(market: Market) -> None:
    lengths = [len(row.title) for row in market.rows["products"]]
    assert 45 < sum(lengths) / len(lengths) < 85
    assert all(len(row.image_hash) == 16 and int(row.image_hash, 16) >= 0 for row in market.rows["products"])
