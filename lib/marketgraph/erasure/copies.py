"""What was written of releases below the warehouse's root, and may name an entity: exports, reports, Data Docs."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path

from marketgraph.exports.manifest import MANIFEST
from marketgraph.local_folder import local_folder
from marketgraph.releases.standing import Listed
from marketgraph.report.site import MARKER
from marketgraph.run_folders import DATA_DOCS

MARKERS = {MANIFEST: "export", MARKER: "report"}


def remove_copies(root: str, listed: Sequence[Listed], names: Iterable[str]) -> list[str]:
    """Remove exports and reports of releases that were published anew since, or removed, and Data Docs with a name.

    names: ids of entities. Returns the folders; none where the warehouse is no local folder: nothing writes them there.
    """
    place = local_folder(root)
    if place is None or not place.is_dir():
        return []
    releases = {one.id: one for one in listed}
    found = [
        folder for folder, ids, at in _copies(place) if any(_is_stale(releases.get(name), at) for name in ids)
    ]
    found += _data_docs_with(place / DATA_DOCS, names)
    for folder in found:
        shutil.rmtree(folder)
    return [str(folder) for folder in found]


def _data_docs_with(place: Path, names: Iterable[str]) -> list[Path]:
    """Data Docs tell rows at fault, of runs that were stopped too, and of no release: they are looked through."""
    words = "|".join(re.escape(told) for name in names for told in _as_written(name))
    if not words or not place.is_dir():
        return []
    named = re.compile(rf"(?<!\w)(?:{words})(?!\w)")
    return [
        folder
        for folder in sorted(place.iterdir())
        if any(named.search(page.read_text(encoding="utf-8")) for page in sorted(folder.rglob("*.html")))
    ]


def _as_written(name: str) -> set[str]:
    """A name as pages have it: Great Expectations escapes quotes in one way, the templates of its pages in another."""
    by_name = html.escape(name)
    return {name, by_name, by_name.replace("&#x27;", "&#39;").replace("&quot;", "&#34;")}


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
