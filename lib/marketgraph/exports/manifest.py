"""manifest.json: what an export holds, so that it can be read and checked without Spark. No time and no path in it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from marketgraph.errors import SourceError

MANIFEST = "manifest.json"
NOTHING = -1  # in arrays, where a table has null: no label, no community, a time before the data
_BLOCK = 1 << 20


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileEntry(_Part):
    """A file: its name from the export's folder, its rows, its bytes and their SHA-256."""

    name: str
    rows: int
    bytes: int
    sha256: str


class ColumnEntry(_Part):
    """A column or feature: type as Spark writes it (`bigint`, `double`), meaning and unit as the contract says."""

    name: str
    type: str
    meaning: str = ""
    unit: str = ""
    nullable: bool = True


class NodeEntry(_Part):
    """The nodes of one kind: numbered 0..nodes-1 in the order of their vertex ids, the rows of the files in that order.

    labelled: nodes with a label, by split (train, val, test); None when the release has no training table of the kind.
    """

    kind: str
    nodes: int
    features: tuple[ColumnEntry, ...]
    labelled: dict[str, int] | None = None
    files: tuple[str, ...] = ()


class EdgeEntry(_Part):
    """The edges of one type, a pair of kinds joined by a relation, in the order of (src, dst)."""

    src_kind: str
    relation: str
    dst_kind: str
    edges: int
    files: tuple[str, ...] = ()

    @property
    def triple(self) -> tuple[str, str, str]:
        return self.src_kind, self.relation, self.dst_kind


class TableEntry(_Part):
    """Rows that are no nodes or edges: a table of the release, or the sequences of one kind."""

    name: str
    grain: str
    key: tuple[str, ...]
    rows: int
    columns: tuple[ColumnEntry, ...]
    files: tuple[str, ...] = ()


class Manifest(_Part):
    """One export.

    format_version: raised when a reader of the one before could no longer read it. edge_attributes: what each edge
    has beside src and dst. left_out: edges that are in no file, by relation: their other end is no entity but the
    hub that a shared value with too many holders became. steps: of a sequence, padded.
    """

    format: str
    format_version: int
    release: str
    as_of: str
    nodes: tuple[NodeEntry, ...] = ()
    edge_attributes: tuple[ColumnEntry, ...] = ()
    edges: tuple[EdgeEntry, ...] = ()
    left_out: dict[str, int] = {}
    steps: dict[str, int] = {}
    tables: tuple[TableEntry, ...] = ()
    files: tuple[FileEntry, ...] = ()

    def text(self) -> str:
        """The JSON of it, the same for the same export."""
        return self.model_dump_json(indent=2) + "\n"


def read_manifest(folder: str | Path, *, format: str | None = None) -> Manifest:
    """The manifest of an export. Raises SourceError when there is none, or it is of another format."""
    path = Path(folder) / MANIFEST
    try:
        found = Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise SourceError(
            f"{folder}: no export: {path.name} is missing or can't be read ({type(error).__name__})",
            fix="give the folder that marketgraph export wrote with --out",
        ) from None
    if format is not None and found.format != format:
        raise SourceError(
            f"{folder}: an export in format {found.format}, wanted {format}",
            fix=f"export the release again with --format {format}",
        )
    return found


def verify(folder: str | Path) -> Manifest:
    """The manifest, after each file was found to have its bytes. Raises SourceError that names the first without."""
    found = read_manifest(folder)
    for entry in found.files:
        path = Path(folder) / entry.name
        if not path.is_file() or path.stat().st_size != entry.bytes or sha256_of(path) != entry.sha256:
            raise SourceError(
                f"{path}: missing, or not the bytes that were exported", fix="copy or export it again"
            )
    return found


def sha256_of(path: Path) -> str:
    """Of a file's bytes, as hex."""
    told = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            told.update(block)
    return told.hexdigest()
