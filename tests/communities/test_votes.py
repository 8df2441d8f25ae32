"""Packing and voting on arrays, without Spark: what plain counting gives, for any number of blocks."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketgraph.communities.csr import Block, Edges, compressed, numbered, sorted_by_block
from marketgraph.communities.votes import ALL, UNITS, inner_votes, vote

weights = st.sampled_from([0.25, 1.0, 1.0, 1.5, 3.0])
pairs = st.tuples(st.integers(0, 11), st.integers(0, 11), weights).filter(lambda e: e[0] != e[1])
graphs = st.lists(pairs, min_size=1, max_size=40)
rules = {"keep": st.booleans(), "own": st.sampled_from([0.0, 0.5, 2.0]), "weighted": st.booleans()}


def packed(edges, ids, blocks: int, weighted: bool) -> dict[int, Block]:
    """The blocks of a graph whose edges come in three chunks."""
    chunks: dict[int, list] = {}
    for part in (edges[0::3], edges[1::3], edges[2::3]):
        src, dst = (np.array([e[k] for e in part], np.int64) for k in (0, 1))
        votes = np.array([round(e[2] * UNITS) for e in part], np.int64) if weighted else None
        for block, chunk in sorted_by_block(Edges(src, dst, votes), ids, blocks):
            chunks.setdefault(block, []).append(chunk)
    return {b: compressed(c, -(-(ids.size - b) // blocks)) for b, c in chunks.items()}


def by_kernel(edges, blocks: int, rounds: int, *, keep: bool, own: float, weighted: bool) -> dict[int, int]:
    ids = np.unique(np.array([e[:2] for e in edges], np.int64))
    labels, moved = np.arange(ids.size, dtype=np.int32), ALL
    graph = packed(edges, ids, blocks, weighted)
    for _ in range(rounds):
        after = labels.copy()
        for b, rows in graph.items():
            after[b::blocks] = vote(
                rows.indptr,
                rows.neighbours,
                rows.votes,
                labels,
                moved,
                ALL,
                b,
                blocks,
                keep,
                round(own * UNITS),
            )
        moved, labels = (after != labels).astype(np.uint8), after
    return dict(zip(ids.tolist(), ids[labels].tolist(), strict=True))


def by_hand(edges, rounds: int, *, keep: bool, own: float, weighted: bool) -> dict[int, int]:
    near: dict[int, list[tuple[int, float]]] = {}
    for a, b, weight in edges:
        near.setdefault(a, []).append((b, weight if weighted else 1.0))
        near.setdefault(b, []).append((a, weight if weighted else 1.0))
    label = {v: v for v in near}
    for _ in range(rounds):
        after = {}
        for v in near:
            votes = Counter({label[v]: own} if own else {})
            for u, weight in near[v]:
                votes[label[u]] += weight
            most = max(votes.values())
            best = min(k for k, n in votes.items() if n == most)
            after[v] = label[v] if keep and votes.get(label[v]) == most else best
        label = after
    return label


@settings(max_examples=60, deadline=None)
@given(edges=graphs, rounds=st.integers(1, 5), **rules)
@pytest.mark.parametrize("blocks", [1, 3, 8, 17])
def test_a_vote_is_what_counting_gives_in_any_number_of_blocks(
    blocks, edges, rounds, keep, own, weighted
) -> None:
    rule = {"keep": keep, "own": own, "weighted": weighted}
    assert by_kernel(edges, blocks, rounds, **rule) == by_hand(edges, rounds, **rule)


@settings(max_examples=30, deadline=None)
@given(edges=graphs, groups=st.lists(st.integers(0, 2), min_size=12, max_size=12))
def test_inner_votes_count_each_inner_edge_twice(edges, groups) -> None:
    ids = np.unique(np.array([e[:2] for e in edges], np.int64))
    labels = np.array([groups[v] for v in ids], np.int32)
    found = sum(
        inner_votes(rows.indptr, rows.neighbours, rows.votes, labels, b, 3)
        for b, rows in packed(edges, ids, 3, weighted=True).items()
    )
    assert found == sum(2 * round(w * UNITS) for a, b, w in edges if groups[a] == groups[b])


@given(ids=st.sets(st.integers(-(2**62), 2**62), min_size=1, max_size=50))
def test_numbers_follow_the_order_of_ids(ids) -> None:
    ascending = np.array(sorted(ids), np.int64)
    assert numbered(ascending, ascending[::-1]).tolist() == list(range(len(ids)))[::-1]


def test_a_hub_of_a_hundred_thousand_is_one_row() -> None:
    spokes = [(0, leaf, 1.0) for leaf in range(1, 100_001)]
    found = by_kernel(spokes, 4, 1, keep=False, own=0, weighted=False)
    assert found[0] == 1
    assert {found[leaf] for leaf in range(1, 100_001)} == {0}
