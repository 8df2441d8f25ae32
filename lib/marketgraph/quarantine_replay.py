"""A replay: the stage conforms the sources of a date anew, and the quarantine is held against that of before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from marketgraph.contract_notes import said_of
from marketgraph.delta_log import MissingCommitError, read_commit
from marketgraph.errors import QualityError
from marketgraph.pipeline import run_stages
from marketgraph.reporter import Reporter
from marketgraph.slices import Slice
from marketgraph.sources.replayed import COUNTS, GROUP, compared
from marketgraph.stages import sources
from marketgraph.stages.stage import Context
from marketgraph.store import Store
from marketgraph.tables.operations import FAILED
from marketgraph.tables.sources import QUARANTINE, SOURCE_TABLES


@dataclass(frozen=True)
class Accepted:
    """Accepted rows of a source table. before: None where the run before was stopped and wrote none."""

    table: str
    before: int | None
    now: int


@dataclass(frozen=True)
class Replay:
    """What a replay did. changed: False when the slices that stand came of the very same inputs.

    rows: GROUP and COUNTS of each group. stopped: too many rows are still refused, nothing but these was written.
    """

    as_of: date
    changed: bool
    rows: tuple[dict[str, Any], ...] = ()
    accepted: tuple[Accepted, ...] = ()
    stopped: QualityError | None = None

    def as_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "as_of": str(self.as_of),
            "changed": self.changed,
            "passed": self.stopped is None,
            "groups": list(self.rows),
            "accepted": [{"table": a.table, "before": a.before, "now": a.now} for a in self.accepted],
        }


def replayed(context: Context, before: Slice, reporter: Reporter) -> Replay:
    """Run the stage conform_sources, unless nothing changed that it depends on, and compare.

    before: the quarantine that stands. Its fingerprint is the stage's own, so that the next run goes on from what is
    written here. Raises SourceError and ConfigError as the stage does; then the slices of before stand.
    """
    now = sources.STAGE.fingerprint(context)
    if before.fingerprint in (now, FAILED + now):
        return Replay(before.as_of, changed=False)
    accepted = {
        table.full_name: held.rows
        for table in SOURCE_TABLES
        if context.books.has(table)
        for held in [context.books.slice(table)]
        if held.fingerprint == before.fingerprint
    }
    stopped = None
    try:
        run_stages([sources.STAGE], context, reporter)
    except QualityError as error:
        stopped = error
    after = context.books.slice(QUARANTINE)
    return Replay(
        before.as_of, True, _rows(context.store, before, after), _grown(context, accepted, after), stopped
    )


def _rows(store: Store, before: Slice, after: Slice) -> tuple[dict[str, Any], ...]:
    keys = {_key_of(store, held) for held in (before, after)}
    frames = [store.read_slice(QUARANTINE, held) for held in (before, after)]
    found = compared(*frames, same_key=len(keys - {None}) <= 1)
    return tuple(row.asDict() for row in found.select(*GROUP, *COUNTS).collect())


def _key_of(store: Store, held: Slice) -> str | None:
    """Id of the key that hashed a quarantine's personal values; None where no commit tells."""
    try:
        commit = read_commit(store.spark, store.path(QUARANTINE.stored_as(held.table)), held.delta_version)
    except MissingCommitError:
        return None
    key = said_of(commit).get("identifier_key")
    return None if key is None else str(key)


def _grown(context: Context, before: dict[str, int], after: Slice) -> tuple[Accepted, ...]:
    """Accepted rows before and now of the tables where they differ; none where the stage was stopped."""
    if after.fingerprint.startswith(FAILED):
        return ()
    told = [
        Accepted(table.name, before.get(table.full_name), context.books.slice(table).rows)
        for table in SOURCE_TABLES
    ]
    return tuple(one for one in told if one.before != one.now)
