"""One table written anew without the entities: a commit for all its slices, and which versions took whose place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.delta_rewrite import rewrite_rows, rewrite_slices
from marketgraph.erasure.files import TableFiles
from marketgraph.erasure.look import Look
from marketgraph.erasure.without import affected, without
from marketgraph.releases.needs import Need, needs_of, needs_of_books
from marketgraph.tables.contract import SLICE_COLUMN
from marketgraph.tables.entities import VERTEX_IDS

Files = frozenset[str]


@dataclass
class Rewritten:
    """What became of a table. moved: by need the version and rows in its place; None: as many rows as before.

    named: rows of the slices that stand that named an entity; lost: those of them that are gone.
    """

    table: str
    moved: dict[Need, tuple[int, int | None]] = field(default_factory=dict)
    named: int = 0
    lost: int = 0


def rewrite(seen: Look, table: str) -> Rewritten:
    """Write what names an entity anew: the slices that stand, those of current releases, the table's newest version."""
    of, told = seen.tables[table], Rewritten(table)
    told.named = _count_named(seen, of)
    if table == VERTEX_IDS.full_name:
        _rewrite_map(seen, of, told)
        return told
    for layer in _layers(seen, of):
        days = {day: files for day, (files, _) in layer.items()}
        commit = rewrite_slices(of.path, table, _left(seen, of, days), list(layer))
        rows = _rows_by_day(of, {day: frozenset(commit.files_of(day)) for day in layer})
        for day, (_, needs) in layer.items():
            told.moved.update({need: (commit.version, rows.get(day, 0)) for need in needs})
    return told


def named_rows(seen: Look, table: str) -> int:
    """Rows of the table's standing slices that name an entity."""
    return _count_named(seen, seen.tables[table])


def _layers(seen: Look, of: TableFiles) -> list[dict[date, tuple[Files, list[Need]]]]:
    """Which files' rows each date's slice gets, commit by commit; what stands in the books comes last.

    With each the needs that the commit then serves. A date whose readers get another version than its runs go on from
    (it was rolled back, or its gate did not pass) takes two.
    """
    chains = {day: _chain(seen, of, day) for day in _days(seen, of)}
    longest = max(map(len, chains.values()), default=0)
    return [
        {day: chain[n - longest] for day, chain in chains.items() if len(chain) >= longest - n}
        for n in range(longest)
    ]


def _chain(seen: Look, of: TableFiles, day: date) -> list[tuple[Files, list[Need]]]:
    name = of.table.full_name
    touched, needed = seen.touched[name], seen.needed[name]
    standing = [need for need in needs_of_books(seen.slices).get(name, ()) if need.as_of == day]
    current = needs_of(one for one in seen.releases if one.current and one.as_of == day).get(
        name, frozenset()
    )
    others = {needed[need] for need in current & touched} - {needed[need] for need in standing}
    last = needed[standing[0]] if standing else _newest_of(seen, of, day)
    chain = [*sorted(others, key=sorted), last]
    wanted = frozenset(current) | frozenset(standing)
    return [(files, [n for n in wanted & touched if needed[n] == files]) for files in chain]


def _days(seen: Look, of: TableFiles) -> list[date]:
    """Dates of which something is to be written."""
    name = of.table.full_name
    touched, needed = seen.touched[name], seen.needed[name]
    current = needs_of(one for one in seen.releases if one.current).get(name, frozenset())
    wanted = frozenset(needs_of_books(seen.slices).get(name, ())) | current
    days = {need.as_of for need in wanted & touched if need.as_of is not None}
    newest = Need(of.log.newest, None)
    if newest in touched:
        named = {file for file in needed[newest] if of.verdicts[file]}
        days |= {day for file, day in _days_of(of).items() if file in named}
    return sorted(days)


def _newest_of(seen: Look, of: TableFiles, day: date) -> Files:
    days = _days_of(of)
    newest = seen.needed[of.table.full_name][Need(of.log.newest, None)]
    return frozenset(file for file in newest if days.get(file) == day)


def _days_of(of: TableFiles) -> Mapping[str, date]:
    added = (one for commit in of.log.commits.values() for one in commit.added)
    return {one.path: date.fromisoformat(one.as_of) for one in added if one.as_of}


def _left(seen: Look, of: TableFiles, days: Mapping[date, Files]) -> DataFrame:
    files = frozenset[str]().union(*days.values())
    return without(of.rows(files), of.table, seen.names)


def _rows_by_day(of: TableFiles, days: Mapping[date, Files]) -> dict[date, int]:
    counted = of.rows(frozenset[str]().union(*days.values())).groupBy(SLICE_COLUMN).count().collect()
    return {row[SLICE_COLUMN]: row["count"] for row in counted}


def _rewrite_map(seen: Look, of: TableFiles, told: Rewritten) -> None:
    """The map's rows of the entities without their ids. Every date then reads as many of its rows as it had."""
    name, newest = of.table.full_name, Need(of.log.newest, None)
    version = newest.version
    if newest in seen.touched[name]:
        condition = affected(of.table, seen.names)
        rows = of.rows(seen.needed[name][newest]).where(F.lit(False) if condition is None else condition)
        numbers = [row[0] for row in rows.select("vertex_id").collect()]
        version = rewrite_rows(
            of.path, name, without(rows, of.table, seen.names), "vertex_id", numbers
        ).version
    told.moved.update(dict.fromkeys(seen.touched[name], (version, None)))


def _count_named(seen: Look, of: TableFiles) -> int:
    """Rows that name an entity in the slices that stand; of the map, in its newest version."""
    name = of.table.full_name
    standing = needs_of_books(seen.slices).get(name, frozenset())
    wanted = standing if of.table.sliced else {Need(of.log.newest, None)}
    files = frozenset[str]().union(*(seen.needed[name][need] for need in wanted))
    condition = affected(of.table, seen.names)
    if condition is None:
        return 0
    return of.rows(file for file in files if of.verdicts[file]).where(condition).count()
