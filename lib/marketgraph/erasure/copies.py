"""Exports and reports below the warehouse's root of releases that were published anew since, or removed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path

from marketgraph.exports.manifest import MANIFEST
from marketgraph.releases.standing import Listed
from marketgraph.report.site import MARKER

MARKERS = {MANIFEST: "export", MARKER: "report"}


def remove_copies(root: str, listed: Sequence[Listed]) -> list[str]:
    """Remove them; returns their folders. None where the warehouse is no local folder: nothing writes them there."""
    place = Path(root.removeprefix("file://"))
    if "://" in str(place) or not place.is_dir():
        return []
    releases = {one.id: one for one in listed}
    found = [
        folder for folder, ids, at in _copies(place) if any(_is_stale(releases.get(name), at) for name in ids)
    ]
    for folder in found:
        shutil.rmtree(folder)
    return [str(folder) for folder in found]


def _is_stale(release: Listed | None, made: datetime) -> bool:
    if release is None:
        return False
    published: datetime = release.row["published_at"]
    return release.removed is not None or (release.publications > 1 and made <= published)


def _copies(root: Path) -> Iterator[tuple[Path, list[str], datetime]]:
    """Each export or report: its folder, the releases that it tells of, when it was made (UTC)."""
    for marker in MARKERS:
        for file in sorted(root.rglob(marker)):
            try:
                told = json.loads(file.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue
            if isinstance(told, dict) and "release" in told:
                at = datetime.fromtimestamp(file.stat().st_mtime, timezone.utc).replace(tzinfo=None)
                yield file.parent, [str(told[key]) for key in ("release", "compared_with") if key in told], at
