"""A pass over a stream: all that features of a kind need which count the same rows by the same entities.

The passes of a kind are answered together (rings.py): what a row has for its pass's first condition, number or category
stands in the same column as another pass's, so that no row grows wider than the widest pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from marketgraph.features.pieces import Kind, Piece
from marketgraph.features.streams import Stream


@dataclass(frozen=True)
class Category:
    """Values whose number or shares are asked for. key: their column; flag: true for rows that count."""

    key: str
    flag: str | None


@dataclass
class Pass:
    """What is asked of a stream's rows, and how each feature comes of it.

    number: its place among the passes of its kind, which its rows carry. flags, values, keys: name in the pass ->
    condition or column of the stream. wanted: (piece, last ring of a window). distincts, sketches: (category, ring).
    totals: (category, ring) that features of shares need, tops: (category, ring, k) the same. features: column -> SQL.
    """

    stream: Stream
    entity: str
    time: str
    kind: str
    edges: tuple[int, ...]
    where: str | None
    number: int = 0
    flags: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)
    wanted: list[tuple[int, int]] = field(default_factory=list)
    categories: list[Category] = field(default_factory=list)
    distincts: list[tuple[int, int]] = field(default_factory=list)
    totals: list[tuple[int, int]] = field(default_factory=list)
    tops: list[tuple[int, int, int]] = field(default_factory=list)
    sketches: list[tuple[int, int]] = field(default_factory=list)
    features: dict[str, str] = field(default_factory=dict)

    @property
    def needs_age(self) -> bool:
        """Whether ages are needed beyond the ring."""
        return any(piece.needs_age for piece in self.pieces)

    def flag(self, condition: str | None) -> str | None:
        """The name of a condition."""
        return None if condition is None else _named(self.flags, condition, "f")

    def value(self, column: str) -> str:
        """The name of a number's column."""
        return _named(self.values, column, "v")

    def piece(self, kind: Kind, ring: int, value: str | None, flag: str | None) -> str:
        """The name of a piece over the rings up to `ring`."""
        place = placed(self.pieces, Piece(kind, value, flag))
        placed(self.wanted, (place, ring))
        return self.name("p", place, ring)

    def name(self, letter: str, *places: int) -> str:
        """The column of an answer: unlike any of another pass."""
        return "_".join([f"{letter}{self.number}", *map(str, places)])

    def category(self, column: str, flag: str | None) -> int:
        """The number of a category."""
        return placed(self.categories, Category(_named(self.keys, column, "k"), flag))


def _named(names: dict[str, str], told: str, letter: str) -> str:
    found = [name for name, held in names.items() if held == told]
    if found:
        return found[0]
    name = f"{letter}{len(names)}"
    names[name] = told
    return name


def placed(held: list[Any], one: Any) -> int:
    if one not in held:
        held.append(one)
    return held.index(one)
