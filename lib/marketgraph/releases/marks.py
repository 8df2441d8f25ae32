"""Marks on releases: made by appending a row, never by changing or deleting one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timezone

from marketgraph.errors import StoreError
from marketgraph.releases.load import find_release, listed_releases, read_marks
from marketgraph.releases.standing import Listed, Mark
from marketgraph.store import Store
from marketgraph.tables.operations import MARKS

ATTEMPTS = 5
# How Delta calls it when another process has made the same transaction, or the table, in between.
RACES = ("ConcurrentTransaction", "ConcurrentWrite", "MetadataChanged", "ProtocolChanged")


@dataclass(frozen=True)
class Wanted:
    """A mark that is to be made of a release as it stands now."""

    action: str
    release: Listed
    reason: str | None = None
    known: tuple[str, ...] = ()


def pin_release(store: Store, name: str, reason: str | None = None) -> Listed | None:
    """Keep a release from maintenance. Returns it; None when it is pinned already, with that reason or any.

    Raises StoreError when there is no such release, or it was removed.
    """

    def wanted(listed: Sequence[Listed]) -> list[Wanted]:
        found = find_release(store, name, listed)
        return [] if found.pinned else [Wanted("pin", found, reason)]

    return _made(store, wanted)


def unpin_release(store: Store, name: str) -> Listed | None:
    """End the pin of a release. Returns it; None when it is not pinned. Raises StoreError as `pin_release` does."""

    def wanted(listed: Sequence[Listed]) -> list[Wanted]:
        found = find_release(store, name, listed)
        return [Wanted("unpin", found)] if found.pinned else []

    return _made(store, wanted)


def roll_back(store: Store, name: str, reason: str | None = None) -> Listed | None:
    """Give readers of a date another of its releases. Returns it; None when it is the one that they get already.

    name: the id of the one that they are to get, or a date for the one published before the one that they get now. The
    id of the one that was left gives them that again. Raises StoreError when there is none, or it was removed.
    """

    def wanted(listed: Sequence[Listed]) -> list[Wanted]:
        found = find_release(store, name, listed)
        target = found if found.id == name else _one_before(store, found, listed)
        known = tuple(one.id for one in listed if one.as_of == target.as_of)
        return [] if target.current else [Wanted("rollback", target, reason, known)]

    return _made(store, wanted)


def _one_before(store: Store, current: Listed, listed: Sequence[Listed]) -> Listed:
    of_date = [one for one in listed if one.as_of == current.as_of and not one.removed]
    earlier = of_date[of_date.index(current) + 1 :]
    if not earlier:
        raise StoreError(
            f"{store.root}: no release of {current.as_of} was published before {current.id}",
            fix="name one of that date: marketgraph releases list",
        )
    return earlier[0]


def _made(store: Store, wanted: Callable[[Sequence[Listed]], list[Wanted]]) -> Listed | None:
    made = make_marks(store, wanted)
    return made[0].release if made else None


def make_marks(store: Store, wanted: Callable[[Sequence[Listed]], list[Wanted]]) -> list[Wanted]:
    """Append the marks that `wanted` asks for of the releases as they stand; returns what was made.

    When another process has made marks in between, nothing is appended, and `wanted` is asked again. Raises StoreError
    when that happens five times.
    """
    for _ in range(ATTEMPTS):
        marks = read_marks(store)
        asked = wanted(listed_releases(store, marks))
        first = marks[-1].sequence + 1 if marks else 1
        if not asked or _appended(store, asked, first):
            return asked
    raise StoreError(
        f"{store.path(MARKS)}: other processes made marks {ATTEMPTS} times in a row",
        fix="try again in a minute",
    )


def _appended(store: Store, asked: Sequence[Wanted], first: int) -> bool:
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    marks = [
        Mark(first + n, one.action, one.release.id, one.release.publications, one.known, one.reason, now)
        for n, one in enumerate(asked)
    ]
    frame = store.spark.createDataFrame([astuple(mark) for mark in marks], MARKS.schema)
    try:
        # its app id names the first number: of two processes that would give the same, one is skipped or refused
        landed = store.append(MARKS, frame, app_id=f"{MARKS.full_name}/{first}", app_version=1)
    except Exception as error:
        if not any(race in f"{type(error).__name__} {str(error)[:400]}" for race in RACES):
            raise
        return False
    return landed is not None
