"""The erasures that a warehouse knows of: rows of `releases.erased`, appended and never changed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime, timezone
from functools import partial

from marketgraph.releases.numbered import append_numbered
from marketgraph.releases.republish import after_all_others
from marketgraph.sources.erased import Erased
from marketgraph.store import Store
from marketgraph.tables.operations import ERASED


@dataclass(frozen=True)
class Erasure:
    """A row of `releases.erased`, under the names of its columns."""

    sequence: int
    action: str
    salt: str
    hash: str
    reason: str | None
    at: datetime
    cleaned: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tombstone:
    """An entity that was erased. cleaned: `DATE/digits` of the sources that were found clean of it, at any time."""

    hash: str
    cleaned: frozenset[str]


def read_erasures(store: Store) -> list[Erasure]:
    """All rows, in order: a few small ones."""
    rows = store.rows(ERASED, "sequence")
    return [Erasure(**{**row.asDict(), "cleaned": tuple(row["cleaned"])}) for row in rows]


def tombstones(rows: Sequence[Erasure]) -> list[Tombstone]:
    """Each entity once, in the order in which they were first erased."""
    order = list(dict.fromkeys(row.hash for row in rows))
    return [
        Tombstone(name, frozenset(one for row in rows if row.hash == name for one in row.cleaned))
        for name in order
    ]


def erased_of(rows: Sequence[Erasure]) -> Erased:
    """What a run leaves out."""
    return Erased(rows[0].salt, frozenset(row.hash for row in rows)) if rows else Erased()


def cleaned_name(as_of: date, fingerprint: str) -> str:
    """How a date's sources are named that were found clean."""
    return f"{as_of}/{fingerprint[:16]}"


def salt_of(rows: Sequence[Erasure]) -> str:
    """That of the warehouse, or a new one."""
    return rows[0].salt if rows else secrets.token_hex(16)


def begun_since(store: Store, moment: datetime) -> bool:
    """Whether an erasure has begun after `moment` (UTC), at which a release was published."""
    return any(row.action == "begin" and row.at > moment for row in read_erasures(store))


def append_erasures(store: Store, wanted: Callable[[Sequence[Erasure]], list[Erasure]]) -> None:
    """Append what `wanted` asks for of the rows as they stand; their numbers and times are put in here.

    Raises StoreError as `append_numbered` does.
    """

    def ask() -> tuple[int, list[Erasure]]:
        rows = read_erasures(store)
        return (rows[-1].sequence if rows else 0), wanted(rows)

    # whether a release was published before an erasure goes by this time, and must not turn on a clock
    now = after_all_others(store, datetime.now(timezone.utc).replace(tzinfo=None))
    append_numbered(store, ERASED, ask, partial(_numbered, now))


def copy_erasures(store: Store, to: Store) -> None:
    """Let another warehouse, which knows of none, leave out what this one does."""
    rows = read_erasures(store)
    if rows:
        frame = to.spark.createDataFrame([astuple(row) for row in rows], ERASED.schema)
        to.append(ERASED, frame, app_id=f"{ERASED.full_name}/1", app_version=1)


def _numbered(at: datetime, sequence: int, one: Erasure) -> Erasure:
    return Erasure(sequence, one.action, one.salt, one.hash, one.reason, at, one.cleaned)
