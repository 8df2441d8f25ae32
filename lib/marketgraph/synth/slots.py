"""Slots: the numbers that stand for entities inside the generator, and the blocks of them kept for groups.

A slot runs from 0 to the population's size less one. Everything about an entity is a function of its slot, so
a row that refers to an entity computes the entity's facts instead of joining to it. Ids are a permutation of
the slots: an id does not show which block it is from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from marketgraph.synth.draws import Draws, zipf_rank
from marketgraph.synth.terms import Term, Value, call, floor, lit, pmod

# Of each COHORT consecutive slots the first VETERANS joined before the window, the others within it.
COHORT, VETERANS = 20, 13


@dataclass(frozen=True)
class Permutation:
    """The bijection x -> (multiplier * x + offset) mod size. The product fits a long for any size."""

    size: int
    multiplier: int
    offset: int

    @classmethod
    def of(cls, draws: Draws, salt: str, size: int) -> Permutation:
        """A permutation that differs by seed and salt."""
        salted = draws.constant(salt)
        golden = min(int(size * 0.6180339887), 2**62 // size)
        multiplier = max(1, golden - salted % max(1, golden // 7))
        while math.gcd(multiplier, size) != 1:
            multiplier += 1
        return cls(size, multiplier, salted % size)

    def image(self, slot: Term) -> Term:
        """Where the permutation takes the slot."""
        return pmod(slot * self.multiplier + self.offset, self.size)


@dataclass(frozen=True)
class Population:
    """All entities of one kind. settled_from: the first slot after the blocks; a multiple of COHORT.

    shift: how flat the head of the popularity is, see zipf_rank.
    """

    kind: str
    prefix: str
    size: int
    draws: Draws
    settled_from: int = 0
    shift: float = 10.0

    def id(self, slot: Term) -> Term:
        """The entity's id as text, all of one width; null for no slot."""
        number = Permutation.of(self.draws, f"id/{self.kind}", self.size).image(slot)
        return call("concat", self.prefix, (number + 10 ** len(str(self.size))).cast("string"))

    def popular(self, salt: str, *index: Value) -> Term:
        """A slot drawn by popularity: the same few slots lead for every salt."""
        rank = zipf_rank(self.draws.uniform(salt, *index), size=self.size, shift=self.shift)
        return Permutation.of(self.draws, f"popularity/{self.kind}", self.size).image(rank)

    def is_veteran(self, slot: Term) -> Term:
        """Joined before the window began."""
        return pmod(slot, COHORT) < VETERANS

    @property
    def veterans(self) -> int:
        """How many veterans there are outside the blocks."""
        return (self.size - self.settled_from) // COHORT * VETERANS

    def veteran(self, number: Value) -> Term:
        """The slot of a veteran outside the blocks; distinct for numbers that differ modulo `veterans`."""
        rank = pmod(lit(number), self.veterans)
        return floor(rank / VETERANS) * (COHORT - VETERANS) + rank + self.settled_from

    def any_veteran(self, salt: str, *index: Value) -> Term:
        """The slot of a veteran outside the blocks, all alike likely."""
        return self.veteran(self.draws.below(salt, self.veterans, *index))


@dataclass(frozen=True)
class Block:
    """Slots kept for planted groups of one kind: `groups` runs of `width` slots from `first` on.

    Each group fills between `smallest` and `width` places of its run; the slots left over are ordinary.
    """

    group_kind: str
    entity_kind: str
    guilty: bool
    first: int
    groups: int
    width: int
    smallest: int
    draws: Draws

    @property
    def end(self) -> int:
        """The first slot after the block."""
        return self.first + self.groups * self.width

    def covers(self, slot: Term) -> Term:
        """Whether the slot lies in the block, member or not."""
        return (slot >= self.first) & (slot < self.end)

    def group(self, slot: Term) -> Term:
        """The number of the group in whose run the slot lies."""
        return floor((slot - self.first) / self.width)

    def place(self, slot: Term) -> Term:
        """The slot's place within its run, from 0."""
        return pmod(slot - self.first, self.width)

    def slot(self, group: Term, place: Value) -> Term:
        """The slot at a place of a group."""
        return group * self.width + place + self.first

    def members(self, group: Term) -> Term:
        """How many members the group has: places 0..members-1."""
        salt = f"members/{self.group_kind}/{self.entity_kind}"
        return self.draws.below(salt, self.width - self.smallest + 1, group) + self.smallest

    def has_member(self, slot: Term) -> Term:
        """Whether the slot is a member of one of the groups."""
        return self.covers(slot) & (self.place(slot) < self.members(self.group(slot)))
