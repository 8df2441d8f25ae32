"""Which data files of a table name an entity: each file is read once, whatever versions it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from marketgraph.contracts import contracts_by_name
from marketgraph.delta_tables import located
from marketgraph.hadoop_files import files_under
from marketgraph.releases.table_files import TableLog
from marketgraph.store import Store
from marketgraph.tables import Table, contract
from marketgraph.tables.contract import SLICE_COLUMN


@dataclass
class TableFiles:
    """A table as it lies in the warehouse. table: its contract, made of what is stored. log: read once.

    verdicts: by name of file whether it names the entity; files are never written again.
    """

    store: Store
    table: Table
    log: TableLog
    schema: StructType
    verdicts: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def read(cls, store: Store, table: str) -> TableFiles:
        """Raises StoreError when its log is torn or cut."""
        bare = Table.named(table)
        schema = store.read(bare).schema
        path = store.path(bare)
        return cls(store, _as_stored(bare, schema), TableLog.read(store.spark, path), schema)

    @property
    def path(self) -> str:
        return self.store.path(self.table)

    def on_disk(self) -> dict[str, tuple[int, int]]:
        """Bytes and time (ms since 1970) of the data files in its folder, by name."""
        found = files_under(self.store.spark, self.path)
        return {name.partition("/")[2]: (size, at) for name, size, at in found if name.endswith(".parquet")}

    def known(self) -> frozenset[str]:
        """Names of files that any commit added and that are still there: those of a clone lie elsewhere."""
        there = self.on_disk()
        told = {name for commit in self.log.commits.values() for name in commit.files}
        elsewhere = {name for name in told if located(self.path, name) == name}
        return frozenset((told & there.keys()) | elsewhere)

    def rows(self, names: Iterable[str]) -> DataFrame:
        """The rows of these files as they are stored, `as_of` by the folder that a file is in."""
        files = [located(self.path, name) for name in sorted(names)]
        if not files:
            return self.store.spark.createDataFrame([], self.schema)
        own = StructType([one for one in self.schema.fields if one.name != SLICE_COLUMN])
        frame = self.store.spark.read.schema(own).parquet(*files)
        if SLICE_COLUMN not in self.schema.names:
            return frame
        day = F.regexp_extract(F.input_file_name(), rf"/{SLICE_COLUMN}=(\d{{4}}-\d\d-\d\d)/[^/]*$", 1)
        return frame.withColumn(SLICE_COLUMN, day.cast("date"))

    def naming(self, names: Iterable[str], condition: Callable[[], Column | None]) -> frozenset[str]:
        """Those of the files that have a row for which the condition holds."""
        wanted = frozenset(names)
        unread = sorted(name for name in wanted if name not in self.verdicts)
        told = condition() if unread else None
        if unread:
            found = set() if told is None else self._with_rows(unread, told)
            self.verdicts.update({name: name in found for name in unread})
        return frozenset(name for name in wanted if self.verdicts[name])

    def _with_rows(self, names: list[str], condition: Column) -> set[str]:
        rows = (
            self.rows(names).where(condition).select(F.input_file_name().alias("file")).distinct().collect()
        )
        there = {unquote(row["file"]).rpartition("/")[2] for row in rows}
        # the last part of a data file's name is its own in a table, and written alike in logs and by Spark
        return {name for name in names if name.rpartition("/")[2] in there}


def _as_stored(bare: Table, schema: StructType) -> Table:
    """A contract for a table as it is stored: that of today where there is one, else the names and types alone."""
    known = contracts_by_name().get(bare.full_name)
    if known is not None and not known.grows:
        return known
    columns = tuple(
        contract.Column(f.name, f.dataType, "", nullable=f.nullable)
        for f in schema.fields
        if f.name != SLICE_COLUMN
    )
    return Table(bare.room, bare.name, "", (), columns, sliced=SLICE_COLUMN in schema.names)
