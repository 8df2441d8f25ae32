"""What the pages tell, as values: read from a release by Spark once, shown without it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class ReleaseFacts:
    """A release by name. previous: id and date of the one that it is compared with, None where there is none."""

    id: str
    as_of: date
    published_at: datetime | None
    code_version: str
    checks_passed: int
    checks_warned: int
    previous: tuple[str, date] | None
    same_config: bool


@dataclass(frozen=True)
class Change:
    """How many of something there are, and were in the release before (None: there is none, or not counted)."""

    name: str
    now: int
    before: int | None

    @property
    def more(self) -> int | None:
        """How many more than before."""
        return None if self.before is None else self.now - self.before


@dataclass(frozen=True)
class Event:
    """What became of some communities: how many rows of lineage, and vertices before, in both, and now."""

    name: str
    communities: int
    size_before: int
    overlap: int
    size: int


@dataclass(frozen=True)
class Churn:
    """How the communities follow those before. share: vertices that are in both and changed their community."""

    previous_as_of: date | None
    communities: int
    before: int
    kept: int
    changed: int
    share: float | None
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Round:
    """One iteration of label propagation. share: vertices that took another label, of those that have an edge."""

    iteration: int
    changed: int
    share: float


@dataclass(frozen=True)
class Partition:
    """What the communities are like as a whole."""

    stopped: str
    why: str
    kept: int
    vertices: int
    communities: int
    size_p50: int
    size_max: int
    modularity: float
    coverage: float


@dataclass(frozen=True)
class Check:
    """A check of the gate that did not pass, without being critical."""

    table: str
    check: str
    columns: str
    observed: str
    expected: str


@dataclass(frozen=True)
class Recovery:
    """How well a relation finds what was planted."""

    relation: str
    group_kind: str
    planted: int
    found: int
    recall: float | None
    precision: float | None


@dataclass(frozen=True)
class Ranking:
    """How a kind of planted group stands at the top of the ranked communities."""

    group_kind: str
    guilty: bool
    planted: int
    found: int
    communities: int
    top: int
    recall: float | None


@dataclass(frozen=True)
class Calibration:
    """How well the scores of a domain rank seeds that were held out."""

    domain: str
    method: str
    seeds: int
    auc: float | None
    precision: float
    baseline: float
    lift: float | None
    brier_before: float
    brier_after: float


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
    """An edge between two members, with the factors of its weight. holds: communities are found by its relation."""

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
    """Why a community stands out: a code of the documented list, and how many facts it is said for."""

    code: str
    count: int


@dataclass(frozen=True)
class Path:
    """The way to a known violator. steps: vertices as `kind id`; relations: of the ties between them."""

    hops: int
    steps: tuple[str, ...]
    relations: tuple[str, ...]


@dataclass(frozen=True)
class Motif:
    """A declared pattern. state: found, none or absent; why: what it can't be looked for without."""

    name: str
    state: str
    instances: int
    why: str | None


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


@dataclass(frozen=True)
class Facts:
    """The whole of a report. absent: tables that the release has not."""

    release: ReleaseFacts
    entities: tuple[Change, ...]
    tables: tuple[Change, ...]
    sizes: tuple[tuple[int, int], ...]
    alone: int | None
    rounds: tuple[Round, ...]
    partition: Partition | None
    churn: Churn | None
    warned: tuple[Check, ...]
    recovery: tuple[Recovery, ...]
    ranking: tuple[Ranking, ...]
    calibration: tuple[Calibration, ...]
    listed: tuple[Listed, ...]
    communities: tuple[Community, ...]
    relations: tuple[RelationFacts, ...]
    violations: int
    absent: frozenset[str]
    motifs: tuple[Motif, ...] = ()
