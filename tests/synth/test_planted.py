"""What was planted can be found, and what only looks like it is there too."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import combinations, pairwise

import networkx as nx
import pytest

from marketgraph.synth.catalogue import MOST_FLIPPED_BITS
from marketgraph.synth.titles import PLANTED_SIMILARITY, SHINGLE
from tests.synth.conftest import Market


def shingles(title: str) -> set[str]:
    return {title[n : n + SHINGLE] for n in range(len(title) - SHINGLE + 1)}


def similarity(left: str, right: str) -> float:
    return len(shingles(left) & shingles(right)) / len(shingles(left) | shingles(right))


def graph(market: Market, *kinds: str) -> nx.Graph:
    """Entities and the identifiers that they hold."""
    found = nx.Graph()
    for identifier, holders in market.holders(*kinds).items():
        found.add_edges_from((identifier, holder) for holder in holders)
    return found


@pytest.mark.parametrize("kind", ["merchant_ring", "review_ring", "collusion", "copied_listings"])
def test_there_are_at_least_three_groups_of_each_deed(market: Market, kind: str) -> None:
    groups = {row.group_id for row in market.rows["truth"] if row.group_kind == kind and row.guilty}
    assert len(groups) >= 3


def test_a_merchant_ring_is_linked_by_two_or_three_kinds(market: Market) -> None:
    for members in market.groups("merchant_ring", "merchant", guilty=True).values():
        ring = {("merchant", member) for member in members}
        assert 4 <= len(ring) <= 8
        shared = [k for k, h in market.holders("device", "bank", "address").items() if len(h & ring) > 1]
        assert 2 <= len({kind for kind, _ in shared}) <= 3
        links = graph(market, "device", "bank", "address").subgraph(ring | set(shared))
        assert nx.is_connected(links)
        # What links a ring links nobody else, and each has identifiers of its own as well.
        assert all(market.holders(kind)[kind, value] <= ring for kind, value in shared)


def test_not_every_merchant_ring_is_a_clique(market: Market) -> None:
    holders = market.holders("device", "bank", "address")
    apart = 0
    for members in market.groups("merchant_ring", "merchant", guilty=True).values():
        for pair in combinations(sorted(members), 2):
            ring = {("merchant", member) for member in pair}
            apart += not any(ring <= held for held in holders.values())
    assert apart > 0


def test_members_of_a_merchant_ring_join_one_after_the_other(market: Market) -> None:
    joined = market.by_id("merchants")
    for members in market.groups("merchant_ring", "merchant", guilty=True).values():
        days = sorted(joined[m].registered_at for m in members)
        assert timedelta(days=len(days) - 1) < days[-1] - days[0] < timedelta(days=60)


def test_a_review_ring_praises_the_same_products_within_days(market: Market) -> None:
    buyer, sellers = market.buyer_of(), market.groups("review_ring", "merchant", guilty=True)
    products = market.by_id("products")
    for group, members in market.groups("review_ring", "buyer", guilty=True).items():
        assert 10 <= len(members) <= 20
        praise = [
            r
            for r in market.rows["reviews"]
            if buyer[r.order_id] in members
            and r.rating == 5
            and products[r.product_id].merchant_id in sellers[group]
        ]
        assert {buyer[r.order_id] for r in praise} >= set(sorted(members)[:1])
        by_product = defaultdict(set)
        for review in praise:
            by_product[review.product_id].add(buyer[review.order_id])
        assert max(len(reviewers) for reviewers in by_product.values()) >= len(members) / 2
        assert max(r.reviewed_at for r in praise) - min(r.reviewed_at for r in praise) < timedelta(days=60)
        assert 2 <= len(sellers[group]) <= 3


def test_some_buyers_of_a_review_ring_share_a_device(market: Market) -> None:
    devices = market.holders("device")
    for members in market.groups("review_ring", "buyer", guilty=True).values():
        ring = {("buyer", member) for member in members}
        assert any(len(held) > 1 and held <= ring for held in devices.values())


def test_a_collusion_has_one_identifier_and_features_its_own(market: Market) -> None:
    products = market.by_id("products")
    host = {row.content_id: row.creator_id for row in market.rows["contents"]}
    merchants = market.groups("collusion", "merchant", guilty=True)
    buyers = market.groups("collusion", "buyer", guilty=True)
    for group, creators in market.groups("collusion", "creator", guilty=True).items():
        (creator,) = creators
        assert 1 <= len(merchants[group]) <= 3
        everyone = {("creator", creator)} | {("merchant", m) for m in merchants[group]}
        assert everyone in market.holders("device", "bank").values()
        sellers = [
            products[row.product_id].merchant_id
            for row in market.rows["content_products"]
            if host[row.content_id] == creator
        ]
        assert sum(s in merchants[group] for s in sellers) > 0.6 * len(sellers)
        orders = [o for o in market.rows["orders"] if o.content_id and host[o.content_id] == creator]
        assert sum(o.buyer_id in buyers[group] for o in orders) >= 4 * 4


def test_a_copied_title_is_about_as_similar_as_planted(market: Market) -> None:
    products, figures = market.by_id("products"), []
    victims = market.groups("copied_listings", "product", guilty=False)
    for group, copies in market.groups("copied_listings", "product", guilty=True).items():
        (victim,) = victims[group]
        original = products[victim]
        assert 2 <= len(copies) <= 5
        for copy in (products[c] for c in copies):
            figures.append(similarity(original.title, copy.title))
            flipped = int(original.image_hash, 16) ^ int(copy.image_hash, 16)
            assert 1 <= flipped.bit_count() <= MOST_FLIPPED_BITS
            assert copy.merchant_id != original.merchant_id
            assert copy.listed_at > original.listed_at
            assert copy.price < original.price
            assert copy.category == original.category
    assert all(abs(figure - PLANTED_SIMILARITY) < 0.06 for figure in figures)
    assert abs(sum(figures) / len(figures) - PLANTED_SIMILARITY) < 0.02


def test_titles_that_were_not_copied_differ(market: Market) -> None:
    planted = {r.entity_id for r in market.rows["truth"] if r.group_kind == "copied_listings"}
    others = sorted(r.title for r in market.rows["products"] if r.product_id not in planted)[::4]
    figures = [similarity(left, right) for left, right in pairwise(others)]
    # Neighbours in the alphabet mostly share the brand, and so are the nearest that there are.
    assert max(figures) < 0.65
    assert sum(figures) / len(figures) < 0.35


def test_a_public_kiosk_is_one_device_of_many_buyers_and_a_few_merchants(market: Market) -> None:
    merchants = market.groups("kiosk", "merchant", guilty=False)
    for group, buyers in market.groups("kiosk", "buyer", guilty=False).items():
        assert 80 <= len(buyers) <= 300
        assert 2 <= len(merchants[group]) <= 4
        everyone = {("buyer", b) for b in buyers} | {("merchant", m) for m in merchants[group]}
        assert everyone in market.holders("device").values()


def test_a_family_shares_device_and_address(market: Market) -> None:
    for members in market.groups("family", "buyer", guilty=False).values():
        family = {("buyer", member) for member in members}
        assert 2 <= len(family) <= 5
        assert family in market.holders("device").values()
        assert family in market.holders("address").values()


def test_a_warehouse_is_one_address_of_many_merchants(market: Market) -> None:
    warehouses = market.groups("warehouse", "merchant", guilty=False)
    assert len(warehouses) >= 2
    for members in warehouses.values():
        assert 25 <= len(members) <= 60
        assert {("merchant", member) for member in members} in market.holders("address").values()


def test_a_carriers_nat_has_hundreds_of_holders_of_all_kinds(market: Market) -> None:
    largest = [held for held in market.holders("ip").values() if len(held) > 100]
    nats = {row.group_id for row in market.rows["truth"] if row.group_kind == "nat"}
    assert len(largest) == len(nats) >= 2
    assert all({kind for kind, _ in held} == {"merchant", "creator", "buyer"} for held in largest)
    # Rings are behind it like everybody.
    guilty = {(r.entity_kind, r.entity_id) for r in market.rows["truth"] if r.guilty}
    assert any(held & guilty for held in largest)


def test_nobody_is_guilty_in_two_groups_or_guilty_and_innocent(market: Market) -> None:
    verdicts = defaultdict(list)
    for row in market.rows["truth"]:
        verdicts[row.entity_kind, row.entity_id].append(row.guilty)
    assert all(given == [True] for given in verdicts.values() if True in given)


def test_four_in_ten_of_the_guilty_are_decided_and_few_of_the_innocent(market: Market) -> None:
    guilty = {(r.entity_kind, r.entity_id) for r in market.rows["truth"] if r.guilty}
    decided = {(r.entity_kind, r.entity_id) for r in market.rows["violations"]}
    assert 0.25 < len(decided & guilty) / len(guilty) < 0.55
    assert 1 <= len(decided - guilty) < 0.2 * len(decided)


def test_a_decision_becomes_known_days_to_weeks_later(market: Market) -> None:
    for row in market.rows["violations"]:
        assert timedelta(days=2) < row.known_at - row.decided_at <= timedelta(days=28)


def test_a_copied_listing_is_decided_after_it_was_listed(market: Market) -> None:
    listed = {row.product_id: row.listed_at for row in market.rows["products"]}
    decided = [row for row in market.rows["violations"] if row.entity_kind == "product"]
    assert decided
    assert all(row.decided_at >= listed[row.entity_id] for row in decided)
