"""DuckDB's part of `windows`, in the peers' environment (.venv-bench): the same features by SQL."""

from __future__ import annotations

import json
import sys
import time

import duckdb

AGGREGATES = {
    "n": "count(*)",
    "total": "sum(amount)",
    "largest": "max(amount)",
    "spread": "stddev_samp(amount)",
    "others": "count(DISTINCT counterpart)",
}


def query(folder: str, moment: str, days: list[int]) -> str:
    """All aggregates of all windows by entity, plainly: a filter on each."""
    end = f"TIMESTAMPTZ '{moment}'"
    told = ", ".join(
        f"{sql} FILTER (occurred_at >= {end} - INTERVAL {d} DAY) AS {name}_{d}d"
        for name, sql in AGGREGATES.items()
        for d in days
    )
    rows = f"read_parquet('{folder}/*.parquet')"
    seen = f"occurred_at < {end} AND occurred_at >= {end} - INTERVAL {max(days)} DAY"
    return f"SELECT entity AS question, {told} FROM {rows} WHERE {seen} GROUP BY entity"  # noqa: S608 - our own


def main(told: str) -> None:
    """Prints the seconds from the files to the features written, without the start of Python.

    told: JSON: folder, out, moment (ISO), days, threads, memory_limit, temp_directory.
    """
    plan = json.loads(told)
    database = duckdb.connect()
    for setting in ("threads", "memory_limit", "temp_directory"):
        database.execute(f"SET {setting} = '{plan[setting]}'")
    database.execute("SET preserve_insertion_order = false")
    database.execute("SET enable_progress_bar = false")
    database.execute("SET TimeZone = 'UTC'")
    begun = time.monotonic()
    database.execute(
        f"COPY ({query(plan['folder'], plan['moment'], plan['days'])}) TO '{plan['out']}' (FORMAT parquet)"
    )
    sys.stdout.write(json.dumps({"seconds": time.monotonic() - begun}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
