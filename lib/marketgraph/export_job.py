"""The command `export`: from its words to a folder, and one line per kind of what is in it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from marketgraph.config_file import load_config
from marketgraph.exports.export import export, format_of
from marketgraph.exports.folder import local_folder, require_free
from marketgraph.exports.manifest import Manifest
from marketgraph.exports.snapshot import snapshot_of
from marketgraph.jobs import command_session
from marketgraph.releases.load import load_release
from marketgraph.releases.release import pinned_tables
from marketgraph.reporter import Reporter


@dataclass(frozen=True)
class ExportOrder:
    """What the command line asks for, as it was given."""

    config: Path
    release: str
    format: str
    out: str
    force: bool = False
    steps: int | None = None
    overrides: tuple[str, ...] = ()


def export_release(order: ExportOrder) -> None:
    """Write the release and say what was written. What the words themselves tell is refused before Spark starts."""
    config = load_config(order.config, overrides=order.overrides)
    format_of(order.format, steps=order.steps)
    folder = local_folder(order.out)
    require_free(folder, force=order.force)
    begun = time.monotonic()
    with command_session(config, app_name=f"marketgraph export {order.release}") as spark:
        snapshot = snapshot_of(
            load_release(spark, order.release, root=config.store.root), pinned_tables(config)
        )
        manifest = export(snapshot, order.format, folder, force=order.force, steps=order.steps)
    facts = [*facts_of(manifest), ("seconds", f"{time.monotonic() - begun:.1f}"), ("folder", str(folder))]
    Reporter().facts(f"release {manifest.release} as {manifest.format}", facts)


def facts_of(manifest: Manifest) -> list[tuple[str, str]]:
    """What an export holds, for a person."""
    nodes = [(f"{one.kind} nodes", f"{one.nodes:,}, {len(one.features)} features") for one in manifest.nodes]
    edges = [one.edges for one in manifest.edges if one.edges]
    told = [("edges", f"{sum(edges):,} of {len(edges)} types")] if edges else []
    left_out = sum(manifest.left_out.values())
    hubs = [("left out", f"{left_out:,} edges to hubs, which are no entities")] if left_out else []
    tables = [(one.name, f"{one.rows:,} rows") for one in manifest.tables]
    size = sum(file.bytes for file in manifest.files)
    return [*nodes, *told, *hubs, *tables, ("files", f"{len(manifest.files):,}, {size / (1 << 20):,.1f} MiB")]
