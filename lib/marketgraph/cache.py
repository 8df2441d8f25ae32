"""Where the files that set-up makes are kept: the jars, the trust store, Ivy's downloads, the zipped package.

`MARKETGRAPH_CACHE`, else `.cache` of the checkout, else `~/.cache/marketgraph` (an installed package).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def checkout() -> Path | None:
    """The checkout that this package runs from, or None when it is installed or zipped."""
    root = Path(__file__).resolve().parents[2]
    return root if (root / "conf" / "jars.lock").is_file() else None


def cache_dir() -> Path:
    """The cache folder. It is made by whoever writes to it, not here."""
    named = os.environ.get("MARKETGRAPH_CACHE")
    if named:
        return Path(named).expanduser().absolute()
    root = checkout()
    return root / ".cache" if root else Path.home() / ".cache" / "marketgraph"


def write_atomically(path: Path, data: bytes) -> None:
    """Put `data` at `path` whole or not at all, so that an interrupted set-up leaves no half file."""
    with written_atomically(path) as part:
        part.write(data)


@contextmanager
def written_atomically(path: Path) -> Iterator[BinaryIO]:
    """A file to be written within, which is at `path` once all of it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as part:
            yield part
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
