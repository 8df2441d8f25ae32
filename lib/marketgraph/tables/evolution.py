"""What differs between two versions of a contract, and which version that asks for. Pure functions of columns.

Added columns, where older rows have a value for them, are a minor version: whoever reads the columns that were there
reads on. All else that a reader would notice is a major one. Order, meaning, unit and allowed values are no part of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from marketgraph.tables.contract import Column

Default = str | int | float | bool | None


class Change(IntEnum):
    """What a difference asks for; of several the largest counts."""

    SAME = 0
    MINOR = 1
    MAJOR = 2


@dataclass(frozen=True)
class Kept:
    """A column as the record keeps it. type: as Spark writes it, `decimal(18,4)`."""

    name: str
    type: str
    nullable: bool = False
    default: Default = None

    @property
    def may_be_missing(self) -> bool:
        """Whether rows that were written without it can be read: as null, or as its default."""
        return self.nullable or self.default is not None

    def __str__(self) -> str:
        null = " or null" if self.nullable else ""
        return f"{self.type}{null}" + (
            "" if self.default is None else f", {self.default!r} where it was not written"
        )


@dataclass(frozen=True)
class Difference:
    """One column that differs. before, after: None where it is not there."""

    column: str
    before: Kept | None
    after: Kept | None
    change: Change

    def __str__(self) -> str:
        if self.before is None:
            return f"column {self.column} is new ({self.after})"
        if self.after is None:
            return f"column {self.column} ({self.before}) is gone"
        return f"column {self.column} was {self.before}, is {self.after}"


def kept(columns: Iterable[Column]) -> tuple[Kept, ...]:
    """The columns of a contract as the record keeps them."""
    return tuple(Kept(c.name, c.type.simpleString(), c.nullable, c.default) for c in columns)


def differences(before: Iterable[Kept], after: Iterable[Kept]) -> tuple[Difference, ...]:
    """All that differ, in the order of the columns that were there, then of those that are new."""
    old, new = {c.name: c for c in before}, {c.name: c for c in after}
    names = dict.fromkeys([*old, *new])
    return tuple(
        _differing(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)
    )


def change_between(before: Iterable[Kept], after: Iterable[Kept]) -> Change:
    """What the edit asks for: nothing, a minor version, or a major one."""
    return max((one.change for one in differences(before, after)), default=Change.SAME)


def _differing(name: str, before: Kept | None, after: Kept | None) -> Difference:
    return Difference(name, before, after, _asked(before, after))


def _asked(before: Kept | None, after: Kept | None) -> Change:
    if after is None:  # removed, or one end of a renaming
        return Change.MAJOR
    if before is None:
        return Change.MINOR if after.may_be_missing else Change.MAJOR
    if before.type != after.type or before.default not in (None, after.default):
        return Change.MAJOR
    if after.nullable and not before.nullable:  # who was told that it is never null would meet a null
        return Change.MAJOR
    return Change.MINOR if after.may_be_missing else Change.MAJOR


def next_version(version: str, change: Change) -> str:
    """The version that follows: of a minor change 1.1 after 1.0, of a major one 2.0."""
    major, _, minor = version.partition(".")
    if change is Change.MAJOR:
        return f"{int(major) + 1}.0"
    return f"{major}.{int(minor) + 1}" if change is Change.MINOR else version
