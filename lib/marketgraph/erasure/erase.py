"""An entity taken out of all that stands: tables, books, and the releases that readers of a date get.

In this order: the tombstone, so that no run that begins lets the entity in; the tables; the books; the releases; a look
whether anything was written meanwhile; the row that says it is done. Each step finds by looking what is left to do, so
that the same command ends what was killed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timezone
from functools import partial

from marketgraph.books import Books
from marketgraph.erasure.look import AT_ONCE, Look, look
from marketgraph.erasure.names import Entity
from marketgraph.erasure.rewrite import Rewritten, named_rows, rewrite
from marketgraph.errors import StoreError
from marketgraph.releases.erasures import (
    Erasure,
    append_erasures,
    cleaned_name,
    erased_of,
    salt_of,
)
from marketgraph.releases.needs import Need, needs_of
from marketgraph.releases.republish import republish
from marketgraph.releases.standing import Listed
from marketgraph.run import Run, code_version
from marketgraph.side_by_side import side_by_side
from marketgraph.slices import Slice
from marketgraph.sources.erased import Erased
from marketgraph.store import Store
from marketgraph.tables.entities import VERTEX_IDS
from marketgraph.tables.sources import MERCHANTS

ROUNDS = 5
Moved = Mapping[str, Rewritten]


@dataclass
class Done:
    """What an erasure did, or would do. tables: by name rows that named the entity, and of these how many are gone.

    republished: ids. holding: ids of releases that are not current and still name it.
    """

    tables: dict[str, tuple[int, int]] = field(default_factory=dict)
    republished: list[str] = field(default_factory=list)
    holding: list[str] = field(default_factory=list)


def erase(
    store: Store,
    entities: Sequence[Entity],
    seen: Look,
    *,
    reason: str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[Done, Look]:
    """Take the entities out, and look again. seen: a first look at them. Raises StoreError when runs keep writing."""
    done = Done()
    _begin(store, entities, reason)
    for _ in range(ROUNDS):
        if seen.is_clean:
            _end(store, entities, seen)
            done.holding = [one.id for one in seen.holders]
            return done, seen
        _one_round(store, seen, done, say)
        seen = look(store, entities, seen)
    raise StoreError(
        f"{store.root}: runs wrote to it {ROUNDS} times in a row while the entity was erased",
        fix="give the same command once more, when fewer runs are at work",
    )


def would_erase(seen: Look) -> Done:
    """What `erase` would do: rows that name the entity by table, releases of which the pins would change."""
    counts = {table: named_rows(seen, table) for table in seen.tables if seen.touched[table]}
    return Done(
        {table: (count, count) for table, count in counts.items() if count},
        [one.id for one in seen.holders if one.current],
        [one.id for one in seen.holders if not one.current],
    )


def _begin(store: Store, entities: Iterable[Entity], reason: str | None) -> None:
    def wanted(rows: Sequence[Erasure]) -> list[Erasure]:
        salt = salt_of(rows)
        known = erased_of(rows).hashes
        hashes = [Erased(salt).hash_of(one.kind, one.id) for one in entities]
        return [_row("begin", salt, name, reason) for name in hashes if name not in known]

    append_erasures(store, wanted)


def _end(store: Store, entities: Iterable[Entity], seen: Look) -> None:
    """Say of the slices that were looked at that they are clean of it."""
    sources = [one for one in seen.slices if one.table == MERCHANTS.full_name]
    cleaned = tuple(sorted(cleaned_name(one.as_of, one.fingerprint) for one in sources))

    def wanted(rows: Sequence[Erasure]) -> list[Erasure]:
        salt = salt_of(rows)
        hashes = [Erased(salt).hash_of(one.kind, one.id) for one in entities]
        last = {row.hash: row for row in rows}
        left = [name for name in hashes if last[name].action != "done" or last[name].cleaned != cleaned]
        return [replace(_row("done", salt, name, None), cleaned=cleaned) for name in left]

    append_erasures(store, wanted)


def _row(action: str, salt: str, name: str, reason: str | None) -> Erasure:
    return Erasure(0, action, salt, name, reason, datetime.now(timezone.utc))


def _one_round(store: Store, seen: Look, done: Done, say: Callable[[str], None]) -> None:
    """The map comes last: until then it tells which number the entity has."""
    tables = [table for table in seen.tables if seen.touched[table]]
    early = [table for table in tables if table != VERTEX_IDS.full_name]
    works = (partial(rewrite, seen, table) for table in early)
    moved = dict(zip(early, side_by_side(works, AT_ONCE), strict=True))
    if VERTEX_IDS.full_name in tables:
        moved[VERTEX_IDS.full_name] = rewrite(seen, VERTEX_IDS.full_name)
    say(f"{len(moved)} tables written anew")
    for day in sorted({one.as_of for one in seen.slices}):
        _record(store, seen, day, moved)
    for release in seen.releases:
        if release.current and _republished(store, release, moved):
            done.republished.append(release.id)
    for table, told in moved.items():
        if told.named:
            named, lost = done.tables.get(table, (0, 0))
            done.tables[table] = (named + told.named, lost + told.lost)


def _record(store: Store, seen: Look, day: date, moved: Moved) -> None:
    """Write down in the books what took the place of the date's slices. Where others stand, the next look tells."""
    before, after = [], []
    for held in seen.slices:
        need = Need(held.delta_version, None if held.table == VERTEX_IDS.full_name else held.as_of)
        if held.as_of == day and held.table in moved and need in moved[held.table].moved:
            version, rows = moved[held.table].moved[need]
            before.append(held)
            after.append(_in_place_of(held, version, held.rows if rows is None else rows))
    run = Run(f"{day}.erasure", day, "", code_version(), datetime.now(timezone.utc))
    if after and Books(store, day).take_place(before, after, run):
        for old, new in zip(before, after, strict=True):
            moved[old.table].lost += old.rows - new.rows


def _in_place_of(held: Slice, version: int, rows: int) -> Slice:
    return Slice(held.table, held.as_of, held.sequence + 1, held.fingerprint, version, rows)


def _republished(store: Store, release: Listed, moved: Moved) -> bool:
    rows = {pin["table"]: pin["rows"] for pin in release.row["pins"]}
    found: defaultdict[str, tuple[int, int]] = defaultdict()
    for table, needs in needs_of([release]).items():
        for need in needs:
            if table in moved and need in moved[table].moved:
                version, left = moved[table].moved[need]
                found[table] = (version, rows[table] if left is None else left)
    return bool(found) and republish(store, release, found)
