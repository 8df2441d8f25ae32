"""The whole of a report, as values: read from a release by Spark once, shown without it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from marketgraph.report.community_facts import Community, Listed
from marketgraph.report.overview_facts import (
    Calibration,
    Change,
    Check,
    Churn,
    Motif,
    Partition,
    Ranking,
    Recovery,
    Round,
)
from marketgraph.report.relation_facts import RelationFacts


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
class Facts:
    """The whole of a report. absent: tables that the release has not. data_docs: link to them; empty: none."""

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
    data_docs: str = ""
