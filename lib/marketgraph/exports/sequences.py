"""The format `sequences`: sharded Parquet with lists of one length, padded on the right with 0, and the vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType

from marketgraph.exports.graph import names_of
from marketgraph.exports.manifest import FileEntry, Manifest, TableEntry
from marketgraph.exports.nodes import described
from marketgraph.exports.numbering import GROUP, numbered
from marketgraph.exports.parquet_files import ParquetSink
from marketgraph.exports.pieces import pieces_of, placed
from marketgraph.exports.snapshot import Snapshot
from marketgraph.exports.writing import write_pieces

FORMAT, VERSION = "sequences", 1
EVENTS, SESSIONS, VOCABULARY = "sequences.events", "sequences.sessions", "sequences.vocabulary"
ROWS_OF_A_ROW_GROUP = 8_192  # each row is hundreds of numbers


@dataclass(frozen=True)
class Padded:
    """What a shard's lists become: each of exactly `steps` numbers, its own first, then 0."""

    steps: int

    def __call__(self, table: pa.Table) -> pa.Table:
        for place, field in enumerate(table.schema):
            if pa.types.is_list(field.type):
                lists = table.column(place).combine_chunks()
                table = table.set_column(place, field.name, padded(lists, self.steps))
        return table


def padded(lists: pa.ListArray, steps: int) -> pa.FixedSizeListArray:
    """The lists with `steps` numbers each; none is longer. A null in a list, and a null list, are 0 too."""
    if isinstance(lists, pa.ChunkedArray):
        lists = pa.concat_arrays(lists.chunks)
    offsets = lists.offsets.to_numpy()
    lengths, starts = np.diff(offsets), offsets[:-1] - offsets[0]
    numbers = lists.flatten().fill_null(0).to_numpy()
    held = np.zeros((len(lists), steps), dtype=numbers.dtype)
    row = np.repeat(np.arange(len(lists)), lengths)
    held[row, np.arange(len(numbers)) - np.repeat(starts, lengths)] = numbers
    return pa.FixedSizeListArray.from_arrays(pa.array(held.reshape(-1)), steps)


def write_sequences(
    snapshot: Snapshot, folder: Path, *, rows_of_a_file: int, steps: int | None = None
) -> Manifest:
    """Write events/, sessions/ (where the release has them) and vocabulary/, each part-*.parquet.

    steps: length of every list; of a longer sequence the latest so many are kept, and its length is cut. None: as
    long as the longest of the table. Rows are in the order of (kind, vertex_id). `length` says how many of a row's
    steps are its own: 0 pads, and is a vertex id too.
    """
    snapshot.require(EVENTS, VOCABULARY)
    told = {name: cut(snapshot.read(name), steps) for name in (EVENTS, SESSIONS) if name in snapshot}
    longest = {name: _longest(rows) if steps is None else steps for name, rows in told.items()}
    tables, files = [], []
    for name, rows in [*told.items(), (VOCABULARY, snapshot.read(VOCABULARY))]:
        sink = ParquetSink(
            (_folder(name),), Padded(longest[name]) if name in longest else None, ROWS_OF_A_ROW_GROUP
        )
        entry, own = _write(snapshot, name, rows, sink, folder, rows_of_a_file)
        tables.append(entry)
        files += own
    return Manifest(
        format=FORMAT,
        format_version=VERSION,
        release=snapshot.release,
        as_of=str(snapshot.as_of),
        steps={_folder(name): length for name, length in longest.items()},
        tables=tuple(tables),
        files=tuple(sorted(files, key=lambda file: file.name)),
    )


def cut(rows: DataFrame, steps: int | None) -> DataFrame:
    """The latest `steps` of each list, which are at its end; `length` is what is left. The first gap is 0 again."""
    if steps is None:
        return rows
    lists = [f.name for f in rows.schema.fields if isinstance(f.dataType, ArrayType)]
    kept = {n: F.slice(n, F.greatest(F.size(n) - F.lit(steps - 1), F.lit(1)), F.lit(steps)) for n in lists}
    if "gaps" in kept:
        kept["gaps"] = F.transform(kept["gaps"], lambda gap, place: F.when(place == 0, 0).otherwise(gap))
    return rows.withColumns({**kept, "length": F.least("length", F.lit(steps)).cast("int")})


def _write(
    snapshot: Snapshot, name: str, rows: DataFrame, sink: ParquetSink, folder: Path, rows_of_a_file: int
) -> tuple[TableEntry, list[FileEntry]]:
    contract = snapshot.contracts[name]
    key = contract.key if name == VOCABULARY else ("kind", *contract.key)
    order = numbered(rows.withColumn(GROUP, F.lit(0)), key, groups=1)
    try:
        pieces = pieces_of(order.counts, rows_of_a_file)
        files = write_pieces(placed(order.frame, order.counts, rows_of_a_file), pieces, sink, folder)
    finally:
        order.release()
    columns = described(rows, tuple(rows.columns), contract)
    entry = TableEntry(
        name=_folder(name),
        grain=contract.grain,
        key=key,
        rows=sum(order.counts),
        columns=columns,
        files=names_of(files),
    )
    return entry, files


def _longest(rows: DataFrame) -> int:
    return int(rows.agg(F.max("length").alias("longest")).collect()[0]["longest"] or 0)


def _folder(name: str) -> str:
    return name.split(".")[1]
