"""The folder of a report: written whole or not at all, and never over what is not a report."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from marketgraph.errors import ConfigError

MARKER = "report.json"
MAKER = "marketgraph report"


def check_out(out: Path, *, force: bool) -> None:
    """Raise ConfigError where a report can't be written to `out`: before anything is read."""
    if out.exists() and not out.is_dir():
        raise ConfigError(f"--out {out}: is a file", fix="name a folder")
    if not out.exists() or not any(out.iterdir()):
        return
    if not is_report(out):
        raise ConfigError(f"--out {out}: is not empty, and no report of ours", fix="name another folder")
    if not force:
        raise ConfigError(f"--out {out}: a report is there", fix="say --force to replace it")


def is_report(folder: Path) -> bool:
    """Whether a report of ours is in the folder."""
    return written(folder) is not None


def written(folder: Path) -> dict[str, str] | None:
    """What the report in the folder says of itself; None where there is none."""
    try:
        told = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) and told.get("made_by") == MAKER else None


def write_site(out: Path, pages: Iterable[tuple[str, str]], *, about: dict[str, str]) -> int:
    """Write the pages beside `out` and move them there once all are written. Gives the bytes written.

    about: what the report says of itself, in report.json. A folder left half written by a run that was stopped is
    written anew; a report that is there is replaced at the very end.
    """
    out = out.absolute()
    part = out.with_name(f"{out.name}.partial")
    _clear(part)
    part.mkdir(parents=True)
    _put(part / MARKER, json.dumps({"made_by": MAKER, **about}, indent=1, sort_keys=True) + "\n")
    total = sum(_put(part / path, text) for path, text in pages)
    _move(part, out)
    return total


def _put(path: Path, text: str) -> int:
    data = text.encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return len(data)


def _clear(part: Path) -> None:
    if part.exists() and any(part.iterdir()) and not is_report(part):
        raise ConfigError(f"{part}: is in the way, and no report of ours", fix="move it away")
    if part.exists():
        shutil.rmtree(part)


def _move(part: Path, out: Path) -> None:
    old = out.with_name(f"{out.name}.old")
    if out.exists():
        if old.exists() and is_report(old):
            shutil.rmtree(old)
        out.rename(old)
        part.rename(out)
        shutil.rmtree(old)
    else:
        part.rename(out)
