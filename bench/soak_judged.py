"""Whether a soak's days stay what they were: by its middle third, against its last."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from typing import Any

from bench.measures import judged
from bench.report import Section
from bench.soak_day import Day

FEWEST = 6  # days, of which a third is two


def judged_days(title: str, columns: Sequence[str], rows: list[list[str]], days: Sequence[Day]) -> Section:
    """The table of days with what they say of the bars."""
    last = statistics.median(day.ratio for day in days[-3:])
    notes = [
        f"Reading the newest release, of the first: {judged(last, aim=1.05, bar=1.2)} (median of the last 3 days)"
    ]
    grown = [later.size - one.size for one, later in itertools.pairwise(days) if later.maintain is None]
    notes += [
        f"{what}, the last third of the days against the third before: {judged(flat(values), aim=1.05, bar=1.2)}"
        for what, values in (
            ("Peak memory of a run", [day.peak for day in days]),
            ("Bytes that a day adds", grown),
            ("Seconds of a run", [day.seconds for day in days]),
        )
        if len(values) >= FEWEST
    ]
    if len(days) < FEWEST:
        notes.append(f"Fewer than {FEWEST} days say nothing of growth.")
    data: list[dict[str, Any]] = [vars(day) for day in days]
    return Section(title, columns, rows, notes, data)


def flat(values: Sequence[float]) -> float:
    """The median of the last third, of the median of the third before: the first days of a warehouse are other ones."""
    third = len(values) // 3
    return statistics.median(values[-third:]) / statistics.median(values[-2 * third : -third])
