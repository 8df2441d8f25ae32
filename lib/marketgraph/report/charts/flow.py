"""The churn of communities as a flow diagram: those before on the left, those of the date on the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from marketgraph.report.overview_facts import Event
from marketgraph.report.words import listing

WIDTH = 420
LEFT, MIDDLE, RIGHT, BAR, TOP = 4, 120, 206, 12, 30
ROOM, LEAST, FULL, GAP = 26, 3.0, 110.0, 6
# Which side an event has: what ended flows from the left to nowhere, what is new from nowhere to the right.
ORDER = ("born", "continued", "grown", "shrunk", "split", "merged", "died")
# Of one, and of several.
WORDS = {
    "born": ("new", "new"),
    "continued": ("went on, same size", "went on, same size"),
    "grown": ("grew", "grew"),
    "shrunk": ("shrank", "shrank"),
    "split": ("split off", "split off"),
    "merged": ("was taken in", "were taken in"),
    "died": ("ended", "ended"),
}


@dataclass(frozen=True)
class Band:
    """One flow: its outline, the bars at its ends (y, height; None: it has no such end), its label and what it says."""

    event: str
    path: str
    left: tuple[float, float] | None
    right: tuple[float, float] | None
    label_x: float
    label_y: float
    label: str


@dataclass(frozen=True)
class Flow:
    """The diagram. told: what it shows, for those who don't see it."""

    width: int
    height: float
    bands: tuple[Band, ...]
    told: str
    left: int = LEFT
    right: int = RIGHT
    bar: int = BAR


def churn_flow(events: Sequence[Event]) -> Flow:
    """A band for each event that took place, as thick as it is frequent, 3 units at least."""
    by_name = {event.name: event for event in events if event.communities}
    ordered = [by_name[name] for name in ORDER if name in by_name]
    most = max((event.communities for event in ordered), default=1)
    bands, y = [], float(TOP)
    for event in ordered:
        thick = round(max(LEAST, FULL * event.communities / most), 1)
        room = max(thick, ROOM - GAP)
        bands.append(_band(event, y + (room - thick) / 2, thick))
        y += room + GAP
    told = "; ".join(f"{_words(event)}: {event.communities:,}" for event in ordered)
    return Flow(WIDTH, round(y + 4, 1), tuple(bands), f"{told}.")


def _words(event: Event) -> str:
    return WORDS[event.name][event.communities != 1]


def _band(event: Event, y: float, thick: float) -> Band:
    from_left, to_right = event.name != "born", event.name != "died"
    start = LEFT + BAR if from_left else MIDDLE
    end = RIGHT if to_right else MIDDLE
    low, high = round(y, 1), round(y + thick, 1)
    half = round(y + thick / 2, 1)
    tips = (f"L{start} {half}" if not from_left else "", f"L{end} {half}" if not to_right else "")
    path = f"M{start} {low if from_left else half}L{end} {low if to_right else half}"
    path += f"{tips[1]}L{end} {high if to_right else half}L{start} {high if from_left else half}{tips[0]}Z"
    label = f"{event.communities:,} {_words(event)}"
    at = (low, thick)
    label_x = RIGHT + BAR + 8 if to_right else MIDDLE + 10
    return Band(
        event.name, path, at if from_left else None, at if to_right else None, label_x, half + 4, label
    )


def title(events: Sequence[Event]) -> str:
    """What is not as usual, in few words: `3 new and 2 ended`."""
    found = {event.name: event for event in events if event.communities}
    unusual = [found[name] for name in ("born", "split", "merged", "died") if name in found]
    told = [f"{event.communities:,} {_words(event)}" for event in unusual]
    return listing(told) if told else "none is new and none ended"
