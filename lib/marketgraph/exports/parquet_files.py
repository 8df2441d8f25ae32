"""The sink of Parquet files, written by pyarrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from marketgraph.exports.pieces import Piece
from marketgraph.exports.writing import rebatched, whole_file

ROWS_OF_A_ROW_GROUP = 65_536


@dataclass(frozen=True)
class ParquetSink:
    """Each piece a file `<folder of its group>/part-00000.parquet`.

    shaped: what the rows become before they are written; as they are when None. Row groups have the same rows
    whatever batches Spark sends, so that the same rows are the same bytes; a row group is what a task holds of a file.
    """

    folders: tuple[str, ...]
    shaped: Callable[[pa.Table], pa.Table] | None = None
    rows_of_a_row_group: int = ROWS_OF_A_ROW_GROUP

    def write(self, folder: Path, piece: Piece, batches: Iterator[pa.RecordBatch]) -> tuple[str, ...]:
        """Write the piece; its one file's name."""
        name = f"{self.folders[piece.group]}/part-{piece.part:05d}.parquet"
        with whole_file(folder / name) as path:
            self._write(path, batches)
        return (name,)

    def _write(self, path: Path, batches: Iterator[pa.RecordBatch]) -> None:
        writer: pq.ParquetWriter | None = None
        for rows in rebatched(batches, self.rows_of_a_row_group):
            # Spark's own notes on the schema differ between plans
            table = (self.shaped(rows) if self.shaped else rows).replace_schema_metadata(None)
            writer = writer or pq.ParquetWriter(path, table.schema)
            writer.write_table(table, row_group_size=self.rows_of_a_row_group)
        if writer is not None:
            writer.close()


def write_empty(path: Path, schema: pa.Schema) -> None:
    """A file without rows, so that the columns of an empty table can be read back."""
    with whole_file(path) as draft:
        pq.write_table(schema.empty_table(), draft)
