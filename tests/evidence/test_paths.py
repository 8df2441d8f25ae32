"""Shortest paths to known violators, against every path of a small graph, by networkx."""

from __future__ import annotations

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from marketgraph.evidence.paths import Limits, Path, Tie, Ties, nearest

WIDE = Limits(paths=3, hops=4, degree=1000, frontier=1000)


def ties_of(edges: dict[tuple[int, int], int], degree: int = 1000):
    """What `nearest` asks for, of edges {(one, other): pull}."""
    both = [(a, b, pull) for (one, other), pull in edges.items() for a, b in ((one, other), (other, one))]

    def fetch(vertices):
        own = {v: sorted((-pull, b) for a, b, pull in both if a == v) for v in vertices}
        return {
            v: Ties(tuple(Tie(b, -less, "shares_device") for less, b in ties[:degree]), len(ties))
            for v, ties in own.items()
            if ties
        }

    return fetch


def by_networkx(edges, start, violators, limits: Limits) -> list[tuple[int, ...]]:
    graph = nx.Graph()
    graph.add_node(start)
    graph.add_weighted_edges_from((a, b, pull) for (a, b), pull in edges.items())
    best = []
    for violator in sorted(violators & set(graph)):
        if nx.has_path(graph, start, violator):
            every = nx.all_shortest_paths(graph, start, violator) if violator != start else [[start]]
            told = min((-nx.path_weight(graph, p, "weight") if p[1:] else 0, tuple(p)) for p in every)
            best.append((len(told[1]), *told))
    return [path for length, _, path in sorted(best) if length <= limits.hops + 1][: limits.paths]


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] < pair[1]),
        st.integers(1, 3),
        max_size=20,
    ),
    st.sets(st.integers(0, 9), max_size=4),
)
def test_they_are_the_fewest_ties_then_the_largest_sum_then_the_smallest_ids(edges, violators) -> None:
    found = nearest([0, 5], violators, ties_of(edges), WIDE)
    for start in (0, 5):
        assert [path.vertices for path in found[start]] == by_networkx(edges, start, violators, WIDE)


def test_no_path_goes_through_a_hub() -> None:
    star = {(0, n): 1 for n in range(1, 60)}
    assert nearest([1], {2}, ties_of(star), Limits(3, 4, degree=50, frontier=100)) == {1: []}
    assert nearest([1], {2}, ties_of(star), WIDE)[1] == [Path((1, 0, 2), ("shares_device",) * 2, 2)]


def test_a_hub_that_is_known_itself_is_reached() -> None:
    star = {(0, n): 1 for n in range(1, 60)}
    (path,) = nearest([1], {0}, ties_of(star), Limits(3, 4, degree=50, frontier=100))[1]
    assert path.vertices == (1, 0)


def test_a_hub_that_one_asks_for_goes_along_its_strongest_ties() -> None:
    star = {(0, n): n for n in range(1, 60)}
    found = nearest([0], {1, 59}, ties_of(star, degree=50), Limits(3, 4, degree=50, frontier=100))
    assert [path.vertices for path in found[0]] == [(0, 59)]


def test_what_a_frontier_is_cut_to_are_its_strongest() -> None:
    edges = {(0, 1): 1, (0, 2): 5, (1, 3): 1, (2, 4): 1}
    found = nearest([0], {3, 4}, ties_of(edges), Limits(3, 4, degree=50, frontier=1))
    assert [path.vertices for path in found[0]] == [(0, 2, 4)]


def test_a_violator_is_its_own_nearest() -> None:
    assert [p.hops for p in nearest([0], {0, 1}, ties_of({(0, 1): 1}), WIDE)[0]] == [0, 1]


def test_ties_are_asked_for_once_however_many_search() -> None:
    asked: list[int] = []
    fetch = ties_of({(0, 1): 1, (1, 2): 1, (2, 3): 1})

    def counted(vertices):
        asked.extend(vertices)
        return fetch(vertices)

    nearest([0, 1, 2, 3], {9}, counted, WIDE)
    assert sorted(asked) == [0, 1, 2, 3]
