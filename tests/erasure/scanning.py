"""Every file below a warehouse looked through for an entity, without the code that erases: whatever wrote the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

# Columns in which a number is a vertex; as the name of a group of others, and as the map's tombstone, it stays.
AS_VERTEX = {"vertex_id", "src", "dst", "neighbour", "seed", "vertices", "objects", "actors"}
STAYS = ("entities/vertex_ids/",)


def files_with(root: str | Path, name: str, *, but: tuple[str, ...] = ()) -> list[str]:
    """Files in which the id stands: decoded columns and statistics of Parquet, the bytes of all else."""
    return [
        str(file.relative_to(root))
        for file in _files(root, but)
        if (_in_parquet(file, name) if _is_parquet(file) else name.encode() in file.read_bytes())
        or name in str(file.relative_to(root))
    ]


def files_with_vertex(root: str | Path, vertex: int, *, but: tuple[str, ...] = ()) -> list[str]:
    """Data files in which a column of vertices has the number."""
    found = []
    for file in _files(root, (*but, *STAYS)):
        if _is_parquet(file) and "_delta_log" not in file.parts:
            rows = pq.ParquetFile(file).read()
            columns = [rows[c].to_pylist() for c in rows.column_names if c in AS_VERTEX]
            if any(vertex in _flat(values) for values in columns):
                found.append(str(file.relative_to(root)))
    return found


def _files(root: str | Path, but: tuple[str, ...]) -> Iterator[Path]:
    for file in sorted(Path(root).rglob("*")):
        if file.is_file() and not str(file.relative_to(root)).startswith(but or ("\0",)):
            yield file


def _is_parquet(file: Path) -> bool:
    return file.suffix == ".parquet"


def _in_parquet(file: Path, name: str) -> bool:
    read = pq.ParquetFile(file)
    told = read.metadata.to_dict()
    return any(name in str(value) for value in _flat([read.read().to_pylist(), told]))


def _flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [one for key, inner in value.items() for one in (key, *_flat(inner))]
    if isinstance(value, list | tuple):
        return [one for inner in value for one in _flat(inner)]
    return [value]
