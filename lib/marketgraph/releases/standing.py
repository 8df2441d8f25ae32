"""How each release stands: the one that readers of its date get, replaced, rolled back, pinned or removed.

Pure functions of the rows of `releases.releases` and `releases.marks`. What a mark decides rests on the order of marks
and on which releases each knew of, never on the clock: a machine whose clock was set back changes nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from pyspark.sql import Row

# How the reason of a pin begins that keeps a release for a sandbox, which reads its files.
CLONED = "cloned to "


@dataclass(frozen=True)
class Mark:
    """A row of `releases.marks`, under the names of its columns."""

    sequence: int
    action: str
    release_id: str
    publications: int
    known: tuple[str, ...]
    reason: str | None
    marked_at: datetime


@dataclass(frozen=True)
class Listed:
    """A release and how it stands.

    row: its last publication. publications: rows of it in all. current: readers of its date get it. rolled_back: it was
    published after the one that they get. pinned, removed: the mark that says so. earlier: its publications before the
    last, since it was removed the last time, with the pins that it had then. cloned: the number, from 1, of the
    publication that the oldest of its sandboxes was cloned of; None without one.
    """

    row: Row
    publications: int
    current: bool = False
    rolled_back: bool = False
    pinned: Mark | None = None
    removed: Mark | None = None
    earlier: tuple[Row, ...] = ()
    cloned: int | None = None

    @property
    def id(self) -> str:
        return str(self.row["release_id"])

    @property
    def as_of(self) -> date:
        day: date = self.row["as_of"]
        return day

    def read_since(self, since: datetime = datetime.max) -> tuple[Row, ...]:
        """Its publications that somebody may still read: those that stood at `since` (UTC) or after, and those
        that stood when it was cloned or after."""
        first = self.publications - len(self.earlier)
        replaced = enumerate(pairwise((*self.earlier, self.row)), start=first)
        cloned = self.publications if self.cloned is None else self.cloned
        read = [row for number, (row, by) in replaced if number >= cloned or by["published_at"] >= since]
        return (*read, self.row)

    @property
    def state(self) -> str:
        """In words, for a person; "" for one that was replaced by a later one of its date."""
        if self.removed:
            return "removed"
        told = (
            "current" if self.current else "rolled back" if self.rolled_back else "",
            "pinned" if self.pinned else "",
        )
        return ", ".join(word for word in told if word)


def standing(rows: Sequence[Row], marks: Sequence[Mark]) -> list[Listed]:
    """Every release once, by its last row, the last that came to be there first.

    rows: of `releases.releases`, the last published first. marks: in the order in which they were made.
    """
    count = Counter(row["release_id"] for row in rows)
    came = _in_order(rows, marks)
    unique = [told[-1] for told in came]
    removed = {
        m.release_id: m for m in marks if m.action == "remove" and m.publications == count[m.release_id]
    }
    pins = {m.release_id: m for m in marks if m.action in ("pin", "unpin")}
    pinned = {name: mark for name, mark in pins.items() if mark.action == "pin" and name not in removed}
    cloned = _cloned(marks)
    current, undone = _given(unique, marks, set(removed))
    return [
        Listed(
            row,
            count[name],
            current=name in current,
            rolled_back=name in undone,
            pinned=pinned.get(name),
            removed=removed.get(name),
            earlier=(*earlier,),
            cloned=cloned.get(name),
        )
        for *earlier, row in came
        for name in [row["release_id"]]
    ]


def _cloned(marks: Sequence[Mark]) -> dict[str, int]:
    """Of each release with a sandbox the publication that the oldest one is of: a second pin replaces the first."""
    found: dict[str, int] = {}
    for mark in marks:
        if mark.action in ("unpin", "remove"):
            found.pop(mark.release_id, None)
        elif mark.action == "pin" and (mark.reason or "").startswith(CLONED):
            found.setdefault(mark.release_id, mark.publications)
    return found


def _in_order(rows: Sequence[Row], marks: Sequence[Mark]) -> list[list[Row]]:
    """The rows of each release since a removal, in the order in which they came to be there: by the first of them.

    A release that an erasure has published anew is no newer than it was.
    """
    publications: defaultdict[str, list[Row]] = defaultdict(list)
    for row in reversed(rows):
        publications[row["release_id"]].append(row)
    gone = Counter[str]()
    for mark in marks:
        if mark.action == "remove":
            gone[mark.release_id] = max(gone[mark.release_id], mark.publications)
    came = {name: told[min(gone[name], len(told) - 1) :] for name, told in publications.items()}
    return [came[row["release_id"]] for row in rows if came[row["release_id"]][0] is row]


def _given(rows: Sequence[Row], marks: Sequence[Mark], removed: set[str]) -> tuple[set[str], set[str]]:
    """Ids that readers of a date get, and of those that were published after these."""
    current, undone = set(), set()
    for day in {row["as_of"] for row in rows}:
        ids = [row["release_id"] for row in rows if row["as_of"] == day and row["release_id"] not in removed]
        if ids:
            chosen = _chosen(ids, marks)
            current.add(chosen)
            undone.update(ids[: ids.index(chosen)])
    return current, undone


def _chosen(ids: Sequence[str], marks: Sequence[Mark]) -> str:
    """Of the releases of one date, the last published first, the one that its readers get."""
    rollback = next((m for m in reversed(marks) if m.action == "rollback" and m.release_id in ids), None)
    if rollback is None:
        return ids[0]
    since = [name for name in ids if name not in rollback.known]
    return since[0] if since else rollback.release_id
