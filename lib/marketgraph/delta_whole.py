"""Whether a table's log is whole, looked at before Delta reads it.

Delta takes a commit that a crash has left empty, or cut at the end of a line, for one that changed less, and a log that
has lost its newest commit for a shorter log: a reader would see fewer rows, and not be told.
"""

from __future__ import annotations

from pyspark.sql import SparkSession

from marketgraph.delta_log import FROM_A_COPY, MissingCommitError, actions_of, commit_file, read_commit
from marketgraph.errors import StoreError
from marketgraph.hadoop_files import names_in

# A log of so many commits is read file by file sooner than Delta has put it together.
SHORT = 200


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
            f"{commit_file(path, summed)}: the newest commit's file is gone", fix=FROM_A_COPY
        )
    if asked > newest >= 0:
        raise StoreError(f"{path}: there is no version {asked}, the newest is {newest}", fix=FROM_A_COPY)
    checkpoints = [-1, *_checkpoints(names)]
    for between in range(max(v for v in checkpoints if v <= max(asked, -1)) + 1, asked + 1):
        read_commit(spark, path, between)
    for later in range(max(*checkpoints, asked) + 1, newest + 1):
        actions_of(spark, path, later)  # Delta reads the newest first, whatever it is asked for
    return asked if newest >= 0 else -1


def live_files(spark: SparkSession, path: str) -> tuple[str, ...] | None:
    """The data files of a table's newest version, as its log has them; None where the log is long, or its begin gone.

    Raises StoreError when a commit is not whole.
    """
    newest = whole_version(spark, path)
    if not 0 <= newest < SHORT:
        return None
    live: set[str] = set()
    try:
        for version in range(newest + 1):
            commit = read_commit(spark, path, version)
            live = (live - set(commit.removed)) | set(commit.files)
    except MissingCommitError:
        return None
    return tuple(sorted(live))


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
