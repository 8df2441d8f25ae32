"""The command `marketgraph maintain`: what it did, or would do, and how many bytes that frees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from rich.markup import escape

from marketgraph.errors import ConfigError
from marketgraph.releases.maintenance import Plan, Upkeep, carry_out_plan, plan, prepare
from marketgraph.releases_job import opened_store
from marketgraph.releases_page import console, grid_of
from marketgraph.reporter import Reporter

# A run, or a reader of a large table, works for hours at most.
SHORTEST_DAYS, LONGEST_DAYS = 1.0, 36_500


@dataclass(frozen=True)
class MaintainOrder:
    """What the command line asks for. older_than: days. at_rest: the user says that nobody reads or writes."""

    config: Path
    keep: int = 30
    older_than: float = 7.0
    at_rest: bool = False
    dry_run: bool = False
    overrides: tuple[str, ...] = ()

    def upkeep(self) -> Upkeep:
        """Raises ConfigError for an age within which a run or a reader may still be at work, or that is none."""
        if self.older_than < SHORTEST_DAYS and not self.at_rest:
            raise ConfigError(
                f"--older-than {self.older_than:g}: a run or a reader that is at work may need files of the last day",
                fix="give one day at least, or stop all runs and readers and say --at-rest",
            )
        if not self.older_than <= LONGEST_DAYS:  # what is no number is refused, too
            raise ConfigError(
                f"--older-than {self.older_than:g}: not a number of days up to {LONGEST_DAYS:,}",
                fix="give the days that a file has to be out of use, 7 for a week",
            )
        return Upkeep(self.keep, timedelta(days=self.older_than))


def maintain(order: MaintainOrder) -> None:
    """Compact, then remove what no kept release needs; with dry_run only say what would be removed."""
    upkeep = order.upkeep()
    with opened_store(order.config, order.overrides, writes=not order.dry_run, brief=False) as store:
        compacted = [] if order.dry_run else prepare(store)
        found = plan(store, upkeep)
        if not order.dry_run:
            carry_out_plan(store, found, upkeep)
    print_plan(found, compacted, dry_run=order.dry_run)


def print_plan(found: Plan, compacted: list[str], *, dry_run: bool) -> None:
    """A line per table of which files go, the releases that go, and the sum."""
    reporter, would = Reporter(console()), "would be " if dry_run else ""
    going = [sweep for sweep in found.sweeps if sweep.doomed]
    if going:
        grid = grid_of({"table": False, f"files {would}removed": True, "MiB": True, "files kept": True})
        for sweep in going:
            grid.add_row(
                escape(sweep.table), f"{len(sweep.doomed):,}", _mib(sweep.freed), f"{sweep.kept_files:,}"
            )
        console().print(grid)
    for name in compacted:
        reporter.say(f"compacted {name}")
    for one in found.removed:
        reporter.say(f"release {one.id} {would}removed: a later one of {one.as_of} took its place")
    if found.remains:
        size = _mib(sum(one.size for one in found.remains))
        folders = "1 folder" if len(found.remains) == 1 else f"{len(found.remains)} folders"
        what = f"{folders} of exports, reports and Data Docs of what is gone"
        reporter.say(f"{what} {would}removed ({size} MiB)")
    young = sum(sweep.young for sweep in found.sweeps)
    if young:
        reporter.say(
            f"{young:,} files that no kept release needs were in use too short a time ago, and stay for now"
        )
    freed, stay = (sum(n) for n in zip(*((s.freed, s.kept_bytes) for s in found.sweeps), strict=True))
    kept = f"{len(found.kept)} releases kept, {_mib(stay)} MiB"
    reporter.say(f"{freed:,} bytes ({_mib(freed)} MiB) {would}freed; {kept}")


def _mib(size: int) -> str:
    return f"{size / (1 << 20):,.1f}"
