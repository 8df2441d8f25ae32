"""The release that a run's gate compares with."""

from __future__ import annotations

from marketgraph.quality.checks import CHECKS
from marketgraph.quality.profiles import profiles_in
from marketgraph.quality.watched import Before
from marketgraph.releases.load import listed_releases, opened
from marketgraph.releases.standing import Listed
from marketgraph.stages.stage import Context
from marketgraph.tables.operations import FAILED
from marketgraph.tables.quality import PROFILES


def compared_with(context: Context) -> Listed | None:
    """The release that readers get of the latest date before the run's; None where there is none.

    A date that was checked already stays with the one that it was compared with, as long as readers get it: a backfill
    of a day in between changes nothing. A run with `--full`, and one after a gate that did not pass, looks anew.
    """
    today = context.run.as_of
    earlier = [one for one in listed_releases(context.store) if one.current and one.as_of < today]
    told = _told(context)
    if told == "":
        return None
    same = next((one for one in earlier if one.id == told), None)
    return same or max(earlier, key=lambda one: one.as_of, default=None)


def before_of(context: Context, listed: Listed | None) -> Before | None:
    """The rows and profiles of the release; the profiles are a small table."""
    if listed is None:
        return None
    release = opened(context.store, listed)
    rows = {name: pin.rows for name, pin in release.pins.items()}
    if PROFILES.full_name not in rows:
        return Before(release.id, rows)
    return Before(release.id, rows, profiles_in(release.by_contract(PROFILES.full_name).collect()))


def _told(context: Context) -> str | None:
    """Which release the checks that stand were compared with; empty: there was none; None: nothing stands."""
    if context.whole or not context.books.has(CHECKS):
        return None
    held = context.books.slice(CHECKS)
    if held.fingerprint.startswith(FAILED):
        return None
    row = context.store.read_slice(CHECKS, held).select("compared_with").first()
    return row["compared_with"] if row else None
