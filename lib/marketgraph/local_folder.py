"""Where a location is a folder of this machine, and where it is a store behind a scheme."""

from __future__ import annotations

from pathlib import Path

from marketgraph.errors import BadKeyError


def local_file(location: str) -> str:
    """The path of a file that this process opens itself. Raises BadKeyError for a URI of any scheme."""
    if "://" in location:
        raise BadKeyError(
            "is read from this machine: give a local path, or one that it mounts", given=location
        )
    return location


def local_folder(location: str) -> Path | None:
    """The folder, of a path or a `file://` URI; None for any other scheme."""
    path = location.removeprefix("file://")
    return None if "://" in path else Path(path)
