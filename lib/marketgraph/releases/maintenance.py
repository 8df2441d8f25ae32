"""Upkeep of a warehouse: small files compacted, and what no kept release needs removed.

What is kept: the newest releases, the one that readers of each date get, all that are pinned; of every table its newest
version; of every date the slices that stand in the books, published or not; and whatever was in use within the safety
age.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial

from marketgraph.books import standing_slices
from marketgraph.delta_tables import KEPT, compact, files_at, set_properties
from marketgraph.errors import StoreError
from marketgraph.releases.load import listed_releases, read_marks, read_publications
from marketgraph.releases.marks import Wanted, make_marks
from marketgraph.releases.needs import (
    Needs,
    kept_releases,
    needs_of,
    needs_of_books,
    needs_of_readers,
    together,
)
from marketgraph.releases.remains import Remains, remains_of, remove
from marketgraph.releases.standing import Listed
from marketgraph.releases.sweep import Sweep, carry_out, plan_sweep
from marketgraph.releases.table_files import TableLog
from marketgraph.side_by_side import side_by_side
from marketgraph.store import Store
from marketgraph.tables import Table, fixed_tables
from marketgraph.tables.operations import ERASED, MARKS, RELEASES, SLICES
from marketgraph.tables.runs import RUNS, STAGES

AT_ONCE = 4
# Tables of the warehouse's own, which no slice or release names.
OWN = (SLICES, RELEASES, MARKS, ERASED, RUNS, STAGES)
# A table that grows by appends is compacted from so many files on. Slices are not: whoever reads one reads the version
# that wrote it, so that a compacted copy would be read by nobody.
COMPACT_FROM = 20


@dataclass(frozen=True)
class Upkeep:
    """keep: how many of the newest releases stay. older_than: how long a file must have been out of use."""

    keep: int = 30
    older_than: timedelta = timedelta(days=7)

    @property
    def since(self) -> datetime:
        """The moment, UTC, since which nothing that goes may have been in use."""
        return datetime.now(timezone.utc).replace(tzinfo=None) - self.older_than


@dataclass(frozen=True)
class Plan:
    """What maintenance would do. removed: the releases that can't be read after it. remains: what runs left of such."""

    sweeps: tuple[Sweep, ...]
    kept: tuple[Listed, ...]
    removed: tuple[Listed, ...]
    remains: tuple[Remains, ...] = ()


def prepare(store: Store) -> list[str]:
    """Make Delta keep the log of tables that were made before it was told to; compact. Returns what was compacted."""
    keep_logs(store)
    grown = [t for t in (*fixed_tables(), *OWN) if not t.sliced and store.version(t) >= 0]
    small = [t for t in grown if len(files_at(store.spark, store.path(t))) >= COMPACT_FROM]
    for table in small:
        compact(store.spark, store.path(table))
    return [table.full_name for table in small]


def keep_logs(store: Store) -> None:
    """Give tables the properties of KEPT that were made before there were these: a commit for each, once."""
    side_by_side((partial(_keep_log, store, table) for table in tables_of(store)), AT_ONCE)


def plan(store: Store, upkeep: Upkeep) -> Plan:
    """Find what can go. Nothing is changed. Raises StoreError when a log does not tell what a kept release needs."""
    since, listed, kept = upkeep.since, listed_releases(store), _kept(store, upkeep)
    stay = {one.id for one in kept}
    others = {one.id: needs_of([one]) for one in listed if one.id not in stay and not one.removed}
    slices = standing_slices(store)
    needs = together(needs_of_readers(kept, since), needs_of_books(slices))
    sweep = partial(_sweep, store, needs, others, int(since.replace(tzinfo=timezone.utc).timestamp() * 1000))
    sweeps = tuple(side_by_side((partial(sweep, table) for table in tables_of(store)), AT_ONCE))
    losers = frozenset[str]().union(*(one.losers for one in sweeps))
    gone = losers | {one.id for one in listed if one.removed}
    remains = remains_of(store.root, listed, gone, slices, since=since)
    return Plan(sweeps, tuple(kept), tuple(one for one in listed if one.id in losers), remains)


def carry_out_plan(store: Store, found: Plan, upkeep: Upkeep) -> None:
    """Mark the releases that go, then remove files. Raises StoreError when one was pinned or chosen meanwhile."""
    going = {one.id for one in found.removed}

    def wanted(listed: Sequence[Listed]) -> list[Wanted]:
        held = [one.id for one in _kept(store, upkeep) if one.id in going]
        if held:
            raise StoreError(
                f"{store.root}: release {held[0]} was to go, and is wanted since; nothing was removed",
                fix="run again",
            )
        return [Wanted("remove", one) for one in listed if one.id in going and not one.removed]

    if going:
        make_marks(store, wanted)
    side_by_side((partial(carry_out, store.spark, s) for s in found.sweeps if s.doomed), AT_ONCE)
    there = {one.id for one in listed_releases(store) if not one.removed}
    remove(one for one in found.remains if one.folder.name not in there)  # a run may have published it anew


def tables_of(store: Store) -> list[str]:
    """Full names of the tables that the warehouse's books and releases know of, and that are there."""
    told = {held.table for held in standing_slices(store)}
    told |= {pin["table"] for one in listed_releases(store) for pin in one.row["pins"]}
    told |= {table.full_name for table in OWN}
    return sorted(name for name in told if store.version(Table.named(name)) >= 0)


def _kept(store: Store, upkeep: Upkeep) -> list[Listed]:
    rows, marks = read_publications(store), read_marks(store)
    return kept_releases(rows, marks, keep=upkeep.keep, since=upkeep.since)


def _sweep(store: Store, needs: Needs, others: dict[str, Needs], before: int, table: str) -> Sweep:
    return plan_sweep(
        store.spark,
        table,
        store.path(Table.named(table)),
        needs=needs.get(table, frozenset()),
        others={release: told[table] for release, told in others.items() if table in told},
        before=before,
    )


def _keep_log(store: Store, table: str) -> None:
    path = store.path(Table.named(table))
    if not TableLog.read(store.spark, path).has_properties(KEPT.items()):
        set_properties(store.spark, path, KEPT)
