"""What the commands `marketgraph quarantine …` do: read the refused rows of a date, or conform its sources anew."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from rich.console import Console

from marketgraph.books import standing_slices
from marketgraph.errors import ConfigError, StoreError
from marketgraph.jobs import command_session
from marketgraph.pipeline import Order, open_context
from marketgraph.quarantine_page import Refused, print_counts, print_replay, print_rows
from marketgraph.quarantine_replay import replayed
from marketgraph.releases.load import find_release, listed_releases, opened
from marketgraph.releases_job import opened_store
from marketgraph.reporter import Reporter
from marketgraph.slices import Slice
from marketgraph.sources.faults import Reason
from marketgraph.sources.replayed import GROUP
from marketgraph.store import Store
from marketgraph.tables import full_name_of
from marketgraph.tables.sources import QUARANTINE, SOURCE_TABLES


def show_counts(
    config: Path, as_of: str | None, release: str | None, *, as_json: bool, overrides: tuple[str, ...]
) -> None:
    """Counts of one date, of a release, or of all dates. Raises StoreError where there is no quarantine or release."""
    if as_of is not None and release is not None:
        raise ConfigError("--as-of and --release: both are given", fix="give one of them")
    day = None if as_of is None else Order(config, as_of, None, None, overrides).read()[1]
    with opened_store(config, overrides) as store:
        told = _of_release(store, release) if release is not None else _of_books(store, day)
        found = sorted((one for when, frame in told for one in _counted(when, frame)), key=Refused.order)
    if as_json:
        print(json.dumps([asdict(one) for one in found], default=str, indent=2))  # noqa: T201
    else:
        print_counts(found)


def show_rows(order: Order, *, table: str | None, reason: str | None, limit: int, as_json: bool) -> None:
    """Rows of one date, in the order of their columns. Raises ConfigError for a table or a reason that there is not."""
    _require_known("--table", table, [one.name for one in SOURCE_TABLES])
    _require_known("--reason", reason, [one.value for one in Reason])
    day = order.read()[1]
    with opened_store(order.config, order.overrides) as store:
        frame = store.read_slice(QUARANTINE, _standing(store, day)[0])
        for name, wanted in (("table", table), ("reason", reason)):
            frame = frame if wanted is None else frame.where(F.col(name) == wanted)
        rows = [row.asDict() for row in frame.orderBy(*frame.columns).limit(limit).collect()]
        total = frame.count() if len(rows) == limit else len(rows)
    if as_json:
        print(json.dumps({"as_of": str(day), "total": total, "rows": rows}, indent=2))  # noqa: T201
    else:
        print_rows(rows, total=total, as_of=day)


def replay(order: Order, *, as_json: bool) -> None:
    """Conform the sources of a date anew, and say what became of the rows that were refused.

    Raises StoreError where the date has no quarantine yet; QualityError, once all is told, where still too many rows
    of a table are refused.
    """
    config, as_of = order.read()
    reporter = Reporter(Console(stderr=True, soft_wrap=True)) if as_json else Reporter()
    with command_session(config, app_name=f"marketgraph quarantine replay {as_of}", writes=True) as spark:
        context = open_context(spark, config, as_of, reporter)
        before = _standing(context.store, as_of)[0]
        found = replayed(context, before, reporter)
    if as_json:
        print(json.dumps(found.as_json(), indent=2))  # noqa: T201
    else:
        print_replay(found)
    if found.stopped is not None:
        raise found.stopped


def _require_known(option: str, given: str | None, known: list[str]) -> None:
    if given is not None and given not in known:
        raise ConfigError(f"{option} {given}: there is none of that name", fix=f"one of {', '.join(known)}")


def _standing(store: Store, as_of: date | None) -> list[Slice]:
    """The quarantine of a date, or of each date. Raises StoreError where there is none."""
    held = [one for one in standing_slices(store) if full_name_of(one.table) == QUARANTINE.full_name]
    found = [one for one in held if as_of in (None, one.as_of)]
    if not found:
        day = "any date" if as_of is None else str(as_of)
        dates = ", ".join(str(one.as_of) for one in sorted(held, key=lambda one: one.as_of)[-5:])
        known = f"; the last dates that have one: {dates}" if held else ""
        raise StoreError(
            f"{store.path(QUARANTINE)}: there is no quarantine of {day} yet",
            fix=f"marketgraph run --as-of {as_of or 'DATE'} reads the sources and makes it{known}",
        )
    return found


def _of_books(store: Store, as_of: date | None) -> Iterator[tuple[date, DataFrame]]:
    for held in _standing(store, as_of):
        if held.rows:
            yield held.as_of, store.read_slice(QUARANTINE, held)


def _of_release(store: Store, name: str) -> Iterator[tuple[date, DataFrame]]:
    release = opened(store, find_release(store, name, listed_releases(store)))
    yield release.as_of, release.slices([QUARANTINE.full_name])


def _counted(as_of: date, frame: DataFrame) -> Iterable[Refused]:
    return [Refused(as_of, *row) for row in frame.groupBy(*GROUP).count().collect()]
