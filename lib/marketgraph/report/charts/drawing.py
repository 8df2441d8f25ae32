"""The graph of a community as a drawing: its strongest members and ties, with shapes, thickness and labels."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from marketgraph.report.caps import Caps
from marketgraph.report.charts.labels import Place, label_places
from marketgraph.report.charts.layout import places_of
from marketgraph.report.community_facts import Community, Member, Tie
from marketgraph.report.words import listing, plural, spoken

WIDTH, HEIGHT = 640, 460
BOX = (40.0, 30.0, 590.0, 430.0)
THIN, THICK = 1.0, 7.0


@dataclass(frozen=True)
class Node:
    """A drawn member. size: half its extent. big: its label is shown on small screens too."""

    x: float
    y: float
    size: float
    kind: str
    known: bool
    words: str
    label: Place | None
    big: bool


@dataclass(frozen=True)
class Line:
    """A drawn pair: thickness by the sum of its weights."""

    x1: float
    y1: float
    x2: float
    y2: float
    thick: float
    words: str


@dataclass(frozen=True)
class Drawing:
    """The drawing. told: what it shows, for those who don't see it. left_out: members that it does not show."""

    nodes: tuple[Node, ...]
    lines: tuple[Line, ...]
    told: str
    kinds: tuple[str, ...]
    left_out: int
    width: int = WIDTH
    height: int = HEIGHT


Pair = tuple[int, int]
Pairs = dict[Pair, tuple[float, tuple[str, ...]]]


def drawing_of(community: Community, caps: Caps) -> Drawing | None:
    """The members with the strongest ties that hold the community, and those ties; None when nothing ties it."""
    pairs = _pairs([tie for tie in community.ties if tie.holds])
    members = {member.vertex_id: member for member in _drawn(community.members, pairs, caps.drawn)}
    shown = {pair: told for pair, told in pairs.items() if pair[0] in members and pair[1] in members}
    shown = dict(sorted(shown.items(), key=_heaviest_first)[: caps.lines])
    if not shown:
        return None
    places = places_of({pair: weight for pair, (weight, _) in shown.items()}, BOX)
    drawn = [members[vertex] for vertex in places]
    return Drawing(
        _nodes(drawn, places, caps),
        _lines(shown, places, members),
        _told(drawn, shown, members),
        tuple(dict.fromkeys(sorted(member.kind for member in drawn))),
        community.listed.size - len(drawn),
    )


def _pairs(ties: Sequence[Tie]) -> Pairs:
    """Weight and relations of each pair, the smaller id first, in the order of their ids."""
    found: Pairs = {}
    for tie in sorted(ties, key=lambda one: (_ends(one), one.relation)):
        weight, names = found.get(_ends(tie), (0.0, ()))
        found[_ends(tie)] = (weight + tie.weight, (*names, tie.relation))
    return found


def _ends(tie: Tie) -> Pair:
    return (min(tie.src, tie.dst), max(tie.src, tie.dst))


def _drawn(members: Sequence[Member], pairs: Pairs, most: int) -> list[Member]:
    """Up to `most` members, grown from the strongest violator, each time by the one with the heaviest tie to them.

    So that what is drawn hangs together (Prim's algorithm, the heaviest tie first).
    """
    by_id = {member.vertex_id: member for member in members}
    beside: dict[int, list[tuple[float, int]]] = {}
    for (src, dst), (weight, _) in pairs.items():
        if src in by_id and dst in by_id:
            beside.setdefault(src, []).append((-weight, dst))
            beside.setdefault(dst, []).append((-weight, src))
    chosen: dict[int, Member] = {}
    for begin in sorted((by_id[v] for v in beside), key=_first):
        waiting = [(0.0, begin.vertex_id)]
        while waiting and len(chosen) < most:
            _, vertex = heapq.heappop(waiting)
            if vertex not in chosen:
                chosen[vertex] = by_id[vertex]
                for tie in beside[vertex]:
                    heapq.heappush(waiting, tie)
    return list(chosen.values())


def _first(member: Member) -> tuple[bool, float, int]:
    return (not member.known, -member.strength, member.vertex_id)


def _heaviest_first(told: tuple[Pair, tuple[float, tuple[str, ...]]]) -> tuple[float, Pair]:
    return (-told[1][0], told[0])


def _nodes(members: Sequence[Member], places: dict[int, tuple[int, int]], caps: Caps) -> tuple[Node, ...]:
    sizes = {member.vertex_id: _size(len(members), member) for member in members}
    most_first = sorted(members, key=_first)
    named = [(m.vertex_id, m.entity_id) for m in most_first[: caps.labelled]]
    # a ring is around those known
    extents = {m.vertex_id: sizes[m.vertex_id] + (6 if m.known else 0) for m in members}
    circles = {vertex: (*place, extents[vertex]) for vertex, place in places.items()}
    labels = label_places(named, circles, width=WIDTH, height=HEIGHT)
    big = {vertex for vertex, _ in named[:6]}
    return tuple(
        Node(
            *places[member.vertex_id],
            sizes[member.vertex_id],
            member.kind,
            bool(member.known),
            _who(member),
            labels.get(member.vertex_id),
            member.vertex_id in big,
        )
        for member in members
    )


def _size(count: int, member: Member) -> float:
    return (9 if count <= 30 else 7) + (1 if member.known else 0)


def _who(member: Member) -> str:
    title = f" “{member.title}”" if member.title else ""
    known = f"; known for {listing([spoken(kind) for kind, _ in member.known])}" if member.known else ""
    return f"{member.kind} {member.entity_id}{title}{known}"


def _lines(
    pairs: Pairs,
    places: dict[int, tuple[int, int]],
    members: dict[int, Member],
) -> tuple[Line, ...]:
    heaviest = max(weight for weight, _ in pairs.values()) or 1.0
    lines = []
    for (src, dst), (weight, names) in pairs.items():
        thick = round(THIN + (THICK - THIN) * (weight / heaviest) ** 0.5, 1)
        ends = f"{members[src].entity_id} and {members[dst].entity_id}"
        by = listing([spoken(name) for name in dict.fromkeys(names)])
        lines.append(Line(*places[src], *places[dst], thick, f"{ends}: {by}, weight {weight:.2f}"))
    # the thickest last, so that they lie on top
    return tuple(reversed(lines))


def _told(drawn: Sequence[Member], pairs: Pairs, members: dict[int, Member]) -> str:
    kinds = sorted({member.kind for member in drawn})
    counted = [plural(sum(member.kind == kind for member in drawn), kind) for kind in kinds]
    (src, dst), (weight, names) = min(pairs.items(), key=_heaviest_first)
    known = sum(bool(member.known) for member in drawn)
    return (
        f"{listing(counted)}, joined by {plural(len(pairs), 'line')}; the strongest joins {_who(members[src])} and "
        f"{_who(members[dst])} ({listing([spoken(n) for n in names])}, weight {weight:.2f}). "
        f"{plural(known, 'of them has', 'of them have')} a known violation."
    )
