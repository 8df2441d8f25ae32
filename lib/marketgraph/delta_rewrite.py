"""Slices of several dates replaced in one commit, by what an erasure has left of them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame

from marketgraph.delta_log import Commit, commit_of, newest_version
from marketgraph.delta_races import until_it_lands
from marketgraph.delta_tables import KEPT
from marketgraph.errors import StoreError
from marketgraph.tables.contract import SLICE_COLUMN

_OURS = "erased"


def is_rewrite(commit: Commit, table: str) -> bool:
    """Whether an erasure made the commit; it then has all files of each slice that it wrote."""
    return (commit.app_id or "").startswith(f"{_OURS}/{table}/")


def rewrite_slices(path: str, table: str, frame: DataFrame, days: Sequence[date]) -> Commit:
    """Replace the slices of these dates by the rows of `frame`, which has `as_of`, in one commit."""
    told = ", ".join(f"'{day}'" for day in sorted(days))
    return _replaced(path, table, frame, f"{SLICE_COLUMN} IN ({told})", partitioned=True)


def rewrite_rows(path: str, table: str, frame: DataFrame, column: str, numbers: Sequence[int]) -> Commit:
    """Replace the rows of these numbers by those of `frame`; rows that others add meanwhile stay."""
    told = ", ".join(str(number) for number in sorted(numbers))
    return _replaced(path, table, frame, f"{column} IN ({told})", partitioned=False)


def _replaced(path: str, table: str, frame: DataFrame, where: str, *, partitioned: bool) -> Commit:
    """The commit; its predicate, which stays in the log, names dates and numbers alone."""
    app_id = f"{_OURS}/{table}/{secrets.token_hex(8)}"
    before = newest_version(frame.sparkSession, path)
    writer = frame.write.format("delta").mode("overwrite").options(**KEPT).option("replaceWhere", where)
    writer = writer.partitionBy(SLICE_COLUMN) if partitioned else writer
    writer = writer.option("txnAppId", app_id).option("txnVersion", 1)
    writer = writer.option("userMetadata", json.dumps({"made_by": "marketgraph erase"}))
    until_it_lands(path, lambda: writer.save(path))
    landed = commit_of(frame.sparkSession, path, app_id=app_id, app_version=1, after=before)
    if landed is None:
        raise StoreError(f"{path}: Delta skipped the write of an erasure", fix="give the command again")
    return landed
