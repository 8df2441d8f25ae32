"""What the overview tells, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


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
class Motif:
    """A declared pattern. state: found, none or absent; why: what it can't be looked for without."""

    name: str
    state: str
    instances: int
    why: str | None
