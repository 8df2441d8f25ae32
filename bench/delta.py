"""What lies in a Delta table, told by its log and the files' footers alone: nothing is started for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq


def live_files(table: Path, as_of: str | None = None) -> list[Path]:
    """The data files that the newest version of a table has, of one slice where it is named.

    Of a table whose log was never cleared: Delta keeps it for a month.
    """
    live: dict[str, Any] = {}
    for log in sorted((table / "_delta_log").glob("*.json")):
        for action in map(json.loads, log.read_text(encoding="utf-8").splitlines()):
            if "add" in action:
                live[action["add"]["path"]] = action["add"]
            elif "remove" in action:
                live.pop(action["remove"]["path"], None)
    slices = live.items() if as_of is None else _of_slice(live, as_of)
    return sorted(table / unquote(path) for path, _ in slices)


def rows(files: Sequence[Path]) -> int:
    """Rows of Parquet files, by their footers."""
    return sum(pq.read_metadata(file).num_rows for file in files)


def records(files: Sequence[Path], *names: str) -> list[dict[str, Any]]:
    """The rows of small Parquet files, file after file, with these columns."""
    return [row for file in files for row in pq.ParquetFile(file).read(list(names)).to_pylist()]


def column(files: Sequence[Path], name: str) -> pa.ChunkedArray:
    """One column of Parquet files, file after file."""
    parts = [pq.ParquetFile(file).read([name]).column(name) for file in files]
    return pa.chunked_array(
        [chunk for part in parts for chunk in part.chunks], parts[0].type if parts else pa.int64()
    )


def _of_slice(live: dict[str, Any], as_of: str) -> list[tuple[str, Any]]:
    return [(path, add) for path, add in live.items() if add["partitionValues"].get("as_of") == as_of]
