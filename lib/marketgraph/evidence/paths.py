"""Shortest paths from some vertices to the known violators nearest to each, hop by hop.

Of the paths to one violator the one of the fewest ties, of these the one of the largest sum of weights, of these the
one of the smaller ids. All searches go a hop at a time, so that each hop asks for the ties of all frontiers at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Tie(NamedTuple):
    """A tie as one end sees it: to whom, how strong (in 1/UNITS), by which relation."""

    neighbour: int
    pull: int
    relation: str


class Ties(NamedTuple):
    """The ties of a vertex, the strongest first, and how many it has; more may be there than are told."""

    told: tuple[Tie, ...]
    degree: int


class Path(NamedTuple):
    """A path: its vertices, the relations between them, the sum of its ties (in 1/UNITS)."""

    vertices: tuple[int, ...]
    relations: tuple[str, ...]
    strength: int

    @property
    def hops(self) -> int:
        return len(self.relations)


@dataclass(frozen=True)
class Limits:
    """paths: of each start. hops: of each. degree: with more ties a vertex ends paths. frontier: a hop goes on from."""

    paths: int
    hops: int
    degree: int
    frontier: int


Fetch = Callable[[Sequence[int]], Mapping[int, Ties]]


def nearest(
    starts: Iterable[int], violators: Collection[int], fetch: Fetch, limits: Limits
) -> dict[int, list[Path]]:
    """The paths from each start to its nearest violators, nearest first; itself, by no tie, where it is one.

    fetch: the ties of some vertices, `limits.degree` of each at most. A start with more goes on along its strongest;
    any other vertex with more ends the paths that reach it. What a frontier is cut to is its strongest paths.
    """
    searches = {start: _Search(start, violators, limits) for start in starts}
    known: dict[int, Ties] = {}
    for _ in range(limits.hops):
        going = [search for search in searches.values() if search.goes_on]
        wanted = sorted({vertex for search in going for vertex in search.frontier} - known.keys())
        if wanted:
            known |= dict(fetch(wanted))
        for search in going:
            search.advance(known)
    return {start: search.found[: limits.paths] for start, search in searches.items()}


@dataclass
class _Search:
    start: int
    violators: Collection[int]
    limits: Limits
    frontier: dict[int, Path] = field(init=False)
    visited: set[int] = field(init=False)
    found: list[Path] = field(init=False)

    def __post_init__(self) -> None:
        begin = Path((self.start,), (), 0)
        self.frontier, self.visited = {self.start: begin}, {self.start}
        self.found = [begin] if self.start in self.violators else []

    @property
    def goes_on(self) -> bool:
        return bool(self.frontier) and len(self.found) < self.limits.paths

    def advance(self, known: Mapping[int, Ties]) -> None:
        """One hop on from all of the frontier."""
        reached: dict[int, Path] = {}
        for vertex, path in self.frontier.items():
            for tie in self._ties(vertex, known):
                if tie.neighbour not in self.visited:
                    new = Path(
                        (*path.vertices, tie.neighbour),
                        (*path.relations, tie.relation),
                        path.strength + tie.pull,
                    )
                    old = reached.get(tie.neighbour)
                    reached[tie.neighbour] = new if old is None else min(old, new, key=_order)
        self.visited |= reached.keys()
        ordered = sorted(reached.values(), key=_order)
        self.found += [path for path in ordered if path.vertices[-1] in self.violators]
        self.frontier = {path.vertices[-1]: path for path in ordered[: self.limits.frontier]}

    def _ties(self, vertex: int, known: Mapping[int, Ties]) -> tuple[Tie, ...]:
        ties = known.get(vertex, Ties((), 0))
        return ties.told if vertex == self.start or ties.degree <= self.limits.degree else ()


def _order(path: Path) -> tuple[int, tuple[int, ...]]:
    return -path.strength, path.vertices
