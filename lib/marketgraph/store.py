"""The only writer of Delta, on what reads it. A write replaces exactly one slice and is written down in the books.

Layout: <root>/<room>/<table>, partitioned by as_of where the table is sliced; from version 2 of its contract on
<table>@<major>, so that slices of other types lie apart. The books (`releases.slices`) say for each slice which
fingerprint (inputs, config, code) it came of and which Delta version holds it; a slice that came of the same
fingerprint is not written again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.contract_notes import noted, takes_columns
from marketgraph.delta_log import Commit, MissingCommitError, commit_of, read_commit
from marketgraph.delta_races import ONE_AT_A_TIME, until_it_lands
from marketgraph.delta_tables import KEPT
from marketgraph.errors import StoreError
from marketgraph.evolved import migrations_from
from marketgraph.run import Run
from marketgraph.slice_reader import SliceReader
from marketgraph.slices import Slice, app_of
from marketgraph.tables import SLICE_COLUMN, Table


class Store(SliceReader):
    """The warehouse under one root, to read and to write."""

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
        between the commit and the books is skipped by Delta; the commit that is there is then looked up and taken. Was
        it undone since, by an erasure or by a run of other settings, the slice is written under the next number.
        note: what the commit says besides run and code, for whoever reads the table's history.
        Columns that a newer version of the contract has are added to the table. Raises StoreError when another run
        writes the slice at the same time, of other inputs or settings; and, before anything is written, when the
        table has other columns than the contract's version allows.
        """
        path, newest = self.path(table), self._whole_newest(table)
        before = newest.version if newest else -1
        self._require_migrations(table)
        app_id = app_of(table, run.as_of) + fingerprint
        said = json.dumps({"run": run.run_id, "code": run.code_version, **noted(table), **(note or {})})
        wider = takes_columns(self.spark, table, self.path(table), newest)
        until_it_lands(
            path,
            lambda: self._replace(
                table, frame, run, app_id=app_id, sequence=sequence, said=said, wider=wider
            ),
            lost=lambda: self._refuse_another(table, run, app_id=app_id, after=before),
        )
        landed = commit_of(self.spark, path, app_id=app_id, app_version=sequence, after=before)
        if landed is None:
            landed = commit_of(self.spark, path, app_id=app_id, app_version=sequence, after=-1)
            if landed is not None and self._is_undone(table, landed):
                return self.write(
                    table, frame, run, fingerprint=fingerprint, sequence=sequence + 1, note=note
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

    def _is_undone(self, table: Table, landed: Commit) -> bool:
        """Whether a later commit took files of this one out of the table: their rows may not be brought back."""
        path, files = self.path(table), set(landed.files)
        for version in range(landed.version + 1, self.version(table) + 1):
            try:
                later = read_commit(self.spark, path, version)
            except MissingCommitError:
                return True  # nobody knows
            if not files.isdisjoint(later.removed):
                return True
        return False

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
        path, ours = self.path(table), app_of(table, run.as_of)
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
