"""Where a location is a folder of this machine, and where it is a store behind a scheme."""

from __future__ import annotations

from pathlib import Path


def local_folder(location: str) -> Path | None:
    """The folder, of a path or a `file://` URI; None for any other scheme."""
    path = location.removeprefix("file://")
    return None if "://" in path else Path(path)
