"""Paths from vertices to the known violators of a domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from marketgraph.evidence.paths import Limits, Path, Ties, nearest
from marketgraph.evidence.sources import Sources, Told
from marketgraph.evidence.steps import ties_at


def paths_from(starts: Iterable[int], domain: str, sources: Sources, told: Told) -> dict[int, list[Path]]:
    """The paths from each start to the nearest known violators, itself among them where it is one.

    A pass over the edges for each hop. The driver holds choices.max_frontier times choices.max_degree ties for each
    start and hop at most.
    """
    choices = told.choices
    limits = Limits(choices.paths, choices.hops, choices.max_degree, choices.max_frontier)

    def fetch(vertices: Sequence[int]) -> Mapping[int, Ties]:
        return ties_at(sources.edges, vertices, told.risk.domains[domain], degree=limits.degree)

    return nearest(starts, frozenset(sources.violators(domain).tolist()), fetch, limits)
