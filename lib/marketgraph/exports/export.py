"""One export from a release to a folder: the front door of this room."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Protocol, get_args

from marketgraph.errors import ConfigError
from marketgraph.exports.dgl import write_dgl
from marketgraph.exports.folder import appearing
from marketgraph.exports.graphstorm import write_graphstorm
from marketgraph.exports.manifest import MANIFEST, Manifest
from marketgraph.exports.parquet import write_parquet
from marketgraph.exports.pieces import ROWS_OF_A_FILE
from marketgraph.exports.pyg import write_pyg
from marketgraph.exports.sequences import write_sequences
from marketgraph.exports.settings import FormatName
from marketgraph.exports.snapshot import Snapshot


class Format(Protocol):
    """What a format does: write the snapshot under a folder, and tell what is there."""

    def __call__(self, snapshot: Snapshot, folder: Path, *, rows_of_a_file: int) -> Manifest: ...


_FORMATS: dict[str, Format] = {
    "pyg": write_pyg,
    "dgl": write_dgl,
    "graphstorm": write_graphstorm,
    "parquet": write_parquet,
}


def format_of(name: str, *, steps: int | None = None) -> Format:
    """The format of that name. steps: length of sequences. Raises ConfigError for what is no format, or bad steps."""
    if steps is not None and (name != "sequences" or steps < 1):
        raise ConfigError(f"--steps {steps}: a number of 1 or more, for sequences", fix="leave out --steps")
    if name == "sequences":
        return partial(write_sequences, steps=steps)
    if name not in _FORMATS:
        raise ConfigError(f"--format {name}: no such format", fix=f"choose {', '.join(get_args(FormatName))}")
    return _FORMATS[name]


def export(
    snapshot: Snapshot,
    name: str,
    folder: Path,
    *,
    force: bool = False,
    steps: int | None = None,
    rows_of_a_file: int = ROWS_OF_A_FILE,
) -> Manifest:
    """Write the release to `folder` in the format `name`: whole or not at all, and the same bytes for the same release.

    Raises ConfigError as `format_of` does, SourceError when the folder is not free, StoreError when the release lacks
    a table that the format needs.
    """
    write = format_of(name, steps=steps)
    with appearing(folder, force=force) as draft:
        manifest = write(snapshot, draft, rows_of_a_file=rows_of_a_file)
        (draft / MANIFEST).write_text(manifest.text(), encoding="utf-8")
    return manifest
