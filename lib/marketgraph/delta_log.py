"""Delta's transaction log, read file by file: which version is newest, what a commit says of itself, and is it whole.

The store asks the log, not the writer, which version a write made: Delta skips a write without a word when its
txnVersion is not above the last of its app id, and another run may commit in between. And Delta takes a commit that a
crash has left empty, or cut at the end of a line, for one that changed less: a reader would see fewer rows in silence.
So the log's files are looked at before they are believed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
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
    return _newest(names_in(spark, f"{path}/_delta_log"), ".json")


def whole_version(spark: SparkSession, path: str, version: int | None = None) -> int:
    """The version that a read of `version` (None: the newest) finds, once every commit behind it is known to be whole.

    -1 when there is no table. Looks at the commits since the checkpoint that the read begins from: a few small files.
    Raises StoreError for a commit that is missing, empty, torn or cut, and for a version that was never made.
    """
    names = _log_of(spark, path)
    newest, summed = _newest(names, ".json"), _newest(names, ".crc")
    asked = newest if version is None else version
    if newest < summed and (version is None or newest < version <= summed):
        raise MissingCommitError(
            f"{_commit_file(path, summed)}: the newest commit's file is gone", fix=FROM_A_COPY
        )
    if asked > newest >= 0:
        raise StoreError(f"{path}: there is no version {asked}, the newest is {newest}", fix=FROM_A_COPY)
    checkpoints = [-1, *_checkpoints(names)]
    for between in range(max(v for v in checkpoints if v <= max(asked, -1)) + 1, asked + 1):
        read_commit(spark, path, between)
    for later in range(max(*checkpoints, asked) + 1, newest + 1):
        _actions(spark, path, later)  # Delta reads the newest first, whatever it is asked for
    return asked if newest >= 0 else -1


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
    name, actions = _commit_file(path, version), _actions(spark, path, version)
    if not actions:
        raise StoreError(f"{name}: the commit is empty", fix=FROM_A_COPY)
    info: dict[str, Any] = next((a["commitInfo"] for a in actions if "commitInfo" in a), {})
    txn: dict[str, Any] = next((a["txn"] for a in actions if "txn" in a), {})
    _require_all_files(name, info, actions)
    rows = info.get("operationMetrics", {}).get("numOutputRows", 0)
    # in the log a path is written as in a URL
    files = sorted(unquote(a["add"]["path"]) for a in actions if "add" in a)
    return Commit(version, int(rows), txn.get("appId"), txn.get("version"), tuple(files))


def _commit_file(path: str, version: int) -> str:
    return f"{path}/_delta_log/{version:020d}.json"


def _log_of(spark: SparkSession, path: str) -> list[str]:
    """The names in a table's log. Delta writes a version's sums beside its commit, after it."""
    names = names_in(spark, f"{path}/_delta_log")
    if _newest(names, ".json") >= _newest(names, ".crc"):
        return names
    return names_in(spark, f"{path}/_delta_log")  # both may have come while the first look was at it


def _newest(names: list[str], ending: str) -> int:
    stems = [name[: -len(ending)] for name in names if name.endswith(ending)]
    return max((int(stem) for stem in stems if stem.isdigit()), default=-1)


def _checkpoints(names: list[str]) -> list[int]:
    parts = [name.split(".") for name in names]
    return [int(part[0]) for part in parts if part[1:2] == ["checkpoint"] and part[0].isdigit()]


def _actions(spark: SparkSession, path: str, version: int) -> list[dict[str, Any]]:
    """The lines of a commit. Raises StoreError when the file is missing or torn."""
    name = _commit_file(path, version)
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
        if metric in metrics and int(metrics[metric]) != found:
            raise StoreError(
                f"{name}: the commit is cut: it has {found} of its {metrics[metric]} actions {action!r}",
                fix=FROM_A_COPY,
            )
