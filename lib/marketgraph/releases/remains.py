"""What runs have left of releases and gates that are gone: folders below a local warehouse, beside its tables.

Exports and reports go with their release. Data Docs tell of a gate, of a run that it stopped too: they go once neither
a release that can be read nor the books name that gate, and they are older than the safety age.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from marketgraph.local_folder import local_folder
from marketgraph.quality.checks import CHECKS
from marketgraph.releases.standing import Listed
from marketgraph.run_folders import DATA_DOCS, EXPORTS, REPORTS, data_docs_name
from marketgraph.slices import Slice

_DATA_DOCS = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{8}")


@dataclass(frozen=True)
class Remains:
    """A folder that goes, and its bytes."""

    folder: Path
    size: int


def remains_of(
    root: str, listed: Iterable[Listed], gone: frozenset[str], slices: Iterable[Slice], *, since: datetime
) -> tuple[Remains, ...]:
    """The folders that go; none where the warehouse is no local folder, since nothing writes them there.

    gone: ids of releases that can't be read any more. slices: those that stand in the books. since: the moment, UTC,
    since which Data Docs that go were not written.
    """
    place = local_folder(root)
    if place is None:
        return ()
    named = {_gate_of(one) for one in listed if one.id not in gone}
    named |= {
        data_docs_name(held.as_of, held.fingerprint) for held in slices if held.table == CHECKS.full_name
    }
    folders = [place / room / name for room in (EXPORTS, REPORTS) for name in sorted(gone)]
    folders += _unnamed(place / DATA_DOCS, named, since.replace(tzinfo=timezone.utc).timestamp())
    return tuple(Remains(folder, _size(folder)) for folder in folders if folder.is_dir())


def remove(remains: Iterable[Remains]) -> None:
    """Remove the folders. One that another has removed meanwhile is gone, too."""
    for one in remains:
        if one.folder.exists():
            shutil.rmtree(one.folder)


def _gate_of(release: Listed) -> str:
    made = [pin["fingerprint"] for pin in release.row["pins"] if pin["table"] == CHECKS.full_name]
    return data_docs_name(release.as_of, *made) if made else ""


def _unnamed(place: Path, named: set[str], before: float) -> Iterator[Path]:
    for folder in sorted(place.iterdir()) if place.is_dir() else ():
        if _DATA_DOCS.fullmatch(folder.name) and folder.name not in named and folder.stat().st_mtime < before:
            yield folder


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
