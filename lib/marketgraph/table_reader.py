"""Tables of a warehouse as they are: where they lie, which version they have, their rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from marketgraph.delta_log import newest_version
from marketgraph.delta_tables import located
from marketgraph.delta_whole import live_files, whole_version
from marketgraph.errors import StoreError
from marketgraph.evolved import filled
from marketgraph.tables import SLICE_COLUMN, Table
from marketgraph.tables.evolution import kept
from marketgraph.tables.migrations import History, history


class TableReader:
    """Reads tables under one root. Holds no state but the root.

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

    def _of_files(self, table: Table, files: Sequence[str]) -> DataFrame:
        if not files:
            return self.spark.createDataFrame([], table.schema)
        return self.spark.read.schema(table.schema).parquet(*files)
