"""Files written by Spark's tasks: one task writes a file whole, and tells its name, rows, bytes and hash."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from marketgraph.errors import SourceError
from marketgraph.exports.manifest import FileEntry, sha256_of
from marketgraph.exports.numbering import ROW
from marketgraph.exports.pieces import FILE, Piece

_WRITTEN = "name string, rows long, bytes long, sha256 string"
_TASKS_PER_CORE = 4


class Sink(Protocol):
    """How the rows of a piece become files. Sent to the tasks, so it holds values only."""

    def write(self, folder: Path, piece: Piece, batches: Iterator[pa.RecordBatch]) -> Iterable[str]:
        """Write the piece's rows, in their order; the names of the files, from `folder`, once each is whole."""
        ...


def write_pieces(frame: DataFrame, pieces: Sequence[Piece], sink: Sink, folder: Path) -> list[FileEntry]:
    """Write `frame` (FILE: a piece's number; ROW: order; then the sink's columns) to files under `folder`.

    Files of the same rows are the same bytes: they are cut and ordered by `pieces` and ROW, never by partitions.
    Only one line per file comes to the driver. Raises SourceError when a task's file can't be seen from here.
    """
    if not pieces:
        return []
    tasks = min(len(pieces), _TASKS_PER_CORE * frame.sparkSession.sparkContext.defaultParallelism)
    ordered = frame.repartition(tasks, FILE).sortWithinPartitions(FILE, ROW).drop(ROW)
    write = partial(_write_partition, str(folder), tuple(pieces), sink)
    written = [FileEntry(**row.asDict()) for row in ordered.mapInArrow(write, _WRITTEN).collect()]
    _require_seen(folder, written)
    return sorted(written, key=lambda entry: entry.name)


def rebatched(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """The same rows in tables of `rows` rows, the last one smaller: how they came in batches no longer shows."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        while sum(map(len, waiting)) >= rows:
            whole = pa.Table.from_batches(waiting)
            yield whole.slice(0, rows).combine_chunks()
            waiting = whole.slice(rows).to_batches()
    if waiting:
        yield pa.Table.from_batches(waiting).combine_chunks()


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A name to write to; what is there at the end becomes `path` in one step, also when two tasks write the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid4().hex[:12]}")
    try:
        yield draft
        os.replace(draft, path)  # noqa: PTH105  (Path.replace of a file on NFS is the same call)
    finally:
        draft.unlink(missing_ok=True)


def entry_of(folder: Path, name: str, rows: int) -> FileEntry:
    """What the manifest says of a file that is whole."""
    path = folder / name
    return FileEntry(name=name, rows=rows, bytes=path.stat().st_size, sha256=sha256_of(path))


def _write_partition(
    folder: str, pieces: Sequence[Piece], sink: Sink, batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    root = Path(folder)
    for number, own in groupby(_by_file(batches), key=lambda found: found[0]):
        piece = pieces[number]
        names = sink.write(root, piece, (batch for _, batch in own))
        entries: list[dict[str, Any]] = [entry_of(root, name, piece.rows).model_dump() for name in names]
        yield pa.RecordBatch.from_pylist(entries)


def _by_file(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, pa.RecordBatch]]:
    for batch in batches:
        numbers = batch.column(FILE).to_numpy()
        rows = batch.drop_columns([FILE])
        starts = np.flatnonzero(np.diff(numbers, prepend=-1))
        for start, end in zip(starts, [*starts[1:], len(numbers)], strict=True):
            yield int(numbers[start]), rows.slice(start, end - start)


def _require_seen(folder: Path, written: Iterable[FileEntry]) -> None:
    for entry in written:
        path = folder / entry.name
        if not path.is_file() or path.stat().st_size != entry.bytes:
            raise SourceError(
                f"{path}: written by an executor, but not to be seen from the driver",
                fix="give an --out that all machines of the cluster mount, or run with a local master",
            )
