"""What a relation's page tells, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from marketgraph.report.overview_facts import Change


@dataclass(frozen=True)
class Suppressed:
    """Groups of a relation that a policy left out, or joined otherwise than in pairs."""

    policy: str
    groups: int
    holders: int
    pairs: int


@dataclass(frozen=True)
class Group:
    """One such group. value: what it has in common, masked where it is an identifier."""

    value: str
    holders: int
    pairs: int
    policy: str


@dataclass(frozen=True)
class RelationFacts:
    """The numbers of one relation. degrees: (n, vertices with 2^n or more, below 2^(n + 1)); weights: (n, edges)."""

    name: str
    edges: Change
    vertices: int
    evidence: int
    first_seen: datetime | None
    last_seen: datetime | None
    degree_max: int
    degrees: tuple[tuple[int, int], ...]
    weights: tuple[tuple[int, int], ...]
    suppressed: tuple[Suppressed, ...]
    largest: tuple[Group, ...]
