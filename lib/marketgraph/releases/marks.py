"""Marks on releases: made by appending a row, never by changing or deleting one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from marketgraph.errors import StoreError
from marketgraph.releases.load import find_release, listed_releases, read_marks
from marketgraph.releases.numbered import append_numbered
from marketgraph.releases.standing import CLONED, Listed, Mark
from marketgraph.store import Store
from marketgraph.tables.operations import MARKS


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


def pin_for_clone(store: Store, name: str, sandbox: str) -> Listed:
    """Keep a release for a sandbox that reads its files, beside whatever it is kept for already.

    Returns it as it stood when the mark was made, which is what a sandbox is to be cloned of. Raises StoreError as
    `pin_release` does.
    """

    def wanted(listed: Sequence[Listed]) -> list[Wanted]:
        found = find_release(store, name, listed)
        before = found.pinned.reason if found.pinned else None
        return [Wanted("pin", found, f"{CLONED}{sandbox}" + (f"; {before}" if before else ""))]

    return make_marks(store, wanted)[0].release


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

    def ask() -> tuple[int, list[Wanted]]:
        marks = read_marks(store)
        return (marks[-1].sequence if marks else 0), wanted(listed_releases(store, marks))

    return append_numbered(store, MARKS, ask, _mark, did="made marks")


def _mark(sequence: int, one: Wanted) -> Mark:
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    return Mark(sequence, one.action, one.release.id, one.release.publications, one.known, one.reason, now)
