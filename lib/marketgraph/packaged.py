"""Files that the JVM can read: this process's own temporary folder, and what the package brings along."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import lru_cache
from importlib import resources
from pathlib import Path


@lru_cache(maxsize=1)
def scratch_dir() -> Path:
    """This process's own temporary folder: checkpoints and Spark's warehouse. Gone when the process ends."""
    path = Path(tempfile.mkdtemp(prefix="marketgraph-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def packaged_file(name: str) -> Path:
    """A file of the package as one on disk, also when the package runs from a zip."""
    packaged = resources.files("marketgraph") / name
    if isinstance(packaged, Path):
        return packaged
    copy = scratch_dir() / name
    copy.write_bytes(packaged.read_bytes())
    return copy
