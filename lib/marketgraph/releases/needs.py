"""Which versions of which tables must stay: those of the releases that are kept, and those that the books stand on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pyspark.sql import Row

from marketgraph.releases.standing import Listed, Mark, standing
from marketgraph.slices import Slice
from marketgraph.tables import fixed_tables

_UNSLICED = frozenset(table.full_name for table in fixed_tables() if not table.sliced)


@dataclass(frozen=True)
class Need:
    """What of a table must stay readable at a Delta version: one slice, or all of it (as_of None)."""

    version: int
    as_of: date | None


Needs = Mapping[str, frozenset[Need]]  # by full name of table


def kept_releases(
    rows: Sequence[Row], marks: Sequence[Mark], *, keep: int, since: datetime = datetime.max
) -> list[Listed]:
    """Those that stay: the `keep` published last, the one that readers of each date get, and what is pinned.

    since: UTC. What was kept at that moment, or was published or marked after it, stays too: a reader may be at it.
    rows, marks: as `standing` takes them.
    """
    listed = standing(rows, marks)
    before = standing(
        [row for row in rows if row["published_at"] < since], [m for m in marks if m.marked_at < since]
    )
    ids = {one.id for told in (listed, before) for one in _kept(told, keep)}
    ids |= {row["release_id"] for row in rows if row["published_at"] >= since}
    ids |= {mark.release_id for mark in marks if mark.marked_at >= since}
    return [one for one in listed if one.id in ids and not one.removed]


def _kept(listed: Sequence[Listed], keep: int) -> list[Listed]:
    there = [one for one in listed if not one.removed]
    return [one for n, one in enumerate(there) if n < keep or one.current or one.pinned]


def needs_of(releases: Iterable[Listed]) -> Needs:
    """What who loads these releases now reads."""
    return _needs_of_rows(one.row for one in releases)


def needs_of_readers(releases: Iterable[Listed], since: datetime = datetime.max) -> Needs:
    """What is read of these releases: by who has loaded them since (UTC), and by sandboxes, of whatever time."""
    return _needs_of_rows(row for one in releases for row in one.read_since(since))


def _needs_of_rows(rows: Iterable[Row]) -> Needs:
    return _by_table(
        (pin["table"], pin["delta_version"], row["as_of"]) for row in rows for pin in row["pins"]
    )


def needs_of_books(slices: Iterable[Slice]) -> Needs:
    """What runs read of the slices that stand, published or not."""
    return _by_table((held.table, held.delta_version, held.as_of) for held in slices)


def together(*needs: Needs) -> Needs:
    """All of them."""
    return _by_table(
        (table, need.version, need.as_of)
        for told in needs
        for table, wanted in told.items()
        for need in wanted
    )


def _by_table(told: Iterable[tuple[str, int, date | None]]) -> Needs:
    found: defaultdict[str, set[Need]] = defaultdict(set)
    for table, version, as_of in told:
        found[table].add(Need(version, None if table in _UNSLICED else as_of))
    return {table: frozenset(wanted) for table, wanted in found.items()}
