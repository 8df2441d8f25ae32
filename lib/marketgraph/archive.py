"""Zips whose bytes depend on names and contents only, and this package as such a zip."""

from __future__ import annotations

import hashlib
import io
import time
import zipfile
from pathlib import Path

from marketgraph.cache import cache_dir, write_atomically

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip can state
_KEPT_S = 7 * 24 * 3600  # an older zip may still be read by a running job


def stored_zip(files: dict[str, bytes]) -> bytes:
    """A zip of `files`, sorted, dated alike, and stored: compression differs between zlib builds."""
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.create_system = 3  # the same on every platform
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return result.getvalue()


def package_zip() -> Path:
    """This package, code and data files, as a zip for `--py-files`. Its name tells its content."""
    package = Path(__file__).resolve().parent
    files = {
        path.relative_to(package.parent).as_posix(): path.read_bytes()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    return cached_zip("marketgraph", files)


def cached_zip(name: str, files: dict[str, bytes]) -> Path:
    """A zip of `files` in the cache, by a name that tells its content; old ones of that name go."""
    data = stored_zip(files)
    target = cache_dir() / "package" / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}.zip"
    if not target.is_file():
        write_atomically(target, data)
        _drop_old(target, name)
    return target


def _drop_old(newest: Path, name: str) -> None:
    for path in newest.parent.glob(f"{name}-*.zip"):
        if path != newest and time.time() - path.stat().st_mtime > _KEPT_S:
            path.unlink(missing_ok=True)
