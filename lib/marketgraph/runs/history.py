"""Runs that were recorded, read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from pyspark.sql import Row
from pyspark.sql import functions as F

from marketgraph.errors import StoreError
from marketgraph.store import Store
from marketgraph.tables.runs import RUNS, STAGES

# A column of times as Python has it is in the zone of the machine; a reader is told UTC.
_TIMES = ("started_at", "ended_at")


@dataclass(frozen=True)
class Recorded:
    """A run and its stages, in their order; times are in UTC."""

    run: dict[str, Any]
    stages: tuple[dict[str, Any], ...]


def recorded_runs(store: Store) -> list[dict[str, Any]]:
    """All runs that left a row, the newest first."""
    return [_told(row) for row in store.rows(RUNS, F.desc("started_at"), F.desc("run_id"))]


def find_run(store: Store, name: str) -> Recorded:
    """The run of that id, or of an id that begins so; of a date the newest. Raises StoreError when there is none."""
    runs = recorded_runs(store)
    found = [one for one in runs if one["run_id"].startswith(name)]
    if not name or not found:
        known = f"; the newest is {runs[0]['run_id']}" if runs else ""
        raise StoreError(
            f"{store.root}: no run {name} is recorded{known}", fix="`marketgraph runs list` has them all"
        )
    return Recorded(found[0], tuple(stages_of(store, found[0]["run_id"])))


def stages_of(store: Store, run_id: str) -> list[dict[str, Any]]:
    """The stages of one run, in their order."""
    return [_told(row) for row in store.rows(STAGES, "position") if row["run_id"] == run_id]


def last_stages(store: Store, command: str) -> list[dict[str, Any]]:
    """Stages of the newest run of that command that ended well; none where there is none.

    Each has the seconds of when it last did its work: a run that went on from what stood did little of it.
    """
    by_run: dict[str, list[dict[str, Any]]] = {}
    for row in store.rows(STAGES, "position"):
        by_run.setdefault(row["run_id"], []).append(_told(row))
    runs = [one for one in recorded_runs(store) if one["command"] == command]
    told = {
        one["run_id"]: [
            {**stage, "days_before": (one["as_of"] - stage["as_of"]).days}
            for stage in by_run.get(one["run_id"], [])
        ]
        for one in runs
    }
    worked: dict[tuple[str, int], float] = {}
    for stages in reversed(told.values()):
        worked |= {(s["stage"], s["days_before"]): s["seconds"] for s in stages if s["state"] == "ended"}
    newest = next((told[one["run_id"]] for one in runs if one["state"] == "ended"), [])
    return [{**s, "seconds": worked.get((s["stage"], s["days_before"]), s["seconds"])} for s in newest]


def seconds_left(
    before: Sequence[dict[str, Any]], stage: str, days_before: int, elapsed: float
) -> float | None:
    """By what an earlier run took from this stage on; None when it had no such stage.

    days_before: how long before the run's date the stage's is. elapsed: seconds that the stage has taken so far.
    """
    at = [n for n, one in enumerate(before) if (one["stage"], one["days_before"]) == (stage, days_before)]
    if not at:
        return None
    rest = sum(one["seconds"] for one in before[at[0] + 1 :])
    return float(rest + max(before[at[0]]["seconds"] - elapsed, 0.0))


def _told(row: Row) -> dict[str, Any]:
    return {k: _utc(v) if k in _TIMES else v for k, v in row.asDict().items()}


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(timezone.utc)
