"""When the members of a community were joined to it: a lane for each kind, a mark for each member."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketgraph.report.charts.scale import Scale, Tick, day_ticks
from marketgraph.report.community_facts import Member
from marketgraph.report.words import day, plural, spoken
from marketgraph.tables.sources import ENTITY_KINDS

WIDTH, LEFT, RIGHT, TOP = 420, 76, 406, 10
LANE, STEP, STACK = 42, 6, 5
BEFORE = 30  # room at the left for members from before the data


@dataclass(frozen=True)
class Mark:
    """A member's joining, or the day a violation of it became known."""

    x: float
    y: float
    kind: str
    known: bool
    words: str


@dataclass(frozen=True)
class Lane:
    """One kind: its middle, and its name."""

    y: float
    kind: str
    label: str


@dataclass(frozen=True)
class Timeline:
    """The chart. told: what it shows, for those who don't see it. undated: members from before the data."""

    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    bottom: float
    height: float
    told: str
    undated: int
    width: int = WIDTH
    left: int = LEFT
    right: int = RIGHT


def timeline_of(members: Sequence[Member], as_of: date) -> Timeline | None:
    """The joins of these members up to the date; None when none of them has a tie."""
    tied = [member for member in members if member.ties]
    if not tied:
        return None
    dates = [m.joined.date() for m in tied if m.joined] + [known for m in tied for _, known in m.known]
    first = min(dates, default=as_of)
    scale = Scale(first.toordinal(), max(as_of.toordinal(), first.toordinal() + 1), LEFT + BEFORE, RIGHT - 4)
    kinds = [kind for kind in ENTITY_KINDS if any(member.kind == kind for member in tied)]
    lanes = tuple(Lane(TOP + LANE * n + LANE / 2, kind, f"{kind}s") for n, kind in enumerate(kinds))
    bottom = TOP + LANE * len(lanes)
    return Timeline(
        lanes,
        _marks(tied, {lane.kind: lane.y for lane in lanes}, scale),
        day_ticks(first, as_of, scale, 3),
        bottom,
        bottom + 34,
        _told(tied),
        sum(member.joined is None for member in tied),
    )


def _marks(members: Sequence[Member], lanes: dict[str, float], scale: Scale) -> tuple[Mark, ...]:
    """Those that fall on one place are stacked around the lane's middle."""
    seen: Counter[tuple[str, int]] = Counter()
    marks = []
    for member in sorted(members, key=lambda one: (one.joined is not None, one.joined, one.vertex_id)):
        x = scale.at(member.joined.toordinal()) if member.joined else LEFT + 10.0
        spot = (member.kind, round(x / STEP))
        height = (seen[spot] + 1) // 2 * STACK * (-1 if seen[spot] % 2 else 1)
        seen[spot] += 1
        y = lanes[member.kind] + max(-LANE / 2 + 3, min(LANE / 2 - 3, height))
        marks.append(Mark(spot[1] * STEP, y, member.kind, False, f"{member.entity_id}: {day(member.joined)}"))
        marks += [_violation(member, kind, known, lanes, scale) for kind, known in member.known]
    return tuple(marks)


def _violation(member: Member, kind: str, known: date, lanes: dict[str, float], scale: Scale) -> Mark:
    words = f"{member.entity_id}: {spoken(kind)} known since {day(known)}"
    return Mark(scale.at(known.toordinal()), lanes[member.kind], member.kind, True, words)


def _told(members: Sequence[Member]) -> str:
    dated = sorted(member.joined for member in members if member.joined)
    undated = len(members) - len(dated)
    before = [f"{plural(undated, 'member was', 'members were')} joined before the data"] if undated else []
    if not dated:
        return f"{before[0]}."
    half = dated[(len(dated) - 1) // 2]
    span = f"from {day(dated[0])} to {day(dated[-1])}, half of them by {day(half)}"
    return "; ".join([*before, f"{plural(len(dated), 'member')} joined {span}"]) + "."
