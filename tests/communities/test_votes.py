"""Packing and voting on arrays, without Spark: what plain counting gives, for any number of blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketgraph.communities.csr import Edges, Layout, compressed, sorted_by_block
from marketgraph.communities.hubs import counted, elected
from marketgraph.communities.ids import IdTally, Numbering
from marketgraph.communities.measures import inner_votes, smallest_of, sum_of_squares, summed
from marketgraph.communities.settings import Propagation
from marketgraph.communities.votes import ALL, NO_VOTES, UNITS, Heard, Rows, Rule, Seeds, vote
from tests.communities.oracle import neighbours, propagated

NO_SEEDS = Seeds(np.empty(0, np.int32), NO_VOTES)
weights = st.sampled_from([0.0, 0.25, 1.0, 1.0, 1.5, 3.0])
edges_of = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), weights), min_size=1, max_size=40)
rules = st.builds(
    Propagation,
    max_iterations=st.integers(1, 5),
    weighted=st.booleans(),
    orientation=st.sampled_from(["undirected", "directed"]),
    ties=st.sampled_from(["smallest", "current"]),
    own_vote=st.sampled_from([0.0, 0.5, 2.0]),
)


def packed(edges, ids, rule: Propagation, layout: Layout) -> dict[int, Rows]:
    """The blocks of a graph whose edges come in three chunks."""
    chunks: dict[int, list] = {}
    for part in (edges[0::3], edges[1::3], edges[2::3]):
        src, dst = (Numbering(ids).of(np.array([e[k] for e in part], np.int64)) for k in (0, 1))
        votes = np.array([round(e[2] * UNITS) for e in part], np.int64) if rule.weighted else NO_VOTES
        for block, chunk in sorted_by_block(Edges(src, dst, votes), layout, layout.ranks()):
            chunks.setdefault(block, []).append(chunk)
    once = rule.orientation == "undirected"
    height = {b: layout.height(b) + layout.hubs.size for b in chunks}
    return {b: compressed(c, height[b], known=layout.vertices, once=once) for b, c in chunks.items()}


def layout_of(ids, blocks: int, hubs=()) -> Layout:
    return Layout(ids.size, blocks, np.array(hubs, np.int32))


def by_kernel(edges, rule: Propagation, blocks: int, hubs=()) -> dict[int, int]:
    ids = np.unique(np.array([e[:2] for e in edges], np.int64))
    layout = layout_of(ids, blocks, [h for h in hubs if h < ids.size])
    labels, moved = np.arange(ids.size, dtype=np.int32), ALL
    graph = packed(edges, ids, rule, layout)
    ruled = Rule(rule.ties == "current", round(rule.own_vote * UNITS))
    for _ in range(rule.max_iterations):
        after, counts = labels.copy(), {}
        for b, rows in graph.items():
            height = layout.height(b)
            own = rows._replace(indptr=rows.indptr[: height + 1])
            after[b::blocks], _ = vote(own, Heard(labels, moved, ALL, b, blocks), NO_SEEDS, ruled)
            for hub, count in enumerate(counted(rows._replace(indptr=rows.indptr[height:]), labels)):
                counts.setdefault(hub, []).append(count)
        for hub, parts in counts.items():
            vertex = layout.hubs[hub]
            after[vertex], _ = elected(parts, labels[vertex], NO_SEEDS, ruled, True)
        moved, labels = (after != labels).astype(np.uint8), after
    return dict(zip(ids.tolist(), ids[labels].tolist(), strict=True))


@settings(max_examples=80, deadline=None)
@given(edges=edges_of, rule=rules, hubs=st.sets(st.integers(0, 11), max_size=3))
@pytest.mark.parametrize("blocks", [1, 3, 8, 17])
def test_a_vote_is_what_counting_gives_in_any_number_of_blocks(blocks, edges, rule, hubs) -> None:
    assert by_kernel(edges, rule, blocks, sorted(hubs)) == propagated(edges, rule)


@settings(max_examples=40, deadline=None)
@given(edges=edges_of, rule=rules, groups=st.lists(st.integers(0, 2), min_size=12, max_size=12))
def test_votes_within_communities_are_counted_from_either_end(edges, rule, groups) -> None:
    ids = np.unique(np.array([e[:2] for e in edges], np.int64))
    labels = np.array([groups[v] for v in ids], np.int32)
    graph = packed(edges, ids, rule, layout_of(ids, 3))
    found = sum(inner_votes(rows, labels[b::3], labels).sum() for b, rows in graph.items())
    # what a vote says of the labels before it is the same
    voted = sum(
        vote(rows, Heard(labels, ALL, ALL, b, 3), NO_SEEDS, Rule(False, UNITS))[1]
        for b, rows in graph.items()
    )
    heard = neighbours(edges, rule)
    expected = sum(votes for v, near in heard.items() for u, votes in near.items() if groups[u] == groups[v])
    assert found == voted == expected * UNITS


@settings(deadline=None)
@given(ids=st.sets(st.integers(-(2**62), 2**62), min_size=1, max_size=50))
def test_numbers_follow_the_order_of_ids(ids) -> None:
    ascending = np.array(sorted(ids), np.int64)
    assert Numbering(ascending).of(ascending[::-1].copy()).tolist() == list(range(len(ids)))[::-1]


def test_numbers_of_ids_with_gaps_and_far_apart() -> None:
    for ids in (np.arange(10, 400, 3), np.arange(0, 2**62, 2**50), np.arange(5, 300)):
        assert np.array_equal(Numbering(ids).of(ids), np.arange(ids.size))


@settings(deadline=None)
@given(
    parts=st.lists(st.lists(st.integers(-3, 3) | st.integers(-(2**63), 2**63 - 1), max_size=30), max_size=4)
)
def test_a_tally_counts_each_id(parts) -> None:
    tally = IdTally()
    for part in parts:
        tally.add(np.array(part, np.int64))
    ids, counts = tally.told()
    flat = [value for part in parts for value in part]
    assert dict(zip(ids.tolist(), counts.tolist(), strict=True)) == {v: flat.count(v) for v in flat}


def test_a_tally_grows() -> None:
    tally = IdTally()
    tally.add(np.arange(100_000) * 7)
    tally.add(np.arange(100_000) * 7, np.full(100_000, 2))
    ids, counts = tally.told()
    assert ids.size == 100_000
    assert set(counts.tolist()) == {3}


@settings(deadline=None)
@given(values=st.lists(st.integers(0, 2**62), max_size=30))
def test_squares_are_added_exactly(values) -> None:
    assert sum_of_squares(np.array(values, np.int64)) == sum(v * v for v in values)


@settings(deadline=None)
@given(labels=st.lists(st.integers(0, 9), max_size=30))
def test_a_community_can_be_named_by_its_smallest_vertex(labels) -> None:
    array = np.array(labels, np.int32)
    assert smallest_of(array).tolist() == [labels.index(label) for label in labels]
    assert summed(array, np.ones(array.size, np.int64), 10).tolist() == [labels.count(k) for k in range(10)]


@pytest.mark.parametrize("hubs", [(), (0,)])
def test_a_hub_of_a_hundred_thousand_is_heard_whole_and_in_parts(hubs) -> None:
    spokes = [(0, leaf, 1.0) for leaf in range(1, 100_001)]
    found = by_kernel(spokes, Propagation(max_iterations=1), 4, hubs)
    assert found[0] == 1
    assert {found[leaf] for leaf in range(1, 100_001)} == {0}
