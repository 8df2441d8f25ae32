"""Part `windows`: five aggregations in five trailing windows over synthetic events, by our engine and by DuckDB."""

from __future__ import annotations

import json
import math
import os
import shutil
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.dataset as ds

from bench.measures import judged
from bench.process import Outcome, run
from bench.report import Section
from bench.trials import PEERS_PYTHON
from bench.window_rows import DAYS, MOMENT, Events, events

COLUMNS = ("engine", "seconds", "lowest", "highest", "of DuckDB's", "whole process", "peak MB")
NOTES = [
    "Seconds: from the Parquet files to Parquet with the features, inside of the process; whole process: with the "
    "start of Python and the JVM.",
    "Features: count, sum, max, stddev and exact distinct counterparts in each window.",
]
ROWS_OF_A_PARTITION = 2_000_000


@dataclass(frozen=True)
class Sizes:
    """How it is measured. memory: heap of Spark's driver, and DuckDB's limit; limit: seconds for each run."""

    rows: int
    runs: int
    threads: int
    memory: str
    limit: float


@dataclass(frozen=True)
class Run:
    """What came of an engine: medians, None when it did not end. out: the features of its last run."""

    outcome: Outcome
    out: Path
    told: list[dict[str, float]] = field(default_factory=list)

    def median(self, what: str) -> float | None:
        """The median over the runs."""
        return statistics.median(one[what] for one in self.told) if self.outcome.state == "ended" else None


def measured(place: Path, sizes: Sizes) -> Section:
    """Both engines on the same files: their cost, and whether they found the same."""
    folder = place / f"events-{sizes.rows}"
    shutil.rmtree(folder, ignore_errors=True)
    made = events(sizes.rows, folder)
    ours = _tried(_spark(made, place / "windows-spark", sizes), place / "windows-spark", sizes)
    theirs = _tried(
        _duckdb(made, place / "windows-duckdb", sizes), place / "windows-duckdb", sizes, own_paths=True
    )
    same = ours.median("seconds") and theirs.median("seconds") and equal(ours.out, theirs.out)
    section = _section(made, ours, theirs, sizes, same=bool(same))
    for path in (folder, ours.out.parent, theirs.out.parent):
        shutil.rmtree(path, ignore_errors=True)
    return section


def equal(one: Path, other: Path) -> bool:
    """Whether two sets of features have the same entities, and each column the same sum, up to rounding."""
    told = [_totals(path) for path in (one, other)]
    return told[0].keys() == told[1].keys() and all(
        math.isclose(told[0][name], told[1][name], rel_tol=1e-9) for name in told[0]
    )


def _totals(path: Path) -> dict[str, float]:
    rows = ds.dataset(path, format="parquet").to_table()
    sums = {name: float(pc.sum(rows[name]).as_py() or 0) for name in sorted(rows.column_names)}
    return {"rows": rows.num_rows, **sums}


def _tried(command: Sequence[str], place: Path, sizes: Sizes, *, own_paths: bool = False) -> Run:
    told: list[dict[str, float]] = []
    out = place / "out"
    for _ in range(sizes.runs):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        outcome = run(command, limit=sizes.limit, own_paths=own_paths)
        if outcome.state != "ended":
            break
        told.append({"whole": outcome.seconds, "peak": outcome.peak, **outcome.told})
    return Run(outcome, out, told)


def _spark(of: Events, place: Path, sizes: Sizes) -> list[str]:
    partitions = max(2, round(of.rows / ROWS_OF_A_PARTITION))
    return [
        sys.executable, "-m", "bench.windows_spark", str(of.folder), str(place / "out"), sizes.memory, str(partitions)
    ]  # fmt: skip


def _duckdb(of: Events, place: Path, sizes: Sizes) -> list[str]:
    told: dict[str, Any] = {
        "folder": str(of.folder), "out": str(place / "out"), "moment": MOMENT.isoformat(), "days": DAYS,
        "threads": sizes.threads, "memory_limit": f"{sizes.memory.rstrip('gG')}GB",
        "temp_directory": str(place / "scratch"),
    }  # fmt: skip
    return [str(PEERS_PYTHON), "-m", "bench.windows_duckdb", json.dumps(told)]


def _section(of: Events, ours: Run, theirs: Run, sizes: Sizes, *, same: bool) -> Section:
    given = (
        f"DuckDB has {sizes.threads} threads and {sizes.memory} of memory, Spark all {os.cpu_count()} cores."
    )
    notes = [*NOTES, given]
    own, their = ours.median("seconds"), theirs.median("seconds")
    if own is None or their is None:
        both = {"marketgraph": ours.outcome, "DuckDB": theirs.outcome}
        notes += [f"{name}: {one.state}. {one.reason}" for name, one in both.items() if one.state != "ended"]
    else:
        shuffles = judged(ours.told[-1]["exchanges"], aim=1, bar=2)
        notes += [
            f"Our seconds by DuckDB's: {judged(own / their, aim=2, bar=4)}.",
            f"Exchanges of our plan: {shuffles}.",
            f"{'The same' if same else 'NOT the same'} entities, and sums of each of the 25 columns.",
        ]
    data = {"rows": of.rows, "entities": of.entities, "same": same, "ours": ours.told, "duckdb": theirs.told}
    lines = [_row("marketgraph", ours, their), _row("DuckDB", theirs, their)]
    return Section(f"{of.rows:,} events of {of.entities:,} entities", COLUMNS, lines, notes, data)


def _row(name: str, one: Run, theirs: float | None) -> list[str]:
    seconds, whole, peak = (one.median(what) for what in ("seconds", "whole", "peak"))
    if seconds is None or whole is None or peak is None:
        return [name, one.outcome.state, *["–"] * (len(COLUMNS) - 2)]
    each = [told["seconds"] for told in one.told]
    times = [f"{value:.1f}" for value in (seconds, min(each), max(each))]
    return [name, *times, f"{seconds / theirs:.2f}" if theirs else "–", f"{whole:.1f}", f"{peak / 1e6:,.0f}"]
