"""The command `marketgraph erase`: what it did, or would do, to an entity in all that stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from rich.markup import escape

from marketgraph.erasure.copies import remove_copies
from marketgraph.erasure.erase import Done, erase, would_erase
from marketgraph.erasure.look import Look, look
from marketgraph.erasure.names import Entity
from marketgraph.erasure.purge import Purged, is_left, is_named, purge, refuse_pinned
from marketgraph.errors import ConfigError, StoreError
from marketgraph.releases.erasures import erased_of, read_erasures
from marketgraph.releases.load import listed_releases
from marketgraph.releases.maintenance import keep_logs
from marketgraph.releases_job import opened_store
from marketgraph.releases_page import console, grid_of
from marketgraph.reporter import Reporter
from marketgraph.store import Store
from marketgraph.tables.operations import RELEASES


@dataclass(frozen=True)
class EraseOrder:
    """What the command line asks for. entities: `kind:id`. at_rest: the user says that nobody reads or writes."""

    config: Path
    entities: tuple[str, ...]
    purge: bool = False
    reason: str | None = None
    at_rest: bool = False
    dry_run: bool = False
    overrides: tuple[str, ...] = ()
    told: tuple[Entity, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Raises ConfigError for what is no entity, and for a reason with the id in it: it would stay for ever."""
        object.__setattr__(self, "told", tuple(dict.fromkeys(map(Entity.told, self.entities))))
        if any(one.id.casefold() in (self.reason or "").casefold() for one in self.told):
            raise ConfigError("--reason: names the entity, and it is kept", fix="say why without the id")


def erase_entities(order: EraseOrder) -> None:
    """Erase, and with purge remove files; with dry_run only say what would be done."""
    reporter = Reporter()
    with opened_store(order.config, order.overrides, writes=not order.dry_run, brief=False) as store:
        if store.version(RELEASES) < 0 or not listed_releases(store):
            raise StoreError(
                f"{store.root}: there is no release", fix="give the config of a warehouse that has one"
            )
        seen = look(store, order.told)
        if order.purge:
            refuse_pinned(seen)
        if _is_known(store, order, seen):
            if order.dry_run:
                _tell_plan(would_erase(seen), order, reporter)
            else:
                _erase(store, order, seen, reporter)
            return
        # An id that nothing knows gets no tombstone: it may be mistyped, and there is no way back.
        reporter.say("nothing to erase: no table of the warehouse names it")
        if order.purge and not order.dry_run:
            _purge_rest(store, order, seen, reporter)


def _is_known(store: Store, order: EraseOrder, seen: Look) -> bool:
    """Whether there is an entity to take out: of what stands, of an erasure that was begun, of files of a purge."""
    rows = read_erasures(store)
    hashes = {erased_of(rows).hash_of(one.kind, one.id) for one in order.told} if rows else set()
    last = {row.hash: row.action for row in rows if row.hash in hashes}
    begun = "begin" in last.values()
    return begun or not seen.is_clean or (order.purge and is_named(seen))


def _purge_rest(store: Store, order: EraseOrder, seen: Look, reporter: Reporter) -> None:
    """Values in logs, and files of killed runs; of this entity there is nothing, and other erasures purge their own."""
    if is_left(store, seen, at_rest=order.at_rest):
        _tell_purged(purge(store, _with_logs(store, order, seen), at_rest=order.at_rest), reporter)
    _remove_copies(store, order, seen, reporter)


def _with_logs(store: Store, order: EraseOrder, seen: Look) -> Look:
    """Make Delta keep its logs, by which a purge goes; and look again, since that makes versions."""
    keep_logs(store)
    return look(store, order.told, seen)


def _erase(store: Store, order: EraseOrder, seen: Look, reporter: Reporter) -> None:
    if order.purge:
        seen = _with_logs(store, order, seen)
    done, seen = erase(store, order.told, seen, reason=order.reason, say=reporter.progress)
    _tell_done(done, reporter)
    if order.purge:
        _tell_purged(purge(store, seen, at_rest=order.at_rest), reporter)
        _remove_copies(store, order, seen, reporter)
        reporter.say(
            "copies that were exported or reported elsewhere, sandboxes, raw files and backups are not known to this "
            "command"
        )
    elif done.holding:
        reporter.say(
            f"still named, until --purge: {', '.join(done.holding)}; readers of their dates get others"
        )


def _remove_copies(store: Store, order: EraseOrder, seen: Look, reporter: Reporter) -> None:
    names = {one.id for one in (*order.told, *seen.names.entities)}
    for folder in remove_copies(store.root, listed_releases(store), names):
        reporter.say(f"removed {folder}")


def _tell_plan(plan: Done, order: EraseOrder, reporter: Reporter) -> None:
    _tell_tables(plan, "rows that name it", lost=False)
    _tell_ids(plan.republished, "would be published anew", reporter)
    _tell_ids(plan.holding, "would be removed" if order.purge else "would keep it, until --purge", reporter)
    reporter.say("nothing was changed")


def _tell_done(done: Done, reporter: Reporter) -> None:
    _tell_tables(done, "rows that named it", lost=True)
    _tell_ids(done.republished, "published anew, with the same id", reporter)
    lost = sum(count for _, count in done.tables.values())
    reporter.say(f"erased: {lost:,} rows gone from {len(done.tables)} tables; later runs leave it out")


def _tell_tables(told: Done, heading: str, *, lost: bool) -> None:
    grid = grid_of(
        {"table": False, heading: True, **({"gone": True, "without the name": True} if lost else {})}
    )
    for table, (named, gone) in sorted(told.tables.items()):
        grid.add_row(escape(table), f"{named:,}", *([f"{gone:,}", f"{named - gone:,}"] if lost else []))
    if told.tables:
        console().print(grid)


def _tell_ids(ids: list[str], what: str, reporter: Reporter) -> None:
    for name in ids:
        reporter.say(f"release {name} {what}")


def _tell_purged(purged: Purged, reporter: Reporter) -> None:
    _tell_ids(purged.removed, "removed: it named the entity", reporter)
    if purged.logs:
        reporter.say(f"{purged.logs:,} files of Delta's logs rid of values of columns")
    for table in purged.kept_statistics:
        reporter.warn(
            f"{table}: early commits are gone from its log; a checkpoint still has values of columns"
        )
    if purged.young:
        reporter.say(
            f"{purged.young:,} files are of runs at work, or killed within a day, and stay: once no run is, "
            "give the same command with --at-rest"
        )
    reporter.say(f"{purged.files:,} files removed, {purged.freed:,} bytes freed")
