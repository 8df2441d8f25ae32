"""The bench of features: its events, DuckDB's SQL against plain Python, its fit. No Spark."""

from __future__ import annotations

import json
import statistics
import subprocess
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from bench.features import fitted
from bench.process import ROOT
from bench.trials import PEERS_PYTHON
from bench.window_rows import DAYS, MOMENT, events
from bench.windows import equal


def test_events_are_the_same_from_the_same_seed_and_as_many_as_asked_for(tmp_path: Path) -> None:
    one, other = (events(3_000, tmp_path / name) for name in "ab")
    told = [ds.dataset(each.folder).to_table() for each in (one, other)]
    assert told[0].equals(told[1])
    assert told[0].num_rows == one.rows == 3_000
    rows = told[0].to_pylist()
    assert {row["occurred_at"] < MOMENT for row in rows} == {True}
    assert min(row["amount"] for row in rows) >= Decimal("0.0001")
    assert len({row["entity"] for row in rows}) > one.entities * 0.9


@pytest.mark.skipif(not PEERS_PYTHON.exists(), reason="make bench-env makes the peers' environment")
def test_duckdb_counts_what_plain_python_counts(tmp_path: Path) -> None:
    made = events(2_000, tmp_path / "events")
    out = tmp_path / "out"
    plan = {
        "folder": str(made.folder), "out": str(out), "moment": MOMENT.isoformat(), "days": DAYS, "threads": 1,
        "memory_limit": "1GB", "temp_directory": str(tmp_path / "scratch"),
    }  # fmt: skip
    command = [str(PEERS_PYTHON), "-m", "bench.windows_duckdb", json.dumps(plan)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env={"PATH": ""})
    assert json.loads(done.stdout)["seconds"] > 0
    found = {row["question"]: row for row in pq.read_table(out).to_pylist()}
    own = defaultdict(list)
    for row in ds.dataset(made.folder).to_table().to_pylist():
        own[row["entity"]].append(row)
    for days in DAYS:
        for entity, rows in own.items():
            seen = [row for row in rows if row["occurred_at"] >= MOMENT - timedelta(days=days)]
            if entity in found:
                told = found[entity]
                assert told[f"n_{days}d"] == len(seen)
                assert (told[f"total_{days}d"] or 0) == sum(row["amount"] for row in seen)
                assert told[f"others_{days}d"] == len({row["counterpart"] for row in seen})
            if entity in found and len(seen) > 1:
                spread = statistics.stdev(float(row["amount"]) for row in seen)
                assert found[entity][f"spread_{days}d"] == pytest.approx(spread)


def test_features_are_equal_when_their_rows_and_sums_are(tmp_path: Path) -> None:
    same = {"question": [1, 2], "n_7d": [3, None], "total_7d": [0.1, 0.2]}
    told = {"a": same, "b": {**same, "total_7d": [0.2, 0.1 + 1e-12]}, "c": {**same, "n_7d": [3, 1]}}
    for name, columns in told.items():
        pq.write_table(pa.table(columns), tmp_path / name)
    assert equal(tmp_path / "a", tmp_path / "b")
    assert not equal(tmp_path / "a", tmp_path / "c")


def test_the_fit_is_of_the_last_three_points_that_ended() -> None:
    (said,) = fitted([(1, 100.0), (2, 20.0), (4, 40.0), (8, 80.0)])
    assert "1 (bar 1.1, aim 1.02: the aim is met)" in said
    assert fitted([(1, 10.0), (2, 20.0), (4, None)]) == ["Too few points for a fit."]
