"""Delta's transaction log, read file by file: which version is newest, and what a commit says of itself.

The store asks the log, not the writer, which version a write made: Delta skips a write without a word when its
txnVersion is not above the last of its app id, and another run may commit in between.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import unquote

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from marketgraph.errors import StoreError
from marketgraph.hadoop_files import names_in, read_text

FROM_A_COPY = "restore the file from a copy of the warehouse"
# A commit begins with what it has done; per operation the numbers of files that it says it added and removed.
_TOLD = {"WRITE": ("numFiles", "numRemovedFiles"), "OPTIMIZE": ("numAddedFiles", "numRemovedFiles")}


class MissingCommitError(StoreError):
    """A commit whose file is not there. Delta removes files of commits itself, those behind a checkpoint."""


@dataclass(frozen=True)
class Added:
    """A data file that a commit added: its path from the table's folder (that of a clone's is whole), and its as_of."""

    path: str
    as_of: str | None


@dataclass(frozen=True)
class Commit:
    """One commit: its version, rows and files written, and the application transaction that it carries.

    added: sorted by path. removed: paths of the files that it took out of the table. at: when, in ms since 1970, UTC.
    properties: those of the table, where the commit states them. said: what its writer noted beside it.
    """

    version: int
    rows: int
    app_id: str | None
    app_version: int | None
    added: tuple[Added, ...] = ()
    removed: tuple[str, ...] = ()
    at: int = 0
    properties: Mapping[str, str] | None = None
    said: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        """Paths of the files that it added."""
        return tuple(one.path for one in self.added)

    def files_of(self, as_of: date) -> tuple[str, ...]:
        """Paths of those that belong to one slice."""
        return tuple(one.path for one in self.added if one.as_of == str(as_of))


def newest_version(spark: SparkSession, path: str) -> int:
    """The newest Delta version under `path`; -1 when there is no table."""
    return max(versions_in(spark, path), default=-1)


def versions_in(spark: SparkSession, path: str) -> list[int]:
    """The versions whose commits are in the log, ascending."""
    names = names_in(spark, f"{path}/_delta_log")
    return sorted(int(name[:-5]) for name in names if name.endswith(".json") and name[:-5].isdigit())


def commit_of(spark: SparkSession, path: str, *, app_id: str, app_version: int, after: int) -> Commit | None:
    """The commit later than version `after` that carries this application transaction, if it is in the log."""
    for version in range(newest_version(spark, path), after, -1):
        try:
            found = read_commit(spark, path, version)
        except MissingCommitError:  # Delta has removed what lies behind a checkpoint, from here on down
            return None
        if (found.app_id, found.app_version) == (app_id, app_version):
            return found
    return None


def read_commit(spark: SparkSession, path: str, version: int) -> Commit:
    """What commit `version` says. Raises StoreError when its file is missing, empty, torn or cut."""
    name, actions = commit_file(path, version), actions_of(spark, path, version)
    if not actions:
        raise StoreError(f"{name}: the commit is empty", fix=FROM_A_COPY)
    info: dict[str, Any] = next((a["commitInfo"] for a in actions if "commitInfo" in a), {})
    txn: dict[str, Any] = next((a["txn"] for a in actions if "txn" in a), {})
    _require_all_files(name, info, actions)
    rows = info.get("operationMetrics", {}).get("numOutputRows", 0)
    added = [_added(a["add"]) for a in actions if "add" in a]
    return Commit(
        version,
        int(rows),
        txn.get("appId"),
        txn.get("version"),
        tuple(sorted(added, key=lambda one: one.path)),
        tuple(unquote(a["remove"]["path"]) for a in actions if "remove" in a),
        int(info.get("timestamp", 0)),
        next((a["metaData"].get("configuration", {}) for a in actions if "metaData" in a), None),
        str(info.get("userMetadata", "")),
    )


def _added(action: dict[str, Any]) -> Added:
    # in the log a path is written as in a URL
    return Added(unquote(action["path"]), action.get("partitionValues", {}).get("as_of"))


def commit_file(path: str, version: int) -> str:
    """Where Delta keeps a commit."""
    return f"{path}/_delta_log/{version:020d}.json"


def actions_of(spark: SparkSession, path: str, version: int) -> list[dict[str, Any]]:
    """The lines of a commit. Raises StoreError when the file is missing or torn."""
    name = commit_file(path, version)
    try:
        return [json.loads(line) for line in read_text(spark, name).splitlines() if line.strip()]
    except FileNotFoundError as error:
        raise MissingCommitError(f"{name}: the commit's file is gone", fix=FROM_A_COPY) from error
    except Py4JJavaError as error:  # where Hadoop keeps checksums, it finds a torn file itself
        cause = str(error.java_exception).splitlines()[0]
        raise StoreError(f"{name}: the commit can't be read: {cause}", fix=FROM_A_COPY) from None
    except json.JSONDecodeError as error:
        raise StoreError(f"{name}: the commit is torn: {error}", fix=FROM_A_COPY) from error


def _require_all_files(name: str, info: dict[str, Any], actions: list[dict[str, Any]]) -> None:
    """Raises StoreError when the commit names other numbers of files than it says that it added and removed."""
    metrics = info.get("operationMetrics", {})
    for action, metric in zip(("add", "remove"), _TOLD.get(info.get("operation", ""), ()), strict=False):
        found = sum(action in one for one in actions)
        if action == "add" and not found and metrics.get("numOutputRows") == "0":
            continue  # a file without rows is counted, and left out of the log
        if metric in metrics and int(metrics[metric]) != found:
            raise StoreError(
                f"{name}: the commit is cut: it has {found} of its {metrics[metric]} actions {action!r}",
                fix=FROM_A_COPY,
            )
