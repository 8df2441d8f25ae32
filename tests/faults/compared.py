"""Two releases held against each other, table by table, by the files that their versions consist of."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import functions as F

from marketgraph.delta_log import read_commit
from marketgraph.releases.load import Release
from marketgraph.tables import SLICE_COLUMN, Table
from marketgraph.tables.communities import ITERATIONS

# How long an iteration took: the one column that is measured, and another in each run.
MEASURED = {ITERATIONS.full_name: {"seconds"}}


def tables_that_differ(
    one: Release, other: Release, tables: Iterable[Table], *, but_for: float = 0.0
) -> list[str]:
    """The names of those tables whose rows are not the same; the order of rows is free.

    but_for: by how much of itself a float may be another, since a sum of floats goes by the order of its terms.
    """
    return [table.full_name for table in tables if not _same(_rows(one, table), _rows(other, table), but_for)]


def _same(one: pa.Table, other: pa.Table, but_for: float) -> bool:
    if one.num_rows == other.num_rows == 0 or one.equals(other):
        return True
    return (
        but_for > 0 and one.num_rows == other.num_rows and _alike(one.to_pylist(), other.to_pylist(), but_for)
    )


def _alike(one: Any, other: Any, but_for: float) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=but_for) or (math.isnan(one) and math.isnan(other))
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(partial(_alike, but_for=but_for), one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[k], other[k], but_for) for k in one)
    return bool(one == other)


def _rows(release: Release, table: Table) -> pa.Table:
    """The rows that a release pins, in the order of their key, or of all that they hold."""
    found = rows_of_files(release, table) if table.sliced else _of_frame(release, table)
    rows = found.select(sorted(set(found.column_names) - MEASURED.get(table.full_name, set())))
    if table.key:
        return rows.sort_by([(name, "ascending") for name in table.key])
    return pa.Table.from_pylist(sorted(rows.to_pylist(), key=repr), schema=rows.schema)


def rows_of_files(release: Release, table: Table) -> pa.Table:
    """The rows of a sliced table: without Spark, which takes longer to plan a read of so few than to read them."""
    store, version = release.store, release.pins[table.full_name].delta_version
    files = read_commit(store.spark, store.path(table), version).files
    names = [
        name for name in files if f"{SLICE_COLUMN}={release.as_of}/" in name
    ]  # a commit may have other dates too
    parts = [pq.ParquetFile(f"{store.path(table)}/{name}").read() for name in names]
    return pa.concat_tables(parts) if parts else pa.table({name: pa.array([]) for name in table.key})


def _of_frame(release: Release, table: Table) -> pa.Table:
    frame = release.table(table.full_name)
    named = [F.col(name) for name in frame.columns if name != SLICE_COLUMN]
    return pa.Table.from_pandas(frame.select(*named).toPandas(), preserve_index=False)
