"""The format `parquet`: plain tables of the release, as they are, for whatever reads Parquet."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import MapType

from marketgraph.exports.graph import names_of
from marketgraph.exports.manifest import FileEntry, Manifest, TableEntry
from marketgraph.exports.nodes import described
from marketgraph.exports.numbering import GROUP, ROW, numbered
from marketgraph.exports.parquet_files import ParquetSink, write_empty
from marketgraph.exports.pieces import FILE, Piece, pieces_of, placed
from marketgraph.exports.snapshot import Snapshot
from marketgraph.exports.writing import entry_of, write_pieces
from marketgraph.tables import Table

FORMAT, VERSION = "parquet", 1
# What models and people read of a release: not the sources, which hold what each entity said of itself.
ROOMS = ("entities", "edges", "communities", "features", "sequences", "training", "risk")
# Small tables are bound by the latency of Spark's jobs, not by cores.
_TABLES_AT_ONCE = 4


@dataclass(frozen=True)
class Written:
    """One table's entry and its files."""

    entry: TableEntry
    files: list[FileEntry]


def write_parquet(snapshot: Snapshot, folder: Path, *, rows_of_a_file: int) -> Manifest:
    """Write <room>/<table>/part-*.parquet for each table of ROOMS, its rows in the order of its key."""
    tables = [table for table in snapshot.contracts.values() if table.room in ROOMS]
    write = partial(_write, snapshot, folder, rows_of_a_file)
    with ThreadPoolExecutor(_TABLES_AT_ONCE) as pool:
        written = list(pool.map(write, tables))
    return Manifest(
        format=FORMAT,
        format_version=VERSION,
        release=snapshot.release,
        as_of=str(snapshot.as_of),
        tables=tuple(one.entry for one in written),
        files=tuple(sorted((f for one in written for f in one.files), key=lambda file: file.name)),
    )


def _write(snapshot: Snapshot, folder: Path, rows_of_a_file: int, table: Table) -> Written:
    rows = snapshot.read(table.full_name)
    count = snapshot.rows[table.full_name]
    sink = ParquetSink((f"{table.room}/{table.name}",))
    if count == 0:
        files = [_empty(rows, folder, f"{sink.folders[0]}/part-00000.parquet")]
    elif count <= rows_of_a_file:
        files = _one_file(rows, table, count, sink, folder)
    else:
        files = _many_files(rows, table, rows_of_a_file, sink, folder)
    entry = TableEntry(
        name=table.full_name,
        grain=table.grain,
        key=table.key,
        rows=count,
        columns=described(rows, tuple(rows.columns), table),
        files=names_of(files),
    )
    return Written(entry, files)


def _one_file(rows: DataFrame, table: Table, count: int, sink: ParquetSink, folder: Path) -> list[FileEntry]:
    """A table that fits one file needs no sort by ranges: its only task sorts it."""
    order = F.struct(*_order(rows, table)).alias(ROW)
    return write_pieces(rows.select(F.lit(0).alias(FILE), order, "*"), [Piece(0, 0, 0, count)], sink, folder)


def _order(rows: DataFrame, table: Table) -> tuple[str, ...]:
    """What rows are sorted by: the key; in a table without one all that can be sorted by."""
    sortable = [f.name for f in rows.schema.fields if not isinstance(f.dataType, MapType)]
    return table.key or tuple(sortable)


def _many_files(
    rows: DataFrame, table: Table, rows_of_a_file: int, sink: ParquetSink, folder: Path
) -> list[FileEntry]:
    order = numbered(rows.withColumn(GROUP, F.lit(0)), _order(rows, table), groups=1)
    try:
        frame = placed(order.frame, order.counts, rows_of_a_file)
        return write_pieces(frame, pieces_of(order.counts, rows_of_a_file), sink, folder)
    finally:
        order.release()


def _empty(rows: DataFrame, folder: Path, name: str) -> FileEntry:
    write_empty(folder / name, to_arrow_schema(rows.schema))
    return entry_of(folder, name, 0)
