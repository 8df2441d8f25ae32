"""The walk: what it is by linear algebra, and what can't change a bit of it."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.risk.graphs import solved, walked

FACTORS = np.array([[1.0, 0.0, 0.5], [0.25, 2.0, 1.0]])
weights = st.integers(1, 64).map(lambda n: n / 16)
few = settings(max_examples=40, deadline=None)


@st.composite
def graphs(draw):
    """Ties of two kinds among a few vertices, loops and parallel ones too, and seeds of three columns."""
    size = draw(st.integers(2, 12))
    vertex = st.integers(0, size - 1)
    ties = draw(st.lists(st.tuples(vertex, vertex, weights, st.integers(0, 1)), min_size=1, max_size=30))
    seeds = draw(st.lists(st.sampled_from([0.0, 0.0, 0.4, 1.0]), min_size=3 * size, max_size=3 * size))
    return ties, np.array(seeds).reshape(size, 3)


@few
@given(graphs())
def test_visits_solve_the_linear_system(graph) -> None:
    ties, seeds = graph
    found = walked(ties, seeds, factors=FACTORS, domains=[0, 1, 2])
    for column in range(3):
        wanted = solved(ties, seeds[:, column], factors=FACTORS, domain=column)
        assert np.allclose(found.visits[:, column], wanted, atol=1e-8)
        assert np.abs(found.visits[:, column] - wanted).max() <= found.errors[column] + 1e-10


@few
@given(graphs(), st.integers(2, 9), st.randoms(use_true_random=False))
def test_blocks_hubs_and_the_order_of_ties_change_no_bit(graph, blocks, dice) -> None:
    ties, seeds = graph
    shuffled = [
        (dst, src, weight, code) if dice.random() < 0.5 else (src, dst, weight, code)
        for src, dst, weight, code in ties
    ]
    dice.shuffle(shuffled)
    hubs = sorted(dice.sample(range(len(seeds)), min(2, len(seeds))))
    told = {"factors": FACTORS, "domains": [0, 1, 2], "tolerance": 1e-3}
    one, other = walked(ties, seeds, **told), walked(shuffled, seeds, blocks=blocks, hubs=hubs, **told)
    assert one.visits.tobytes() == other.visits.tobytes()
    assert one.errors.tobytes() == other.errors.tobytes()
    assert one.iterations.tolist() == other.iterations.tolist()


@few
@given(graphs())
def test_a_column_is_the_same_whatever_is_walked_beside_it(graph) -> None:
    ties, seeds = graph
    together = walked(ties, seeds, factors=FACTORS, domains=[0, 1, 2], tolerance=1e-3)
    for column in range(3):
        alone = walked(ties, seeds[:, [column]], factors=FACTORS, domains=[column], tolerance=1e-3)
        assert alone.visits[:, 0].tobytes() == np.ascontiguousarray(together.visits[:, column]).tobytes()
        assert alone.errors[0] == together.errors[column]


@few
@given(graphs(), st.randoms(use_true_random=False))
def test_other_names_of_vertices_only_rename_the_visits(graph, dice) -> None:
    ties, seeds = graph
    names = list(range(len(seeds)))
    dice.shuffle(names)
    renamed = [(names[src], names[dst], weight, code) for src, dst, weight, code in ties]
    moved = np.empty_like(seeds)
    moved[names] = seeds
    told = {"factors": FACTORS, "domains": [0, 1, 2]}
    assert np.allclose(
        walked(renamed, moved, **told).visits[names], walked(ties, seeds, **told).visits, atol=1e-8
    )


@pytest.mark.parametrize("restart", [0.15, 0.3, 0.7])
def test_visits_are_personalised_pagerank(restart: float) -> None:
    graph = nx.karate_club_graph()
    ties = [(src, dst, told["weight"], 0) for src, dst, told in graph.edges(data=True)]
    seeds = np.zeros((len(graph), 1))
    seeds[[0, 33], 0] = 1
    ranks = nx.pagerank(
        graph, alpha=1 - restart, personalization={0: 1, 33: 1}, weight="weight", tol=1e-12, max_iter=500
    )
    found = walked(ties, seeds, restart=restart).visits[:, 0]
    assert np.allclose(found * restart / 2, [ranks[vertex] for vertex in graph], atol=1e-7)


def test_a_component_without_a_seed_and_an_isolated_vertex_get_nothing() -> None:
    seeds = np.array([[1.0], [0.0], [0.0], [0.0], [0.0]])
    found = walked([(0, 1, 1.0, 0), (2, 3, 1.0, 0)], seeds).visits[:, 0]
    assert found[1] > 0
    assert found[2:].tolist() == [0.0, 0.0, 0.0]


def test_a_seed_without_a_tie_keeps_what_it_is_worth() -> None:
    seeds = np.array([[0.0], [0.0], [0.4]])
    assert walked([(0, 1, 1.0, 0)], seeds).visits[:, 0].tolist() == [0.0, 0.0, 0.4]


def test_no_seeds_need_no_round() -> None:
    found = walked([(0, 1, 1.0, 0)], np.zeros((2, 1)))
    assert (found.visits.tolist(), found.iterations.tolist()) == ([[0.0], [0.0]], [0])


def test_seeds_everywhere_are_visited_by_their_degree_and_the_total_is_kept() -> None:
    ties = [(0, 1, 1.0, 0), (1, 2, 3.0, 0), (2, 0, 2.0, 0)]
    found = walked(ties, np.ones((3, 1))).visits[:, 0]
    assert found.sum() == pytest.approx(3 / 0.3)
    assert found[2] > found[1] > found[0]


def test_a_tie_that_a_domain_does_not_have_carries_nothing_in_it() -> None:
    factors = np.array([[1.0, 0.0], [0.0, 1.0]])
    seeds = np.array([[1.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    found = walked([(0, 1, 1.0, 0), (0, 2, 1.0, 1)], seeds, factors=factors, domains=[0, 1]).visits
    assert (found[1, 0] > 0, found[2, 0]) == (True, 0.0)
    assert (found[1, 1], found[2, 1] > 0) == (0.0, True)


def test_it_ends_within_the_tolerance_or_says_how_far_off_it_is() -> None:
    ties = [(n, n + 1, 1.0, 0) for n in range(30)]
    seeds = np.zeros((31, 1))
    seeds[0] = 1
    wanted = solved(ties, seeds[:, 0])
    loose, cut_off = walked(ties, seeds, tolerance=0.01), walked(ties, seeds, max_iterations=3)
    assert loose.errors[0] <= 0.01
    assert np.abs(loose.visits[:, 0] - wanted).max() <= loose.errors[0]
    assert (cut_off.iterations[0], cut_off.errors[0] > 0.01) == (3, True)
    assert np.abs(cut_off.visits[:, 0] - wanted).max() <= cut_off.errors[0]


def test_many_heavy_seeds_at_one_hub_stay_exact() -> None:
    leaves = 5_000
    ties = [(0, leaf, 1000.0, 0) for leaf in range(1, leaves + 1)]
    seeds = np.ones((leaves + 1, 1))
    found = walked(ties, seeds).visits[:, 0]
    assert np.allclose(found, solved_star(leaves), rtol=1e-6)
    assert len(set(found[1:].tolist())) == 1


def solved_star(leaves: int, stay: float = 0.7) -> np.ndarray:
    """The hub and each leaf: h = 1 + stay * n * l, l = 1 + stay * h / n."""
    hub = (1 + stay * leaves) / (1 - stay * stay)
    return np.concatenate([[hub], np.full(leaves, 1 + stay * hub / leaves)])
