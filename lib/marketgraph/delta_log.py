"""Delta's transaction log, read file by file: which version is newest, and what a commit says of itself.

The store asks the log, not the writer, which version a write made: Delta skips a write without a word when its
txnVersion is not above the last of its app id, and another run may commit in between.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from pyspark.sql import SparkSession

from marketgraph.errors import StoreError
from marketgraph.hadoop_files import names_in, read_text

# A log of so many commits is read file by file sooner than Delta has put it together.
SHORT = 200


@dataclass(frozen=True)
class Commit:
    """One commit: its version, rows and files written, and the application transaction that it carries.

    files: of the data files that the commit added, their paths from the table's folder, sorted.
    """

    version: int
    rows: int
    app_id: str | None
    app_version: int | None
    files: tuple[str, ...] = ()


def newest_version(spark: SparkSession, path: str) -> int:
    """The newest Delta version under `path`; -1 when there is no table."""
    names = names_in(spark, f"{path}/_delta_log")
    versions = [int(name[:-5]) for name in names if name.endswith(".json") and name[:-5].isdigit()]
    return max(versions, default=-1)


def commit_of(spark: SparkSession, path: str, *, app_id: str, app_version: int, after: int) -> Commit | None:
    """The commit later than version `after` that carries this application transaction, if there is one."""
    for version in range(newest_version(spark, path), after, -1):
        found = read_commit(spark, path, version)
        if (found.app_id, found.app_version) == (app_id, app_version):
            return found
    return None


def read_commit(spark: SparkSession, path: str, version: int) -> Commit:
    """What commit `version` says. Raises StoreError when its file is missing, empty or torn."""
    name = f"{path}/_delta_log/{version:020d}.json"
    try:
        actions = _actions(name, read_text(spark, name))
    except FileNotFoundError as error:
        raise StoreError(f"{name}: the commit's file is gone", fix="restore the file from a copy") from error
    info: dict[str, Any] = next((a["commitInfo"] for a in actions if "commitInfo" in a), {})
    txn: dict[str, Any] = next((a["txn"] for a in actions if "txn" in a), {})
    rows = info.get("operationMetrics", {}).get("numOutputRows", 0)
    # in the log a path is written as in a URL
    files = sorted(unquote(a["add"]["path"]) for a in actions if "add" in a)
    return Commit(version, int(rows), txn.get("appId"), txn.get("version"), tuple(files))


def live_files(spark: SparkSession, path: str) -> tuple[str, ...] | None:
    """The data files of a table's newest version, by its whole log; None where that is long, or its begin is gone.

    Raises StoreError when a commit is empty or torn.
    """
    newest = newest_version(spark, path)
    if not 0 <= newest < SHORT:
        return None
    live: set[str] = set()
    try:
        for version in range(newest + 1):
            name = f"{path}/_delta_log/{version:020d}.json"
            actions = _actions(name, read_text(spark, name))
            live -= {unquote(a["remove"]["path"]) for a in actions if "remove" in a}
            live |= {unquote(a["add"]["path"]) for a in actions if "add" in a}
    except FileNotFoundError:
        return None
    return tuple(sorted(live))


def _actions(name: str, text: str) -> list[dict[str, Any]]:
    try:
        actions = [json.loads(line) for line in text.splitlines() if line.strip()]
    except json.JSONDecodeError as error:
        raise StoreError(
            f"{name}: the commit is torn: {error}", fix="restore the file from a copy"
        ) from error
    if not actions:
        raise StoreError(f"{name}: the commit is empty", fix="restore the file from a copy")
    return actions
