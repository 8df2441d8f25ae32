"""Declared migrations: how rows of one major version of a contract become rows of the next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from marketgraph.tables.evolution import Kept
from marketgraph.tables.record import Record, committed


@dataclass(frozen=True)
class Migration:
    """From version `before`.x of a table to `before + 1`.0.

    made: new column -> SQL expression over the old ones: a name (`town`) renames, `cast(stars as double)` retypes.
    dropped: columns that are left behind. Columns named nowhere keep their name; they must keep their type.
    """

    table: str
    before: int
    made: Mapping[str, str] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()


MIGRATIONS: tuple[Migration, ...] = ()


@dataclass(frozen=True)
class History:
    """What the contracts were, and how rows get from one major version to the next."""

    record: Record
    migrations: tuple[Migration, ...] = ()

    def path(self, full_name: str, before: int, after: int) -> Sequence[Migration] | None:
        """The migrations from one major version to a later one, in their order; None where one is missing."""
        found = {one.before: one for one in self.migrations if one.table == full_name}
        steps = range(before, after)
        return [found[step] for step in steps] if all(step in found for step in steps) else None


def history() -> History:
    """The record and the migrations that are part of the package."""
    return History(committed(), MIGRATIONS)


def faults_of(migration: Migration, before: Iterable[Kept], after: Iterable[Kept]) -> list[str]:
    """What is wrong with a migration between these columns, in words; none where every column has a place."""
    old, new = {c.name: c for c in before}, {c.name: c for c in after}
    used = {word for expression in migration.made.values() for word in re.findall(r"\w+", expression)}
    name = f"{migration.table} {migration.before} to {migration.before + 1}"
    return [
        *(f"{name}: makes {c}, which the new contract does not have" for c in migration.made if c not in new),
        *(
            f"{name}: drops {c}, which the old contract does not have"
            for c in migration.dropped
            if c not in old
        ),
        *(f"{name}: drops {c}, which the new contract has" for c in migration.dropped if c in new),
        *(
            f"{name}: nothing is said of {c}: make a column of it, or drop it"
            for c in old
            if c not in new and c not in used and c not in migration.dropped
        ),
        *(
            f"{name}: nothing makes {c} ({new[c]})"
            for c in new
            if c not in migration.made and not _comes(old.get(c), new[c])
        ),
    ]


def _comes(before: Kept | None, after: Kept) -> bool:
    """Whether a column that no expression makes has values all the same."""
    if before is None:
        return after.may_be_missing
    return before.type == after.type and (after.may_be_missing or not before.nullable)
