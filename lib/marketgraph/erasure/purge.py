"""What an erasure leaves in files that nobody is given any more: removed, with the statistics in Delta's logs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from marketgraph.books import standing_slices
from marketgraph.delta_stats import has_stats, strip_stats
from marketgraph.erasure.files import TableFiles
from marketgraph.erasure.look import AT_ONCE, Look
from marketgraph.erasure.without import affected
from marketgraph.errors import StoreError
from marketgraph.releases.load import listed_releases
from marketgraph.releases.maintenance import tables_of
from marketgraph.releases.marks import Wanted, make_marks
from marketgraph.releases.needs import Needs, needs_of_books, needs_of_readers, together
from marketgraph.releases.standing import Listed
from marketgraph.releases.sweep import Sweep, carry_out, plan_sweep
from marketgraph.side_by_side import side_by_side
from marketgraph.store import Store
from marketgraph.tables import Table

DAY = 86_400_000  # ms
REASON = "an entity that it held was erased"


@dataclass
class Purged:
    """removed: ids of releases. files, freed: of data files and bytes. young: files that a run may yet commit.

    logs: files of logs that had statistics. kept_statistics: tables whose log still has some.
    """

    removed: list[str] = field(default_factory=list)
    files: int = 0
    freed: int = 0
    young: int = 0
    logs: int = 0
    kept_statistics: list[str] = field(default_factory=list)


def refuse_pinned(seen: Look) -> None:
    """Raises StoreError where a purge would have to take what is pinned. Nothing was changed."""
    held = [one for one in seen.holders if one.pinned and not one.current]
    for one in (*seen.sandboxed, *held):
        reason = one.pinned.reason if one.pinned else None
        raise StoreError(
            f"release {one.id} is pinned ({reason or 'no reason given'}) and names the entity: a purge "
            "would take files of it",
            fix=f"marketgraph releases unpin {one.id}" + (", and remove the sandbox" if one.cloned else ""),
        )


def purge(store: Store, seen: Look, *, at_rest: bool) -> Purged:
    """Mark releases that still name the entity as removed, and remove what no other needs of the tables that name it.

    seen: a look after the erasure. at_rest: no run is at work: files go that no commit knows of, too. The sources and
    the map go last: until then they tell which rows and numbers were the entity's.
    """
    done = Purged(_mark_removed(store, seen))
    needs = together(needs_of_readers(_readable(store)), needs_of_books(standing_slices(store)))
    for tables in _waves(seen, at_rest=at_rest):
        works = (partial(_swept, store, needs, table, at_rest=at_rest) for table in tables)
        sweeps = side_by_side(works, AT_ONCE)
        done.files += sum(len(sweep.doomed) for sweep in sweeps)
        done.freed += sum(sweep.freed for sweep in sweeps)
        done.young += sum(sweep.young for sweep in sweeps)
    for table in tables_of(store):
        stripped, clean = strip_stats(store.spark, store.path(Table.named(table)))
        done.logs += stripped
        done.kept_statistics += [] if clean else [table]
    return done


def is_named(seen: Look) -> bool:
    """Whether a release or a file of whatever version names the entity, though nothing that stands does."""
    return bool(seen.holders or dead_files(seen))


def is_left(store: Store, seen: Look, *, at_rest: bool) -> bool:
    """Whether a purge has something to do though no file names the entity: in logs, or of runs that were killed."""
    if at_rest and any(of.on_disk().keys() - of.known() for of in seen.tables.values()):
        return True
    paths = (store.path(Table.named(table)) for table in tables_of(store))
    return any(has_stats(store.spark, path) for path in paths)


def dead_files(seen: Look) -> dict[str, frozenset[str]]:
    """By table the files that name the entity, of whatever version, and are there."""
    found = side_by_side((partial(_naming, of, seen) for of in seen.tables.values()), AT_ONCE)
    return {table: files for table, files in zip(seen.tables, found, strict=True) if files}


def _naming(of: TableFiles, seen: Look) -> frozenset[str]:
    return of.naming(of.known(), lambda: affected(of.table, seen.names))


def _readable(store: Store) -> list[Listed]:
    return [one for one in listed_releases(store) if not one.removed]


def _mark_removed(store: Store, seen: Look) -> list[str]:
    going = {one.id: one.publications for one in seen.holders}

    def wanted(listed: Sequence[Listed]) -> list[Wanted]:
        found = [one for one in listed if one.id in going and not one.removed]
        kept = [one for one in found if one.pinned or one.current or one.publications != going[one.id]]
        if kept:
            raise StoreError(
                f"release {kept[0].id} was to go, and is wanted since; nothing of it was removed",
                fix="give the same command once more",
            )
        return [Wanted("remove", one, REASON) for one in found]

    return [one.release.id for one in make_marks(store, wanted)] if going else []


def _waves(seen: Look, *, at_rest: bool) -> list[list[str]]:
    tables = list(seen.tables) if at_rest else list(dead_files(seen))
    waves: list[list[str]] = [[], [], []]
    for table in tables:
        waves[2 if table == "entities.vertex_ids" else table.startswith("sources.")].append(table)
    return waves


def _swept(store: Store, needs: Needs, table: str, *, at_rest: bool) -> Sweep:
    now = int(time.time() * 1000) + DAY  # a commit that was made just now counts too, whatever the clocks say
    sweep = plan_sweep(
        store.spark,
        table,
        store.path(Table.named(table)),
        needs=needs.get(table, frozenset()),
        others={},
        before=now,
        strays_before=now if at_rest else now - 2 * DAY,
    )
    carry_out(store.spark, sweep)
    return sweep
