"""The sinks of DGL's chunks: numpy arrays row by row without holding them, and edges as lines of two numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
from pyspark.sql import DataFrame

from marketgraph.exports.edges import TIMES
from marketgraph.exports.labels import MASKS
from marketgraph.exports.manifest import NOTHING
from marketgraph.exports.nodes import COMMUNITY, VERTEX, feature_names
from marketgraph.exports.pieces import Piece
from marketgraph.exports.writing import rebatched, whole_file

Array = npt.NDArray[Any]
ROWS_AT_ONCE = 65_536
EDGE_ARRAYS = {
    "weight": "<f4",
    "evidence_count": "<i8",
    "recency": "<f4",
    "rarity": "<f4",
    **dict.fromkeys(TIMES, "<i8"),
}
_FEATURES, _NULLS = "feat", "feat_null"


@dataclass(frozen=True)
class ArrayOf:
    """One array of a chunk: the columns side by side, or one column flat; or where they are null (`of_nulls`)."""

    columns: tuple[str, ...]
    dtype: str
    flat: bool = True
    of_nulls: bool = False

    def shape(self, rows: int) -> tuple[int, ...]:
        return (rows,) if self.flat else (rows, len(self.columns))

    def values(self, table: pa.Table) -> Array:
        fill = NOTHING if self.flat else 0
        told = [
            c.is_null().to_numpy()
            if self.of_nulls
            else c.fill_null(False if pa.types.is_boolean(c.type) else fill)
            for c in (table.column(name) for name in self.columns)
        ]
        arrays = [np.asarray(values).astype(self.dtype) for values in told]
        return arrays[0] if self.flat else np.stack(arrays, axis=1)


def node_arrays(rows: DataFrame) -> Mapping[str, ArrayOf]:
    """The arrays of `node_rows`: vertex_id, community, feat and feat_null, label and masks, where there are these.

    Masks and feat_null are bytes of 0 and 1: what carries arrays between DGL's processes knows no booleans.
    """
    features = feature_names(rows)
    told = {name: ArrayOf((name,), "<i8") for name in (VERTEX, COMMUNITY, "label") if name in rows.columns}
    if features:
        told[_FEATURES] = ArrayOf(features, "<f4", flat=False)
        told[_NULLS] = ArrayOf(features, "|u1", flat=False, of_nulls=True)
    return told | {mask: ArrayOf((mask,), "|u1") for mask in MASKS if mask in rows.columns}


@dataclass(frozen=True)
class NodeSink:
    """Each array of a piece a file `<folder of its group>/<array>-00000.npy`."""

    folders: tuple[str, ...]
    arrays: Mapping[str, ArrayOf]

    def write(self, folder: Path, piece: Piece, batches: Iterator[pa.RecordBatch]) -> tuple[str, ...]:
        """Write the piece; the names of its files, one per array."""
        names = {key: f"{self.folders[piece.group]}/{key}-{piece.part:05d}.npy" for key in self.arrays}
        with ExitStack() as stack:
            streams = {}
            for key, array in self.arrays.items():
                path = stack.enter_context(whole_file(folder / names[key]))
                streams[key] = stack.enter_context(path.open("wb"))
                _header(streams[key], array, piece.rows)
            for table in rebatched(batches, ROWS_AT_ONCE):
                for key, array in self.arrays.items():
                    streams[key].write(array.values(table).tobytes())
        return tuple(names.values())


@dataclass(frozen=True)
class EdgeSink:
    """Each piece a file `edges/<type>/part-00000.csv` of lines `src dst`, and its attributes as arrays beside it."""

    types: tuple[str, ...]

    def write(self, folder: Path, piece: Piece, batches: Iterator[pa.RecordBatch]) -> tuple[str, ...]:
        """Write the piece; the names of its files."""
        name = f"edges/{self.types[piece.group]}/part-{piece.part:05d}.csv"
        arrays = {key: ArrayOf((key,), dtype) for key, dtype in EDGE_ARRAYS.items()}
        sink = NodeSink(tuple(f"edge_data/{folder}" for folder in self.types), arrays)
        with whole_file(folder / name) as path, path.open("wb") as stream:
            return (name, *sink.write(folder, piece, _with_lines(stream, batches)))


def _with_lines(stream: BinaryIO, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches, each after its ends were written as lines."""
    options = pyarrow.csv.WriteOptions(include_header=False, delimiter=" ")
    for batch in batches:
        pyarrow.csv.write_csv(batch.select(["src", "dst"]), stream, write_options=options)
        yield batch


def _header(stream: BinaryIO, array: ArrayOf, rows: int) -> None:
    told = {"descr": array.dtype, "fortran_order": False, "shape": array.shape(rows)}
    np.lib.format.write_array_header_1_0(stream, told)
