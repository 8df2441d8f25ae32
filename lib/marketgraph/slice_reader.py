"""Slices as they were written: by the files of their commits, at whichever version of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.contract_notes import version_of
from marketgraph.delta_log import MissingCommitError, read_commit
from marketgraph.delta_rewrite import is_rewrite
from marketgraph.delta_tables import located
from marketgraph.errors import StoreError
from marketgraph.evolved import at_contract, filled
from marketgraph.slices import Slice, app_of
from marketgraph.table_reader import TableReader
from marketgraph.tables import SLICE_COLUMN, Table
from marketgraph.tables.evolution import kept


class SliceReader(TableReader):
    """Reads the slices that stand in the books, and what releases pin."""

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

    def was_rewritten(self, table: Table, held: Slice) -> bool:
        """Whether an erasure wrote the slice as it stands: some of what it came of is no longer in it."""
        try:
            return is_rewrite(read_commit(self.spark, self.path(table), held.delta_version), table.full_name)
        except MissingCommitError:
            return False

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
        wrote, ours = commit.app_id or "", app_of(table, held.as_of)
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
