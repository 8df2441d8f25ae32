"""The only reader and writer of Delta. A write replaces exactly one slice and is written down in the books.

Layout: <root>/<room>/<table>, partitioned by as_of where the table is sliced; from version 2 of its contract on
<table>@<major>, so that slices of other types lie apart. The books (`releases.slices`) say
for each slice which fingerprint (inputs, config, code) it came of and which Delta version holds it; a slice
that came of the same fingerprint is not written again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from marketgraph.contract_notes import noted, takes_columns, version_of
from marketgraph.delta_log import Commit, MissingCommitError, commit_of, newest_version, read_commit
from marketgraph.delta_races import ONE_AT_A_TIME, until_it_lands
from marketgraph.delta_rewrite import is_rewrite
from marketgraph.delta_tables import KEPT, located
from marketgraph.delta_whole import live_files, whole_version
from marketgraph.errors import StoreError
from marketgraph.evolved import at_contract, filled, migrations_from
from marketgraph.run import Run
from marketgraph.tables import SLICE_COLUMN, Table
from marketgraph.tables.evolution import kept
from marketgraph.tables.migrations import History, history


@dataclass(frozen=True)
class Slice:
    """A slice that stands in the warehouse: which write it was, what it came of, where it is.

    table: its stored name, which tells the major version of the contract that it was written at.
    files: its data files, from the table's folder; known (not None) only to the process that wrote it.
    """

    table: str
    as_of: date
    sequence: int
    fingerprint: str
    delta_version: int
    rows: int
    files: tuple[str, ...] | None = field(default=None, compare=False)


class Store:
    """The warehouse under one root. Holds no state but the root.

    told: what contracts were before and how rows of theirs are migrated; that of the package when None.
    """

    def __init__(self, spark: SparkSession, root: str, *, told: History | None = None) -> None:
        self.spark = spark
        self.root = root.rstrip("/")
        self.history = told or history()

    def path(self, table: Table) -> str:
        """Folder of the table, at the major version of its contract."""
        return f"{self.root}/{table.room}/{table.folder}"

    def version(self, table: Table) -> int:
        """The table's newest Delta version; -1 when it was never written."""
        return newest_version(self.spark, self.path(table))

    def read(self, table: Table, *, as_of: date | None = None, version: int | None = None) -> DataFrame:
        """The contract's columns of one slice (sliced tables) or of the whole table; later ones as their default.

        version: an exact Delta version; the newest when None. Raises StoreError when there is no such table, and
        when a commit behind that version is not whole: Delta itself would read fewer rows in silence.
        """
        if whole_version(self.spark, self.path(table), version) < 0:
            raise StoreError(
                f"{self.path(table)}: no table {table.full_name}", fix="run the job that writes it first"
            )
        reader = self.spark.read.format("delta")
        if version is not None:
            reader = reader.option("versionAsOf", version)
        frame = reader.load(self.path(table))
        if table.sliced and as_of is not None:
            frame = frame.where(F.col(SLICE_COLUMN) == F.lit(as_of)).drop(SLICE_COLUMN)
        whole = as_of is None and table.sliced
        return frame if whole or not table.columns else filled(frame, kept(table.columns), table)

    def read_slice(self, table: Table, held: Slice) -> DataFrame:
        """The contract's columns of exactly the slice that `held` tells of, whichever version it was written at.

        Raises StoreError where that is an older one that no migration leads from.

        A sliced table's is read by its files, as `read_together` does: Delta would ask its log anew for every table of
        every plan, two or three Spark jobs each, and a stage reads some fifty slices.
        """
        if table.sliced:
            return self.read_together(table, [(table, held)])
        return table.as_numbered(self.read(table, version=held.delta_version), held.rows)

    def read_together(self, first: Table, slices: Sequence[tuple[Table, Slice]]) -> DataFrame:
        """The contract's columns of slices of tables that have one schema, `first`'s, in one scan of their files.

        A plan with a scan for each of twenty tables takes Spark longer than to read them. A write replaces one slice
        whole, so the files of its commit are the slice, as are those that a clone has of it. One whose commit is no
        longer in the log is read by Delta.
        """
        frames: list[DataFrame] = []
        files: list[str] = []  # of slices that were written as they are read
        for table, held in slices:
            place = table.stored_as(held.table)
            found = self._files(place, held) if held.rows else ((), table.version)
            if found is None:
                frames.append(first.conform(self._by_delta(table, place, held)))
                continue
            names, version = [located(self.path(place), name) for name in found[0]], found[1]
            if place.major == table.major and int(version.partition(".")[2]) >= table.minor:
                files += names
            elif names:
                frames.append(first.conform(self._older(table, place, names)))
        if files or not frames:
            frames.append(self._of_files(first, files))
        return first.conform(reduce(DataFrame.unionByName, frames))

    def _by_delta(self, table: Table, place: Table, held: Slice) -> DataFrame:
        rows = self.read(Table.named(held.table), version=held.delta_version)
        if table.sliced:
            rows = rows.where(F.col(SLICE_COLUMN) == F.lit(held.as_of)).drop(SLICE_COLUMN)
        return at_contract(rows, table, major=place.major, history=self.history)

    def _older(self, table: Table, place: Table, files: Sequence[str]) -> DataFrame:
        """Rows that were written at an older version of the contract, as today's."""
        if place.major == table.major:  # what is not in a file Spark reads as null
            return filled(self._of_files(table, files), kept(table.columns), table)
        rows = self.spark.read.parquet(*files)
        return at_contract(rows, table, major=place.major, history=self.history)

    def _of_files(self, table: Table, files: Sequence[str]) -> DataFrame:
        if not files:
            return self.spark.createDataFrame([], table.schema)
        return self.spark.read.schema(table.schema).parquet(*files)

    def _files(self, table: Table, held: Slice) -> tuple[tuple[str, ...], str] | None:
        """The files of a slice, and the version of its contract; None when the commit of its version does not tell.

        The commit may have gone from the log, as Delta removes those behind a checkpoint, or be of no run (a deletion,
        a compaction). Raises StoreError when it wrote another slice, or is not whole.
        """
        if held.files is not None:
            return held.files, table.version
        if not table.sliced:
            return None
        try:
            commit = read_commit(self.spark, self.path(table), held.delta_version)
        except MissingCommitError:
            return None
        wrote, ours = commit.app_id or "", _app_of(table, held.as_of)
        if wrote.startswith(ours):
            return commit.files, version_of(commit)
        if is_rewrite(commit, table.full_name):
            # slices of several versions, maybe: what is not in a file is filled
            return commit.files_of(held.as_of), f"{table.major}.0"
        if wrote.startswith(f"{table.full_name}/"):
            raise StoreError(
                f"{self.path(table)}: version {held.delta_version} did not write the slice {held.as_of}",
                fix="the table was restored from an older copy than the books: restore both from one",
            )
        return None

    def was_rewritten(self, table: Table, held: Slice) -> bool:
        """Whether an erasure wrote the slice as it stands: some of what it came of is no longer in it."""
        try:
            return is_rewrite(read_commit(self.spark, self.path(table), held.delta_version), table.full_name)
        except MissingCommitError:
            return False

    def read_or_empty(self, table: Table) -> DataFrame:
        """The whole of an unsliced table as it is now; no rows when it was never written."""
        if self.version(table) < 0:
            return self.spark.createDataFrame([], table.schema)
        return self._newest(table)

    def rows(self, table: Table, *order: str | Column) -> list[Row]:
        """All rows of a small unsliced table, in that order; without a Spark job where it was never written."""
        return self._newest(table).orderBy(*order).collect() if self.version(table) >= 0 else []

    def _newest(self, table: Table) -> DataFrame:
        """By its files where its log is short: the first thing that Delta does in a process takes it seconds."""
        files = live_files(self.spark, self.path(table))
        if files is None:
            return self.read(table)
        rows = self._of_files(table, [located(self.path(table), name) for name in files])
        return filled(rows, kept(table.columns), table)

    def write(
        self,
        table: Table,
        frame: DataFrame,
        run: Run,
        *,
        fingerprint: str,
        sequence: int,
        note: Mapping[str, str] | None = None,
    ) -> Slice:
        """Replace the run's slice of `table` with `frame`, in one Delta commit.

        sequence: which write of this slice it is, one above the last in the books. A retry after a crash
        between the commit and the books is skipped by Delta; the commit that is there is then looked up and taken.
        note: what the commit says besides run and code, for whoever reads the table's history.
        Columns that a newer version of the contract has are added to the table. Raises StoreError when another run
        writes the slice at the same time, of other inputs or settings; and, before anything is written, when the
        table has other columns than the contract's version allows.
        """
        path, newest = self.path(table), self._whole_newest(table)
        before = newest.version if newest else -1
        self._require_migrations(table)
        app_id = _app_of(table, run.as_of) + fingerprint
        said = json.dumps({"run": run.run_id, "code": run.code_version, **noted(table), **(note or {})})
        wider = takes_columns(self.spark, table, self.path(table), newest)
        until_it_lands(
            path,
            lambda: self._replace(
                table, frame, run, app_id=app_id, sequence=sequence, said=said, wider=wider
            ),
            lost=lambda: self._refuse_another(table, run, app_id=app_id, after=before),
        )
        landed = commit_of(self.spark, path, app_id=app_id, app_version=sequence, after=before) or commit_of(
            self.spark, path, app_id=app_id, app_version=sequence, after=-1
        )
        return self._slice(table, run, fingerprint, sequence, landed)

    def append(self, table: Table, frame: DataFrame, *, app_id: str, app_version: int) -> Commit | None:
        """Add rows to an unsliced table as the application transaction (app_id, app_version).

        None when Delta skipped the write, because that transaction or a later one is there already.
        Raises StoreError as `write` does where the table has other columns.
        """
        newest = self._whole_newest(table)
        before, wider = (
            newest.version if newest else -1,
            takes_columns(self.spark, table, self.path(table), newest),
        )
        writer = table.conform(frame).coalesce(1).write.format("delta").mode("append").options(**KEPT)
        writer = writer.option("txnAppId", app_id).option("txnVersion", app_version)
        writer = writer.option("mergeSchema", wider).option("userMetadata", json.dumps(noted(table)))
        until_it_lands(self.path(table), lambda: writer.save(self.path(table)))
        return commit_of(self.spark, self.path(table), app_id=app_id, app_version=app_version, after=before)

    def _whole_newest(self, table: Table) -> Commit | None:
        """The newest commit, not to be built upon when it is not whole; None before the first."""
        version = self.version(table)
        return read_commit(self.spark, self.path(table), version) if version >= 0 else None

    def _require_migrations(self, table: Table) -> None:
        """Raises StoreError where slices of an older major version are there that could not be read any more."""
        for major in range(1, table.major):
            older = replace(table, version=f"{major}.0")
            if self.version(older) >= 0:
                migrations_from(table, major, self.history)

    def _refuse_another(self, table: Table, run: Run, *, app_id: str, after: int) -> None:
        """Raises StoreError when a commit later than version `after` replaced the run's slice by another one."""
        path, ours = self.path(table), _app_of(table, run.as_of)
        for version in range(after + 1, self.version(table) + 1):
            other = read_commit(self.spark, path, version).app_id or ""
            if other.startswith(ours) and other != app_id:
                raise StoreError(
                    f"{path}: another run wrote slice {run.as_of} at the same time, of other inputs or settings",
                    fix=ONE_AT_A_TIME,
                )

    def _replace(
        self, table: Table, frame: DataFrame, run: Run, *, app_id: str, sequence: int, said: str, wider: bool
    ) -> None:
        slice_rows = table.conform(frame).withColumn(SLICE_COLUMN, F.lit(run.as_of))
        writer = (
            slice_rows.write.format("delta")
            .mode("overwrite")
            .partitionBy(SLICE_COLUMN)
            .options(**KEPT)
            .option("replaceWhere", f"{SLICE_COLUMN} = '{run.as_of}'")
            .option("txnAppId", app_id)
            .option("txnVersion", sequence)
            .option("userMetadata", said)
            .option("mergeSchema", wider)
        )
        try:
            writer.save(self.path(table))
        except AnalysisException as error:
            if "DELTA_FAILED_TO_MERGE_FIELDS" not in str(error) and "Failed to merge" not in str(error):
                raise
            raise StoreError(
                f"{self.path(table)}: a column of {table.full_name} has another type than in the slices there are: "
                f"{str(error).splitlines()[0]}",
                fix="give the feature another name, or write to another warehouse (store.root)",
            ) from error

    def _slice(self, table: Table, run: Run, fingerprint: str, sequence: int, landed: Commit | None) -> Slice:
        if landed is None:
            raise StoreError(
                f"{self.path(table)}: Delta skipped the write of slice {run.as_of} as a repeated transaction",
                fix="the books (releases.slices) are older than the table: restore both from one copy, or run again",
            )
        return Slice(
            table.stored_name, run.as_of, sequence, fingerprint, landed.version, landed.rows, landed.files
        )


def _app_of(table: Table, as_of: date) -> str:
    """What the application ids of all writes of a slice begin with."""
    return f"{table.full_name}/{as_of}/"
