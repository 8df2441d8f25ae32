"""The compiled measures against networkx, on small random graphs; no Spark here."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketgraph.communities.votes import UNITS
from marketgraph.features.graph_groups import NO_KIND, UNKNOWN_AGE, Members
from marketgraph.features.graph_measures import measured
from marketgraph.features.graph_packed import Arrays

VERTICES = 14
edge_lists = st.lists(
    # self-loops and parallel edges among them; ids have gaps, and the last vertices are often alone
    st.tuples(st.integers(0, VERTICES - 3), st.integers(0, VERTICES - 3), st.sampled_from([0.25, 1.0, 3.5])),
    max_size=40,
)


def arrays_of(edges, labels=None, kinds=None, ages=None, risky=None) -> Arrays:
    """Vertices 0, 10, 20 … with these edges between their places; weights in votes."""
    ids = np.arange(VERTICES, dtype=np.int64) * 10
    src, dst = (np.array([edge[end] for edge in edges], np.int64) * 10 for end in (0, 1))
    votes = np.array([edge[2] * UNITS for edge in edges], np.int64)
    members = Members(
        labels=np.array(labels if labels is not None else range(VERTICES), np.int32),
        kinds=np.array(kinds if kinds is not None else [0] * VERTICES, np.int64),
        ages=np.array(ages if ages is not None else [UNKNOWN_AGE] * VERTICES, np.int64),
        risky=np.array(risky if risky is not None else [0] * VERTICES, np.uint8),
    )
    return Arrays(ids, src, dst, votes, np.arange(VERTICES), members)


def simple(edges) -> nx.Graph:
    """The same graph as networkx has it: a pair once, with the sum of its weights."""
    graph = nx.Graph()
    graph.add_nodes_from(range(VERTICES))
    for a, b, weight in edges:
        if a != b:
            before = graph.edges[a, b]["weight"] if graph.has_edge(a, b) else 0.0
            graph.add_edge(a, b, weight=before + weight)
    return graph


@settings(max_examples=150, deadline=None)
@given(edge_lists)
def test_core_numbers_triangles_and_clustering_are_those_of_networkx(edges) -> None:
    found, graph = measured(arrays_of(edges)), simple(edges)
    assert dict(enumerate(found["core_number"])) == nx.core_number(graph)
    assert dict(enumerate(found["triangles"])) == nx.triangles(graph)
    closed = nx.clustering(graph)
    for v in range(VERTICES):
        if graph.degree(v) < 2:
            assert math.isnan(found["clustering"][v])
        else:
            assert found["clustering"][v] == pytest.approx(closed[v], abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(edge_lists)
def test_pagerank_is_that_of_networkx_with_isolated_vertices_that_dangle(edges) -> None:
    found = measured(arrays_of(edges))["pagerank"]
    expected = nx.pagerank(simple(edges), alpha=0.85, tol=1e-13, max_iter=1000)
    assert found / VERTICES == pytest.approx([expected[v] for v in range(VERTICES)], abs=1e-8)
    assert found.sum() == pytest.approx(VERTICES)


@settings(max_examples=60, deadline=None)
@given(edge_lists, st.randoms(use_true_random=False))
def test_the_order_and_direction_of_edges_change_no_bit(edges, dice) -> None:
    turned = [(b, a, w) if dice.random() < 0.5 else (a, b, w) for a, b, w in edges]
    dice.shuffle(turned)
    one, other = measured(arrays_of(edges)), measured(arrays_of(turned))
    assert {n: a.tobytes() for n, a in one.items()} == {n: a.tobytes() for n, a in other.items()}


def test_a_larger_graph_with_two_components_and_a_hub() -> None:
    dice = np.random.default_rng(5)
    edges = [(0, n, 1.0) for n in range(1, 9)]
    edges += [(int(a), int(b), 1.0) for a, b in dice.integers(0, 9, (20, 2))] + [(10, 11, 2.0)]
    found, graph = measured(arrays_of(edges)), simple(edges)
    assert list(found["core_number"]) == [nx.core_number(graph)[v] for v in range(VERTICES)]
    assert list(found["graph_neighbours"]) == [graph.degree(v) for v in range(VERTICES)]
    assert list(found["graph_weight"]) == [graph.degree(v, weight="weight") for v in range(VERTICES)]


def communities_by_hand(edges, labels, kinds, ages, risky):
    """What each vertex's community is like, in plain Python."""
    graph, told = simple(edges), []
    for v in range(VERTICES):
        if kinds[v] == NO_KIND:
            told.append(None)
            continue
        group = [u for u in range(VERTICES) if labels[u] == labels[v]]
        known = [ages[u] for u in group if ages[u] != UNKNOWN_AGE]
        shares = [sum(kinds[u] == k for u in group) / len(group) for k in {kinds[u] for u in group}]
        inner = graph.subgraph(group).number_of_edges()
        weight = graph.degree(v, weight="weight")
        inside = sum(d["weight"] for _, u, d in graph.edges(v, data=True) if labels[u] == labels[v])
        others = [u for u in group if u != v]
        told.append(
            (
                len(group),
                inner / math.comb(len(group), 2) if others else math.nan,
                sum(known) / len(known) / 86_400 if known else math.nan,
                sum(risky[u] for u in others) / len(others) if others else math.nan,
                -sum(s * math.log2(s) for s in shares),
                inside / weight if weight else math.nan,
            )
        )
    return told


@settings(max_examples=80, deadline=None)
@given(
    edge_lists,
    st.lists(st.integers(0, 3), min_size=VERTICES - 1, max_size=VERTICES - 1),
    st.lists(st.integers(0, 4), min_size=VERTICES - 1, max_size=VERTICES - 1),
    st.lists(st.sampled_from([UNKNOWN_AGE, 1, 86_400, 10**8]), min_size=VERTICES, max_size=VERTICES),
    st.lists(st.integers(0, 1), min_size=VERTICES - 1, max_size=VERTICES - 1),
)
def test_communities_are_measured_as_by_hand(edges, labels, kinds, ages, risky) -> None:
    # the first vertex stands for a value: it is in no community, but its edges weigh
    labels, kinds, risky = [9, *labels], [NO_KIND, *kinds], [0, *risky]
    numbers = np.unique(labels, return_inverse=True)[1]
    found = measured(arrays_of(edges, numbers, kinds, ages, risky))
    names = ("size", "density", "age", "risky_share", "entropy", "inside_share")
    for v, expected in enumerate(communities_by_hand(edges, labels, kinds, ages, risky)):
        if expected is not None:
            got = [float(found[f"community_{name}"][v]) for name in names]
            assert got == pytest.approx(expected, abs=1e-12, nan_ok=True)
