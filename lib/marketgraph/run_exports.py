"""What a run ends with beside its release: the exports that the config asks for."""

from __future__ import annotations

import time
from pathlib import Path

from marketgraph.config import Config
from marketgraph.exports.export import export
from marketgraph.exports.folder import local_folder
from marketgraph.exports.manifest import MANIFEST
from marketgraph.exports.snapshot import snapshot_of
from marketgraph.releases.load import load_release
from marketgraph.releases.release import pinned_tables
from marketgraph.reporter import Reporter
from marketgraph.run_folders import EXPORTS
from marketgraph.stages.release import id_of
from marketgraph.stages.stage import Context, StageResult

STEP = "export"


def require_exportable(config: Config) -> None:
    """Raises ConfigError when the run is to end with exports and has no local folder for them."""
    if config.exports.formats:
        _folder(config)


def export_run(context: Context, reporter: Reporter) -> list[Path]:
    """The folders of the run's release in each format of the config; one that is there is not written again.

    Raises ConfigError when the folder is no local one, SourceError when a place holds what is no export.
    """
    rules = context.config.exports
    if not rules.formats:
        return []
    begun, release = time.monotonic(), id_of(context)
    place = _folder(context.config) / release
    missing = [name for name in rules.formats if not (place / name / MANIFEST).is_file()]
    with reporter.stage(STEP), context.watch.stage(STEP, context.run.as_of) as seen:
        if missing:
            pinned = load_release(context.spark, release, root=context.store.root)
            snapshot = snapshot_of(pinned, pinned_tables(context.config))
        for name in missing:
            context.progress(f"{name} of release {release}")
            export(snapshot, name, place / name)
        seen.end((), unchanged=not missing)
    reporter.done(StageResult(STEP, time.monotonic() - begun, (), unchanged=not missing))
    return [place / name for name in rules.formats]


def _folder(config: Config) -> Path:
    if config.exports.folder is not None:
        return local_folder(config.exports.folder, told="exports.folder ")
    return local_folder(f"{config.store.root}/{EXPORTS}", told="exports of the warehouse would lie in ")
