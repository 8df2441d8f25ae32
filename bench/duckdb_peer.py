"""DuckDB's part, in the peers' environment (.venv-bench): grouped relations from Parquet files to Parquet files."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb

from bench.duckdb_sql import edges_query, source_statements


def main(told: str) -> None:
    """Prints the seconds from the files to the edges written, without the start of Python.

    told: a JSON file: files by table, kinds, as_of, rules by relation, out (a folder), threads, memory, scratch.
    """
    plan = json.loads(Path(told).read_text(encoding="utf-8"))
    begun = time.monotonic()
    database = duckdb.connect()
    for setting in ("threads", "memory_limit", "temp_directory"):
        database.execute(f"SET {setting} = '{plan[setting]}'")
    database.execute("SET preserve_insertion_order = false")
    database.execute("SET enable_progress_bar = false")
    for statement in source_statements(plan["files"], plan["kinds"]):
        database.execute(statement)
    each = {}
    for relation, rule in plan["rules"].items():
        query = edges_query(relation, rule, plan["kinds"], plan["as_of"])
        part = time.monotonic()
        database.execute(f"COPY ({query}) TO '{plan['out']}/{relation}.parquet' (FORMAT parquet)")
        each[relation] = time.monotonic() - part
    sys.stdout.write(json.dumps({"seconds": time.monotonic() - begun, "each": each}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
