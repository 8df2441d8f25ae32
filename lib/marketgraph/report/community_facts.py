"""What the list and a community's page tell, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Listed:
    """One community of the list. rank: its place in it, from 1. score: of the domain any, None without one."""

    rank: int
    community_id: int
    score: float | None
    seeds: int | None
    size: int
    kinds: tuple[tuple[str, int], ...]
    density: float
    conductance: float
    age_days: int
    growth: int | None
    new_members: int | None
    main_relation: str | None
    shares: tuple[tuple[str, float], ...]
    countries: tuple[str, ...]
    shared_identifiers: int
    rarest: tuple[str, str, int] | None
    money: float
    money_within: float
    known_violations: int


@dataclass(frozen=True)
class Member:
    """A member of a community. joined: when the first tie to another member was seen, None: before the data.

    known: kinds of violations that were known, each with the day when it became so. is_new: not a member in the
    release before; None where there is none.
    """

    vertex_id: int
    kind: str
    entity_id: str
    title: str | None
    score: float | None
    first_activity: datetime | None
    joined: datetime | None
    ties: int
    strength: float
    known: tuple[tuple[str, date], ...]
    is_new: bool | None


@dataclass(frozen=True)
class Tie:
    """An edge between two members, with the factors of its weight. holds: communities are found by its relation.

    without: the community's score without it; None where that is not told.
    """

    src: int
    dst: int
    relation: str
    weight: float
    holds: bool
    count: int
    evidence: float
    recency: float
    rarity: float
    first_seen: datetime | None
    last_seen: datetime | None
    without: float | None = None


@dataclass(frozen=True)
class Shared:
    """An identifier that several members hold. value: masked. holders: in the whole marketplace."""

    kind: str
    value: str
    members: int
    holders: int


@dataclass(frozen=True)
class Held:
    """The ties of one relation among the members that are shown."""

    relation: str
    ties: int
    weight: float
    holds: bool


@dataclass(frozen=True)
class Lineage:
    """What a community came of, or went into."""

    event: str
    community_id: int
    previous_id: int | None
    overlap: int
    jaccard: float
    size: int
    size_before: int


@dataclass(frozen=True)
class Reason:
    """Why a community stands out: a code of the documented list, what it says, how many facts it is said for."""

    code: str
    text: str
    count: int


@dataclass(frozen=True)
class Path:
    """The way to a known violator. steps: vertices as `kind id`; relations: of the ties between them."""

    hops: int
    steps: tuple[str, ...]
    relations: tuple[str, ...]


@dataclass(frozen=True)
class Community:
    """All that a community's page tells. members, ties: at most as many as the caps say; the profile has all."""

    listed: Listed
    members: tuple[Member, ...]
    ties: tuple[Tie, ...]
    held: tuple[Held, ...]
    shared: tuple[Shared, ...]
    lineage: tuple[Lineage, ...]
    reasons: tuple[Reason, ...] = ()
    paths: tuple[Path, ...] = ()
