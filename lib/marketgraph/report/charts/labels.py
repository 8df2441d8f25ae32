"""Where the labels of a drawing go: beside their vertex, over nothing else, or nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marketgraph.report.words import short

LETTER, LINE = 7.5, 13.0
LONGEST = 14
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Place:
    """A label: where it is anchored, how (start, middle or end), and its words."""

    x: float
    y: float
    anchor: str
    words: str


def label_places(
    named: Sequence[tuple[int, str]],
    circles: Mapping[int, tuple[float, float, float]],
    *,
    width: float,
    height: float,
) -> dict[int, Place]:
    """A place for each label that finds one, the first ones first. circles: (x, y, half its extent) of every vertex."""
    taken: list[Box] = [(x - r, y - r, x + r, y + r) for x, y, r in circles.values()]
    found = {}
    for vertex, words in named:
        x, y, r = circles[vertex]
        for place, box in _candidates(x, y, r + 4, short(words, LONGEST)):
            if _is_free(box, taken, width, height):
                found[vertex] = place
                taken.append(box)
                break
    return found


def _candidates(x: float, y: float, gap: float, words: str) -> list[tuple[Place, Box]]:
    long = len(words) * LETTER
    half = LINE / 2
    return [
        (Place(x + gap, y + 4, "start", words), (x + gap, y - half, x + gap + long, y + half)),
        (Place(x - gap, y + 4, "end", words), (x - gap - long, y - half, x - gap, y + half)),
        (Place(x, y - gap, "middle", words), (x - long / 2, y - gap - LINE, x + long / 2, y - gap + 2)),
        (Place(x, y + gap + 9, "middle", words), (x - long / 2, y + gap - 2, x + long / 2, y + gap + LINE)),
    ]


def _is_free(box: Box, taken: Sequence[Box], width: float, height: float) -> bool:
    inside = box[0] >= 2 and box[1] >= 2 and box[2] <= width - 2 and box[3] <= height - 2
    return inside and not any(_overlap(box, other) for other in taken)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
