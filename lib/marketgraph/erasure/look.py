"""What names an entity, of all that a warehouse's readers and runs can be given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from marketgraph.books import standing_slices
from marketgraph.erasure.files import TableFiles
from marketgraph.erasure.names import Entity, Names
from marketgraph.erasure.without import affected, keys_that_go, vertices_of
from marketgraph.errors import StoreError
from marketgraph.releases.load import listed_releases
from marketgraph.releases.maintenance import tables_of
from marketgraph.releases.needs import Need, Needs, needs_of, needs_of_books, needs_of_readers, together
from marketgraph.releases.standing import Listed
from marketgraph.side_by_side import side_by_side
from marketgraph.slices import Slice
from marketgraph.store import Store
from marketgraph.tables import ENTITY
from marketgraph.tables.entities import ENTITY_TABLES, VERTEX_IDS
from marketgraph.tables.naming import SOURCE_OF, places_of, undecided
from marketgraph.tables.sources import SOURCE_TABLES

AT_ONCE = 4
OWN_ROOM = "releases"  # books, releases, marks and erasures name no entity


@dataclass(frozen=True)
class Look:
    """slices: that stand. releases: those that can be read. tables: as they lie there, those that can name an entity.

    needed: by table and need its files. touched: the needs of which a file names an entity.
    """

    names: Names
    slices: tuple[Slice, ...]
    releases: tuple[Listed, ...]
    tables: Mapping[str, TableFiles]
    needed: Mapping[str, Mapping[Need, frozenset[str]]]
    touched: Mapping[str, frozenset[Need]]

    def holds(self, needs: Needs) -> bool:
        """Whether any of these names one of the entities."""
        return any(need in self.touched.get(table, ()) for table, wanted in needs.items() for need in wanted)

    @property
    def holders(self) -> list[Listed]:
        """The releases that name one."""
        return [one for one in self.releases if self.holds(needs_of([one]))]

    @property
    def sandboxed(self) -> list[Listed]:
        """Those of which a sandbox reads files that name one."""
        return [one for one in self.releases if one.cloned and self.holds(needs_of_readers([one]))]

    @property
    def is_clean(self) -> bool:
        """Whether nothing does that a run goes on from, that readers of a date get, or that is a table's newest."""
        current = [one for one in self.releases if one.current]
        newest = {table: frozenset([Need(of.log.newest, None)]) for table, of in self.tables.items()}
        return not self.holds(together(needs_of(current), needs_of_books(self.slices), newest))


def look(store: Store, entities: Iterable[Entity], before: Look | None = None) -> Look:
    """Look at all slices and releases. Nothing is changed.

    before: an earlier look of the same process, whose files are not read again. Raises StoreError for a table of which
    it is not known where it could name an entity, and for a file that is gone.
    """
    slices = standing_slices(store)
    releases = [one for one in listed_releases(store) if not one.removed]
    tables = _tables(store)
    _remember(tables, before)
    names = before.names if before else _names(tables, frozenset(entities))
    needs = together(needs_of_readers(releases), needs_of_books(slices))
    works = (partial(_needed, of, names=names, needs=needs) for of in tables.values())
    found = dict(zip(tables, side_by_side(works, AT_ONCE), strict=True))
    return Look(
        names,
        tuple(slices),
        tuple(releases),
        tables,
        {table: needed for table, (needed, _) in found.items()},
        {table: touched for table, (_, touched) in found.items()},
    )


def _tables(store: Store) -> dict[str, TableFiles]:
    names = [name for name in tables_of(store) if not name.startswith(f"{OWN_ROOM}.")]
    works = (partial(TableFiles.read, store, name) for name in names)
    found = dict(zip(names, side_by_side(works, AT_ONCE), strict=True))
    for name, of in found.items():
        unknown = undecided(of.table)
        if unknown:
            raise StoreError(
                f"{of.path}: it is not known whether {', '.join(unknown)} of {name} can name an entity",
                fix="say so in lib/marketgraph/tables/naming.py",
            )
    return {name: of for name, of in found.items() if places_of(of.table)}


def _remember(tables: Mapping[str, TableFiles], before: Look | None) -> None:
    for name, of in tables.items():
        if before and name in before.tables:
            of.verdicts.update(before.tables[name].verdicts)


def _names(tables: Mapping[str, TableFiles], entities: frozenset[Entity]) -> Names:
    """The entities with those that can't be without them, as contents without their creator, and their vertices.

    In files of any version, as long as they are there: what was begun can then be ended.
    """
    parents = {reference.table for table in SOURCE_TABLES for reference in table.references} - {ENTITY}
    names = Names(entities)
    for table in SOURCE_TABLES:
        of = tables.get(table.full_name)
        if of is None or table.name not in parents:
            continue
        keys = keys_that_go(of.rows(of.known()), table, names)
        if table.name in SOURCE_OF:
            more = frozenset(Entity(SOURCE_OF[table.name], key) for key in keys)
            names = Names(names.entities | more, names.vertices, names.rows)
        else:
            names = Names(names.entities, names.vertices, {**names.rows, table.name: keys})
    return Names(names.entities, _vertices(tables, names), names.rows)


def _vertices(tables: Mapping[str, TableFiles], names: Names) -> frozenset[int]:
    """Their numbers by the map, and by the tables of entities: a run may have brought one back by these alone."""
    found = frozenset[int]()
    for table in (VERTEX_IDS, *(ENTITY_TABLES[kind] for kind in names.kinds)):
        of = tables.get(table.full_name)
        found |= vertices_of(of.rows(of.known()), table, names) if of else frozenset()
    return found


def _needed(
    of: TableFiles, *, names: Names, needs: Needs
) -> tuple[dict[Need, frozenset[str]], frozenset[Need]]:
    """The files of each need of a table, its newest version's too, and which needs name an entity."""
    wanted = {Need(of.log.newest, None), *needs.get(of.table.full_name, ())}
    found = of.log.files_of(wanted)
    every = frozenset[str]().union(*found.values())
    gone = every - of.known()
    if gone:
        raise StoreError(
            f"{of.path}/{min(gone)}: a file that is needed is gone", fix="restore it from a copy"
        )
    naming = of.naming(every, lambda: affected(of.table, names))
    return found, frozenset(need for need, files in found.items() if files & naming)
