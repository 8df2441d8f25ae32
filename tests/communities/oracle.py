"""Label propagation in plain Python, by the words of docs/label-propagation.md: the answer that engines are held to."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import networkx as nx

from marketgraph.communities.settings import Propagation

Edge = tuple[int, int, float]
MASK = (1 << 64) - 1


def spread(value: int) -> int:
    """splitmix64's finaliser."""
    bits = value & MASK
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9 & MASK
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EB & MASK
    return bits ^ bits >> 31


def neighbours(edges: list[Edge], settings: Propagation) -> dict[int, Counter]:
    """How much each vertex hears of each neighbour."""
    heard: dict[int, Counter] = {v: Counter() for e in edges for v in e[:2]}
    for a, b, weight in edges:
        if a != b:
            vote = Fraction(weight) if settings.weighted else 1
            for one, other in ((a, b), (b, a)):
                if settings.orientation == "undirected" and not settings.weighted:
                    heard[one][other] = 1
                else:
                    heard[one][other] += vote
    return heard


def propagated(
    edges: list[Edge],
    settings: Propagation,
    seeds: dict[int, tuple[int, float]] | None = None,
    initial: dict[int, int] | None = None,
) -> dict[int, int]:
    """The labels after max_iterations, without any rule that stops before. initial: of every vertex, if not its own."""
    heard, seeds = neighbours(edges, settings), seeds or {}
    label = initial or {v: seeds[v][0] if v in seeds else v for v in heard}
    for iteration in range(settings.max_iterations):
        if settings.schedule == "synchronous":
            label = _round(label, heard, settings, seeds, set(heard))
        else:
            second = {v for v in heard if not spread(v) >> (63 - iteration % 64) & 1}
            label = _round(label, heard, settings, seeds, set(heard) - second)
            label = _round(label, heard, settings, seeds, second)
    return label


def _round(label, heard, settings, seeds, turn) -> dict[int, int]:
    after = {}
    for v, near in heard.items():
        votes: Counter = Counter({label[v]: Fraction(settings.own_vote)})
        if v in seeds:
            votes[seeds[v][0]] += Fraction(seeds[v][1])
        for other, vote in near.items():
            votes[label[other]] += vote
        most = max(votes.values())
        pinned = settings.pin_seeds and v in seeds
        if v not in turn or pinned or not most or (settings.ties == "current" and votes[label[v]] == most):
            after[v] = label[v]
        else:
            after[v] = min(k for k, n in votes.items() if n == most)
    return after


def graph_of(edges: list[Edge], settings: Propagation) -> nx.Graph:
    """The graph as networkx has it, each pair once, with what they hear of each other as weight."""
    graph = nx.Graph()
    for v, near in neighbours(edges, settings).items():
        graph.add_node(v)
        graph.add_weighted_edges_from((v, u, float(vote)) for u, vote in near.items() if vote)
    return graph


def groups(labels: dict[int, int]) -> set[frozenset[int]]:
    """The communities as sets."""
    found: dict[int, set[int]] = {}
    for v, label in labels.items():
        found.setdefault(label, set()).add(v)
    return {frozenset(group) for group in found.values()}
