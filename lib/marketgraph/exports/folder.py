"""The folder of an export: everything in it appears at once, and nothing of a user's is ever removed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from marketgraph.errors import ConfigError, MarketgraphError, SourceError
from marketgraph.exports.manifest import MANIFEST, read_manifest

_URI = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:/")
_BEGUN = ".marketgraph-export"  # in a folder that an export has begun and not ended


def local_folder(out: str, *, told: str = "--out ") -> Path:
    """A folder of exports as a path of this machine: trainers read files, not file systems of Hadoop.

    told: what the message of the ConfigError begins with.
    """
    parts = urlsplit(out)
    if not _URI.match(out):
        return Path(out).absolute()
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return Path(unquote(parts.path)).absolute()
    raise ConfigError(
        f"{told}{out}: an export is written to a local folder, or one that all machines mount",
        fix="give a path (for a run: exports.folder), then copy the folder: hadoop fs -put, aws s3 cp --recursive",
    )


def require_free(folder: Path, *, force: bool) -> None:
    """Raises SourceError when an export can't be written to `folder`.

    force: an export that is there may be replaced; anything else that is there is never removed.
    """
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists() and not force:
        raise SourceError(
            f"{folder}: is not empty", fix="give another --out, or --force to replace the export in it"
        )
    if folder.exists() and not _is_export(folder):
        raise SourceError(
            f"{folder}: is not an export, so --force does not replace it",
            fix="give another --out, or remove it yourself",
        )


@contextmanager
def appearing(folder: Path, *, force: bool) -> Iterator[Path]:
    """A folder `<folder>.partial` to write to; at the end it becomes `folder`, after an error it is gone.

    What a run that was killed has left of it is removed first. Raises SourceError as `require_free` does, or when the
    place can't be written to.
    """
    require_free(folder, force=force)
    partial = folder.with_name(f"{folder.name}.partial")
    try:
        _begin(partial)
    except OSError as error:
        raise SourceError(
            f"{partial}: can't be written: {error.strerror}", fix="check --out and its access rights"
        ) from None
    try:
        yield partial
        (partial / _BEGUN).unlink()
        _put(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _begin(partial: Path) -> None:
    if partial.exists() and not (partial / _BEGUN).exists():
        raise SourceError(
            f"{partial}: is there, and no export has left it", fix="give another --out, or remove it yourself"
        )
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(parents=True)
    (partial / _BEGUN).touch()


def _put(partial: Path, folder: Path) -> None:
    """Give the new folder its name; what was there goes aside first, and comes back if that fails."""
    if not folder.exists():
        partial.rename(folder)
        return
    old = folder.with_name(f".{folder.name}.old-{uuid4().hex[:12]}")
    folder.rename(old)
    try:
        partial.rename(folder)
    except BaseException:
        old.rename(folder)
        raise
    shutil.rmtree(old)


def _is_export(folder: Path) -> bool:
    try:
        return folder.is_dir() and (folder / MANIFEST).is_file() and bool(read_manifest(folder).format)
    except MarketgraphError:
        return False
